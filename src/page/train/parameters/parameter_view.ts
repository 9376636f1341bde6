import type { ParameterSpec } from '../../../model/parameters.ts';
import { formatMetric } from '../../../train/history.ts';
import { largestOf } from '../../color_scale.ts';
import { create } from '../../dom.ts';
import { Refresher } from '../../refresher.ts';
import { ParameterHistogram } from './parameter_histogram.ts';
import { ParameterImage } from './parameter_image.ts';

/** One parameter: its values as a picture, the picture's scale, and their histogram. */
export class ParameterView {
  readonly element = create('section', '', 'parameter');
  private readonly image: ParameterImage;
  private readonly histogram: ParameterHistogram;
  private readonly ends = [create('span'), create('span')];
  /** One for each drawing, because a frame draws one thing. */
  private readonly refreshers = [new Refresher(() => this.drawImage()), new Refresher(() => this.drawHistogram())];
  private now: Float32Array = new Float32Array();
  private initial: Float32Array | undefined;
  /** The largest absolute value of both. */
  private high = 0;

  constructor(private readonly spec: ParameterSpec) {
    this.image = new ParameterImage(spec);
    this.histogram = new ParameterHistogram(spec.name);
    const heading = create('h3', spec.name);
    heading.append(create('span', spec.shape.join(' × '), 'shape'));
    const scale = create('p', '', 'scale');
    scale.append(this.ends[0], create('span', '', 'ramp diverging'), this.ends[1]);
    this.element.append(heading, this.image.element, scale, this.histogram.element);
  }

  /** Shows this parameter's part of the arenas. */
  show(now: Float32Array, initial: Float32Array | undefined): void {
    const { offset, length } = this.spec;
    const partOf = (arena: Float32Array) => arena.subarray(offset, offset + length);
    this.now = partOf(now);
    this.initial = initial && partOf(initial);
    this.high = Math.max(largestOf(this.now), largestOf(this.initial ?? [])) || 1;
    for (const refresher of this.refreshers) refresher.request();
  }

  destroy(): void {
    this.histogram.destroy();
  }

  private drawImage(): void {
    const { high } = this;
    this.image.draw(this.now, high);
    this.ends[0].textContent = `−${formatMetric(high)}`;
    this.ends[1].textContent = formatMetric(high);
  }

  private drawHistogram(): void {
    this.histogram.draw(this.now, this.initial, this.high);
  }
}
