import { FloatList } from './float_list.ts';
import { invalidFile } from './invalid_file.ts';
import { type LabelOptions, Labels } from './labels.ts';
import { requireBounds, requireLike, requireSamples, type SeriesSet, type SeriesShape } from './series_set.ts';

/** Builds a set from a text, whose number of series is known only at its end. */
export class SeriesBuilder {
  samples = 0;
  private shape?: Omit<SeriesShape, 'target'>;
  private readonly x = new FloatList();
  private readonly labels: Labels;

  constructor(
    private readonly file: string,
    private readonly options: LabelOptions,
  ) {
    this.labels = new Labels(options);
  }

  /**
   * Sets the shape of all series before the first one is complete. Throws invalid-file for a shape beyond the bounds.
   */
  setShape(where: string[], shape: Omit<SeriesShape, 'target'>): void {
    const { like } = this.options;
    requireBounds(where, shape.timeSteps, shape.inputDim);
    if (like) requireLike(where, shape, like);
    this.shape = shape;
  }

  /** The next value of the series, in (T, D) row-major order. */
  push(value: number): void {
    this.x.push(value);
  }

  /** Completes a series. */
  endSeries(label: string, row: number): void {
    this.labels.add(label, row);
    requireSamples([this.file, `row ${row}`], ++this.samples);
  }

  /** Throws invalid-file if there are no series, or only one class. */
  finish(name = this.file): SeriesSet {
    if (!this.shape || this.samples === 0) throw invalidFile([this.file], 'it holds no series: give one row or more');
    return { name, samples: this.samples, ...this.shape, x: this.x.toArray(), ...this.labels.finish() };
  }
}
