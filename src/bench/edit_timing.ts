import { unpackStep } from '../../shaders/snippets.ts';
import type { Gpu } from '../gpu/device.ts';
import type { AnyKernel } from '../gpu/kernel.ts';
import type { Timer } from '../gpu/profiler.ts';
import { onOwnTensors } from '../gpu/tensors.ts';
import type { Progress } from '../progress.ts';
import { caseInputs, type Trial } from '../verify/kernel_cases.ts';
import { estimate, estimateRatio, type MedianInterval, type Ratio } from './estimate.ts';
import { type Budget, expectedSamples, finite, isDue, mean, median, possibleTimes, shareOf } from './measure.ts';
import type { Start } from './start.ts';
import { TimedList } from './timed_list.ts';

/** The times of an edited kernel and of the original. */
export interface EditTiming {
  timer: Timer;
  editedMs: MedianInterval;
  originalMs: MedianInterval;
  /** Edited / original, of pairs. */
  ratio: Ratio;
  /** Of all starts together. */
  pairs: number;
  starts: number;
}

/** The medians of one start, and the median ratio of its pairs. */
export interface EditStart {
  timer: Timer;
  editedMs: number;
  originalMs: number;
  ratio: number;
  pairs: number;
}

/** Of all starts together. */
const BUDGET: Budget = { samples: 30, seconds: 1, leastSamples: 6, mostSeconds: 10 };

/**
 * A round. Each kernel goes first equally often, so that neither has the better places. The first and the last dispatch
 * of a submission take longer for any kernel and do not count.
 */
const TURNS = ['original', 'edited', 'edited', 'original', 'edited', 'original', 'original', 'edited'] as const;

/** Times both kernels in turns on the inputs of a trial, in one start. Yields how many rounds are done, and of how many. */
export async function* timeEdit(
  gpu: Gpu,
  original: AnyKernel,
  edited: AnyKernel,
  trial: Trial,
  { of }: Start,
): AsyncGenerator<Progress, EditStart> {
  const budget = shareOf(BUDGET, of);
  const tensors = new Map<string, number>();
  const both = { original, edited };
  const kernels = [original, ...TURNS.map((turn) => both[turn]), original];
  const dispatches = kernels.map((kernel) => onOwnTensors(kernel, trial.shape, trial.tile, tensors));
  const inputs = caseInputs(original, trial);
  const step = Object.keys(original.bindings).find((name) => original.bindings[name] === 'uniform');
  const { first, count } = step ? unpackStep(inputs[step]) : { first: 0, count: 1 };
  const list = await TimedList.create(gpu, dispatches, tensors, async (name) => inputs[name], [{ first, count }]);
  try {
    const times = { original: [] as number[], edited: [] as number[] };
    const started = performance.now();
    const elapsed = () => (performance.now() - started) / 1000;
    for (let round = 1; isDue(round - 1, elapsed(), budget); round++) {
      const nanoseconds = (await list.measure()).nanoseconds.slice(1, -1);
      for (const name of ['original', 'edited'] as const) {
        times[name].push(mean(nanoseconds.filter((_, i) => TURNS[i] === name)) / 1e6);
      }
      yield { done: round, of: expectedSamples(round, elapsed(), budget) };
    }
    return summarize(times, list.timer);
  } finally {
    list.dispose();
  }
}

/** Leaves out rounds in which the timer failed for one of the two. Throws internal if it failed in all. */
function summarize({ original, edited }: { original: number[]; edited: number[] }, timer: Timer): EditStart {
  const valid = original.flatMap((_, i) => (finite([original[i], edited[i]]).length === 2 ? [i] : []));
  const [theirs, ours] = [original, edited].map((ms) =>
    possibleTimes(
      'the kernel',
      valid.map((i) => ms[i]),
    ),
  );
  const ratio = median(ours.map((ms, i) => ms / theirs[i]));
  return { timer, editedMs: median(ours), originalMs: median(theirs), ratio, pairs: valid.length };
}

/** The times of all starts. */
export function editTimingOf(starts: EditStart[]): EditTiming {
  return {
    timer: starts[0].timer,
    editedMs: estimate(starts.map(({ editedMs }) => editedMs)),
    originalMs: estimate(starts.map(({ originalMs }) => originalMs)),
    ratio: estimateRatio(starts.map(({ ratio }) => ratio)),
    pairs: starts.reduce((sum, { pairs }) => sum + pairs, 0),
    starts: starts.length,
  };
}
