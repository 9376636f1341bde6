import type { Inspection } from '../../../model/inspection.ts';
import type { Sample } from '../../../train/fit_event.ts';

/** The inside of the model for one series, step by step: one channel, and one unit or the mean of all. */
export interface Course {
  series: number[];
  attention: number[];
  product: number[];
  input: number[];
  forget: number[];
  candidate: number[];
  output: number[];
  hidden: number[];
  cell: number[];
}

/** If `unit` is undefined, the mean over the units. */
export function courseOf(sample: Sample, inspection: Inspection, channel: number, unit: number | undefined): Course {
  const { timeSteps, inputDim, units, attention, product, gates, hidden, cell } = inspection;
  const ofChannel = (values: ArrayLike<number>) => overSteps(timeSteps, (t) => values[t * inputDim + channel]);
  /** Values of the unit in a (T, rows, U) array. */
  const ofUnit = (values: ArrayLike<number>, rows = 1, row = 0) =>
    overSteps(timeSteps, (t) => at(values, (t * rows + row) * units, units, unit));
  return {
    series: ofChannel(sample.x),
    attention: ofChannel(attention),
    product: ofChannel(product),
    input: ofUnit(gates, 4, 0),
    forget: ofUnit(gates, 4, 1),
    candidate: ofUnit(gates, 4, 2),
    output: ofUnit(gates, 4, 3),
    hidden: ofUnit(hidden),
    cell: ofUnit(cell),
  };
}

function overSteps(timeSteps: number, value: (t: number) => number): number[] {
  return Array.from({ length: timeSteps }, (_, t) => value(t));
}

function at(values: ArrayLike<number>, first: number, units: number, unit: number | undefined): number {
  if (unit !== undefined) return values[first + unit];
  let sum = 0;
  for (let u = 0; u < units; u++) sum += values[first + u];
  return sum / units;
}

/** A (T, U) array transposed: one row a unit, as a picture over time needs it. */
export function unitsByStep(values: ArrayLike<number>, timeSteps: number, units: number): Float32Array {
  const turned = new Float32Array(timeSteps * units);
  for (let t = 0; t < timeSteps; t++) {
    for (let u = 0; u < units; u++) turned[u * timeSteps + t] = values[t * units + u];
  }
  return turned;
}
