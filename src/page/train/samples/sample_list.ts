import { LINE_COLORS } from '../../../model/line_colors.ts';
import type { Sample } from '../../../train/fit_event.ts';
import { byId, create, createSvg } from '../../dom.ts';
import { formatCount } from '../../text.ts';
import { strokeOf } from '../series/preview_figure.ts';
import type { TrainingPlan } from '../training_plan.ts';
import { nameLabel } from './verdict.ts';

const SIZE = { width: 100, height: 32 };

/**
 * The series to choose from: one radio button each, labelled with its course, its id or place in the data set, and its label.
 */
export class SampleList {
  private readonly group = byId('sample-list', HTMLElement);
  private shown: Sample[] = [];
  private at = 0;

  constructor(onChoose: () => void) {
    this.group.addEventListener('change', ({ target }) => {
      if (!(target instanceof HTMLInputElement)) return;
      this.at = Number(target.value);
      onChoose();
    });
  }

  get chosen(): Sample {
    return this.shown[this.at];
  }

  /** Shows these series of a run, once. The chosen place stays chosen. */
  show(samples: Sample[], plan: TrainingPlan): void {
    if (samples === this.shown) return;
    this.shown = samples;
    this.at = Math.min(this.at, samples.length - 1);
    this.group.replaceChildren(...samples.map((sample, i) => sampleOption(sample, i, plan, i === this.at)));
  }
}

function sampleOption({ index, label, x }: Sample, value: number, plan: TrainingPlan, isChosen: boolean): HTMLElement {
  const input = create('input');
  input.type = 'radio';
  input.name = 'sample';
  input.value = String(value);
  input.checked = isChosen;
  const option = create('label', '', 'sample');
  const place = create('span', '', 'sample-place');
  const series = plan.ids?.[index] ?? formatCount(plan.places?.[index] ?? index);
  place.append(create('span', 'Series ', 'visually-hidden'), series);
  const name = plan.series ? nameLabel(label, plan) : `label ${label}`;
  option.append(input, drawCourse(x, plan.config.inputDim), place, create('span', name, 'sample-label'));
  return option;
}

/** Draws the channels' courses, without axes; of very many the first ones. */
function drawCourse(x: Float32Array, inputDim: number): SVGElement {
  const { width, height } = SIZE;
  const timeSteps = x.length / inputDim;
  const low = x.reduce((least, value) => Math.min(least, value));
  const range = x.reduce((most, value) => Math.max(most, value)) - low || 1;
  const lines = Array.from({ length: Math.min(inputDim, LINE_COLORS.length) }, (_, channel) => {
    const points = Array.from({ length: timeSteps }, (__, t) => {
      const across = (t / Math.max(1, timeSteps - 1)) * width;
      const down = (1 - (x[t * inputDim + channel] - low) / range) * height;
      return `${across.toFixed(1)},${down.toFixed(1)}`;
    });
    return createSvg('polyline', { points: points.join(' '), ...strokeOf(channel) });
  });
  return createSvg(
    'svg',
    { viewBox: `0 -1 ${width} ${height + 2}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    ...lines,
  );
}
