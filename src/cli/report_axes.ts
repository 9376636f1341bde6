/** One direction of a chart: a value's place between 0 and 1, and the values at its ticks. */
export interface Axis {
  ticks: number[];
  position(value: number): number;
  format(value: number): string;
}

const MOST_DECADES = 8;
/** Nothing lies below it on a logarithmic axis: the loss of a sure and right float32 prediction is 0. */
const SMALLEST = 1e-9;

/** From `low` to `high` as given; about `count` ticks at round values. */
export function linearAxis(low: number, high: number, count = 5, wholeNumbers = false): Axis {
  const span = high - low;
  const step = wholeNumbers ? Math.max(1, niceStep(span / count)) : niceStep(span / count);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return {
    ticks: roundTicks(low, high, step),
    position: (value) => (span > 0 ? (value - low) / span : 0.5),
    format: (value) => value.toFixed(decimals),
  };
}

/** A logarithmic axis around the values: decades if there are enough of them, else 1-2-5, else round values. */
export function logAxis(values: number[]): Axis {
  const logs = values.map((value) => Math.log10(Math.max(value, SMALLEST)));
  // Not Math.min(...logs): a long run has more epochs than a call may have arguments.
  const least = logs.reduce((a, b) => Math.min(a, b));
  const most = logs.reduce((a, b) => Math.max(a, b));
  const margin = Math.max(0.05 * (most - least), 0.01);
  const [low, high] = [least - margin, most + margin];
  return {
    ticks: logTicks(low, high),
    position: (value) => (Math.log10(Math.max(value, SMALLEST)) - low) / (high - low),
    format: formatSmall,
  };
}

function logTicks(low: number, high: number): number[] {
  const [first, last] = [Math.floor(low), Math.ceil(high)];
  const every = Math.ceil((last - first) / MOST_DECADES);
  const inside = (value: number) => Math.log10(value) >= low && Math.log10(value) <= high;
  const decades: number[] = [];
  for (let exponent = first; exponent <= last; exponent += every) decades.push(Number(`1e${exponent}`));
  const coarse = decades.filter(inside);
  if (coarse.length >= 3) return coarse;
  const fine = decades.flatMap((decade) => [1, 2, 5].map((digit) => round(digit * decade))).filter(inside);
  if (fine.length >= 3) return fine;
  return roundTicks(10 ** low, 10 ** high, niceStep((10 ** high - 10 ** low) / 6));
}

function roundTicks(low: number, high: number, step: number): number[] {
  const slack = 1e-9 * step;
  const first = Math.ceil((low - slack) / step);
  const count = Math.floor((high + slack) / step) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => round((first + i) * step));
}

/** The next of 1, 2, 5 times a power of ten. */
export function niceStep(step: number): number {
  if (!(step > 0)) return 1;
  const decade = 10 ** Math.floor(Math.log10(step));
  const digit = [1, 2, 5, 10].find((candidate) => candidate * decade >= step * (1 - 1e-9)) ?? 10;
  return round(digit * decade);
}

/** Without the last bits that a sum of decimal steps leaves: 0.30000000000000004. */
function round(value: number): number {
  return Number(value.toPrecision(12));
}

function formatSmall(value: number): string {
  return value >= 1e-4 ? String(round(value)) : value.toExponential(0);
}
