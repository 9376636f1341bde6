import { unpackStep } from '../../shaders/snippets.ts';
import type { Gpu } from '../gpu/device.ts';
import type { AnyKernel } from '../gpu/kernel.ts';
import type { Timer } from '../gpu/profiler.ts';
import { onOwnTensors } from '../gpu/tensors.ts';
import type { Progress } from '../progress.ts';
import { caseInputs, type Trial } from '../verify/kernel_cases.ts';
import {
  type Budget,
  expectedSamples,
  finite,
  isDue,
  type MedianInterval,
  mean,
  medianInterval,
  possibleTimes,
  type Ratio,
  ratioOfPairs,
} from './measure.ts';
import { TimedList } from './timed_list.ts';

/** The times of an edited kernel and of the original. */
export interface EditTiming {
  timer: Timer;
  editedMs: MedianInterval;
  originalMs: MedianInterval;
  /** Edited / original, of pairs. */
  ratio: Ratio;
  pairs: number;
}

const BUDGET: Budget = { samples: 30, seconds: 1, leastSamples: 6, mostSeconds: 10 };

/**
 * A round. Each kernel goes first equally often, so that neither has the better places. The first and the last dispatch
 * of a submission take longer for any kernel and do not count.
 */
const TURNS = ['original', 'edited', 'edited', 'original', 'edited', 'original', 'original', 'edited'] as const;

/** Times both kernels in turns on the inputs of a trial. Yields how many rounds are done, and of how many. */
export async function* timeEdit(
  gpu: Gpu,
  original: AnyKernel,
  edited: AnyKernel,
  trial: Trial,
): AsyncGenerator<Progress, EditTiming> {
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
    for (let round = 1; isDue(round - 1, elapsed(), BUDGET); round++) {
      const nanoseconds = (await list.measure()).nanoseconds.slice(1, -1);
      for (const name of ['original', 'edited'] as const) {
        times[name].push(mean(nanoseconds.filter((_, i) => TURNS[i] === name)) / 1e6);
      }
      yield { done: round, of: expectedSamples(round, elapsed(), BUDGET) };
    }
    return summarize(times, list.timer);
  } finally {
    list.dispose();
  }
}

/** Leaves out rounds in which the timer failed for one of the two. Throws internal if it failed in all. */
function summarize({ original, edited }: { original: number[]; edited: number[] }, timer: Timer): EditTiming {
  const valid = original.flatMap((_, i) => (finite([original[i], edited[i]]).length === 2 ? [i] : []));
  const [theirs, ours] = [original, edited].map((ms) =>
    possibleTimes(
      'the kernel',
      valid.map((i) => ms[i]),
    ),
  );
  return {
    timer,
    editedMs: medianInterval(ours),
    originalMs: medianInterval(theirs),
    ratio: ratioOfPairs(ours, theirs),
    pairs: valid.length,
  };
}
