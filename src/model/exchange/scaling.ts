import type { Standardisation } from '../../data/standardisation.ts';

// Standardisation as other systems compute it: operations with constants, in float32.

/** Mean and deviation of numbers: one for each channel, or one for all. */
export type Scaling = Pick<Standardisation, 'mean' | 'deviation'>;

/** An operation on every number, with a constant for each channel or one for all. */
export interface ScalingStep {
  kind: 'add' | 'multiply' | 'divide';
  by: number[];
}

/**
 * (x − mean) / deviation. The mean is taken away in float32, and what its rounding left out after the division: so
 * series far from zero lose nothing, because the difference of close numbers is exact.
 */
export function standardisingSteps({ mean, deviation }: Scaling): ScalingStep[] {
  const shift = mean.map((value) => -Math.fround(value));
  const rest = mean.map((value, channel) => -(value + shift[channel]) / deviation[channel]);
  const steps: ScalingStep[] = [
    { kind: 'add', by: shift },
    { kind: 'divide', by: deviation },
  ];
  return rest.some((value) => value !== 0) ? [...steps, { kind: 'add', by: rest }] : steps;
}

/** z · deviation + mean: the reverse, for predicted numbers. */
export function undoingSteps({ mean, deviation }: { mean: number; deviation: number }): ScalingStep[] {
  return [
    { kind: 'multiply', by: [deviation] },
    { kind: 'add', by: [mean] },
  ];
}

/** The mean and deviation with which steps compute (x − mean) / deviation. */
export function standardisedBy(steps: ScalingStep[]): Scaling {
  let scaling: Scaling = { mean: [0], deviation: [1] };
  for (const { kind, by } of steps) {
    const [mean, deviation, constants] = alike(scaling.mean, scaling.deviation, by);
    if (kind === 'add') {
      scaling = { mean: mean.map((value, i) => value - constants[i] * deviation[i]), deviation };
    } else {
      const divided = (value: number, i: number) => (kind === 'divide' ? value * constants[i] : value / constants[i]);
      scaling = { mean, deviation: deviation.map(divided) };
    }
  }
  return scaling;
}

/** The mean and deviation with which steps compute z · deviation + mean. */
export function undoneBy(steps: ScalingStep[]): Scaling {
  let scaling: Scaling = { mean: [0], deviation: [1] };
  for (const { kind, by } of steps) {
    const [mean, deviation, constants] = alike(scaling.mean, scaling.deviation, by);
    const scaled = (value: number, i: number) => (kind === 'divide' ? value / constants[i] : value * constants[i]);
    scaling =
      kind === 'add'
        ? { mean: mean.map((value, i) => value + constants[i]), deviation }
        : { mean: mean.map(scaled), deviation: deviation.map(scaled) };
  }
  return scaling;
}

/** The lists, each as long as the longest: a list of one number stands for all channels. */
export function alike(...lists: number[][]): number[][] {
  const length = Math.max(...lists.map((list) => list.length));
  return lists.map((list) => (list.length === 1 ? Array<number>(length).fill(list[0]) : list));
}

/** Differences that float32 makes: a share of the deviation, and of a mean in one float32 number. */
const [ROUNDING, ONE_FLOAT] = [1e-6, 2 ** -23];

/** Whether two standardisations are the same beside the rounding of a file in float32. */
export function isSameStandardisation(a: Standardisation, b: Standardisation): boolean {
  const near = (mean: number, deviation: number, otherMean: number, otherDeviation: number, share: number) =>
    Math.abs(mean - otherMean) <= ROUNDING * deviation + share * Math.abs(mean) &&
    Math.abs(deviation - otherDeviation) <= ROUNDING * deviation;
  const [first, second] = [a, b].map(({ target }) => target ?? { mean: 0, deviation: 1 });
  return (
    a.mean.length === b.mean.length &&
    a.mean.every((mean, i) => near(mean, a.deviation[i], b.mean[i], b.deviation[i], Number.EPSILON)) &&
    near(first.mean, first.deviation, second.mean, second.deviation, ONE_FLOAT)
  );
}
