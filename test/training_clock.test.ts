import { describe, expect, it } from 'vitest';
import { NumpyRandom } from '../src/data/numpy_random.ts';
import { KERAS_ADAM, type TrainingConfig } from '../src/model/config.ts';
import { adamStepSize } from '../src/model/update.ts';
import type { Parts } from '../src/train/batches.ts';
import { type FitOptions, fitModel } from '../src/train/fit.ts';
import { Pace } from '../src/train/pace.ts';
import {
  CONFIG,
  clock,
  dataOf,
  EPOCH_MS,
  EVERYTHING,
  eventsOf,
  milliseconds,
  nothingTold,
  PARTS,
  timed,
  train,
  typesOf,
  useClock,
} from './timed_training.ts';

// What the loop tells and how it counts time, on a clock that goes on only when told to.

useClock();

describe('a training', () => {
  it('tells of its data, that it is ready, and its submissions and epochs', async () => {
    const course = await train();
    expect(course.events.slice(0, 2)).toEqual([
      { type: 'data', samples: 32, trainingSamples: 24, validationSamples: 8, seconds: 0.5 },
      { type: 'ready', seconds: 1.5 },
    ]);
    expect(typesOf(course).slice(2)).toEqual(['step', 'step', 'step', 'epoch', 'step', 'epoch']);
    expect(eventsOf(course, 'epoch')).toMatchObject([
      { epoch: 1, epochs: 2, steps: 12 },
      { epoch: 2, epochs: 2, steps: 12 },
    ]);
    expect(course.result).toMatchObject({ stopped: false, bestEpoch: undefined });
    expect(course.told.disposed).toBe(1);
  });

  it('submits one update first, and then as many as take a tenth of a second', async () => {
    const { told } = await train();
    expect(told.updates).toEqual([
      [0, 1],
      [1, 10],
      [11, 1],
      [0, 12],
    ]);
    expect(told.forwards.slice(0, 2)).toEqual([
      [12, 4],
      [12, 4],
    ]);
  });

  it('validates in several submissions if they take long', async () => {
    Object.assign(clock, { update: 10, forward: 20 });
    const { told } = await train();
    expect(told.updates.slice(0, 2)).toEqual([
      [0, 1],
      [1, 1],
    ]);
    // One as the updates, then 100 ms of 60 ms each.
    expect(told.forwards.slice(0, 3)).toEqual([
      [12, 1],
      [13, 2],
      [15, 1],
    ]);
  });

  it('restores the best epoch if it is stopped in the one after, and not right behind it', async () => {
    const stopAt = async (last: number) => {
      const controller = new AbortController();
      let steps = 0;
      const config = { ...CONFIG, patience: 9 };
      const watch = { parameters: true };
      const course = await train({ signal: controller.signal, watch }, config, PARTS, ({ type }) => {
        if (type === 'step' && ++steps === last) controller.abort();
      });
      const shown = eventsOf(course, 'parameters').find(({ epoch }) => epoch === 1);
      return {
        best: course.result.bestEpoch,
        isShown: course.result.parameters.every((v, i) => v === shown?.parameters[i]),
      };
    };
    Object.assign(clock, { update: 10, forward: 40 });
    expect(await stopAt(13)).toEqual({ best: 1, isShown: true });
    expect(await stopAt(12)).toEqual({ best: undefined, isShown: true });
  });

  it('stops before the next submission if it is told to', async () => {
    const controller = new AbortController();
    const { result, told } = await train({ signal: controller.signal }, CONFIG, PARTS, ({ type }) => {
      if (type === 'step') controller.abort();
    });
    expect(told.updates).toEqual([[0, 1]]);
    expect(result).toMatchObject({ stopped: true, history: [], checkpoint: { epoch: 0, step: 1 } });
  });

  it.each([
    ['nothing', {}],
    ['everything', EVERYTHING],
  ])('counts the seconds of updates and validation alone, whoever watches %s', async (_, watch) => {
    const course = await train({ watch });
    const steps = eventsOf(course, 'step');
    expect(milliseconds(steps.slice(0, 3))).toEqual([10, 110, 120]);
    expect(steps.map(({ samplesPerSecond }) => Math.round(samplesPerSecond))).toEqual(steps.map(() => 200));
    expect(milliseconds(course.result.history)).toEqual([EPOCH_MS, EPOCH_MS]);
    expect(milliseconds([course.result, course.result.checkpoint])).toEqual([2 * EPOCH_MS, 2 * EPOCH_MS]);
  });

  it('counts no seconds of a pause and of updates that are shown one by one', async () => {
    const pace = new Pace();
    pace.singleStep();
    const course = await train({ pace, watch: EVERYTHING }, CONFIG, PARTS, ({ type }) => {
      if (type === 'step') pace.singleStep();
    });
    expect(milliseconds(course.result.history)).toEqual([EPOCH_MS, EPOCH_MS]);
    const shown = eventsOf(course, 'parameters').map(({ epoch, step }) => [epoch, step]);
    const updates = (epoch: number) => Array.from({ length: 12 }, (_, i) => [epoch, i + 1]);
    expect(shown).toEqual([[0, undefined], ...updates(1), [1, undefined], ...updates(2), [2, undefined]]);
  });

  it('goes on counting seconds from a checkpoint in the middle of an epoch', async () => {
    const whole = await train({ watch: EVERYTHING });
    const resume = eventsOf(whole, 'checkpoint')[1].checkpoint;
    expect(resume).toMatchObject({ epoch: 0, step: 11, seconds: 0.11 });
    const resumed = await train({ resume, watch: EVERYTHING });
    expect(resumed.told.copies).toBe(1); // Before the second epoch: the state is not between two epochs now.
    expect(milliseconds(resumed.result.history)).toEqual([EPOCH_MS, EPOCH_MS]);
    expect(milliseconds([resumed.result])).toEqual([2 * EPOCH_MS]);
    const [{ epoch, step, parameters }] = eventsOf(resumed, 'parameters');
    expect({ epoch, step, parameters }).toEqual({ epoch: 1, step: 11, parameters: resume.state.parameters });
  });

  it('shows a few series of the validation part, of the training part if nothing validates, and no more than there are', async () => {
    const { x, y } = dataOf(PARTS);
    const series = (index: number) => ({ index, label: y[index], x: x.slice(4 * index, 4 * index + 4) });
    const shown = async (samples: number, parts: Parts) =>
      eventsOf(await train({ watch: { samples } }, CONFIG, parts), 'samples').flatMap(({ samples }) => samples);
    expect(await shown(2, PARTS)).toEqual([series(24), series(25)]);
    expect(await shown(9, PARTS)).toHaveLength(8);
    const all: Parts = { training: 32, validation: 0, attention: { first: 0, count: 32 }, test: PARTS.test };
    expect(await shown(2, all)).toEqual([series(0), series(1)]);
    expect(await shown(99, all)).toHaveLength(32);
  });

  it('tells with each submission the means over the series so far, if they are watched', async () => {
    const watched = eventsOf(await train({ watch: { metrics: true } }), 'step');
    const { result } = await train();
    for (const epoch of [1, 2]) {
      const { loss, meanAbsoluteError } = watched.filter((step) => step.epoch === epoch).at(-1) ?? {};
      expect({ loss, meanAbsoluteError }).toEqual({
        loss: result.history[epoch - 1].loss,
        meanAbsoluteError: result.history[epoch - 1].meanAbsoluteError,
      });
    }
    expect(eventsOf(await train(), 'step')[0]).not.toHaveProperty('loss');
    const everything = await train({ watch: EVERYTHING });
    // The sums over the first batch, of two series.
    const [{ checkpoint }] = eventsOf(everything, 'checkpoint');
    const [{ loss, meanAbsoluteError }] = eventsOf(everything, 'step');
    expect([loss, meanAbsoluteError]).toEqual([checkpoint.metrics[0] / 2, checkpoint.metrics[1] / 2]);
  });

  it('yields a checkpoint when this many seconds have passed since the one before, and none at its end', async () => {
    const places = async (checkpointSeconds: number) => {
      const checkpoints = eventsOf(await train({ watch: { checkpointSeconds } }), 'checkpoint');
      return checkpoints.map(({ checkpoint: { epoch, step } }) => [epoch, step]);
    };
    expect(await places(0)).toEqual([
      [0, 1],
      [0, 11],
      [1, 0],
    ]);
    // From the first checkpoint on, 1.1 s pass to the second submission, and 3.122 s to the end of the epoch.
    expect(await places(1.1)).toEqual(await places(0));
    expect(await places(1.101)).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect(await places(3.122)).toEqual(await places(1.101));
    expect(await places(3.123)).toEqual([[0, 1]]);
  });

  it('copies its state before an epoch only for those who want checkpoints, and reads it only where it is kept', async () => {
    const readings = async (options: FitOptions, config = CONFIG) => {
      const { told, result } = await train(options, config);
      const losses = result.history.map(({ valLoss = 0 }) => valLoss);
      const better = losses.filter((loss, i) => loss < Math.min(...losses.slice(0, i))).length;
      return { copies: told.copies, readings: told.readings, better };
    };
    expect(await readings({})).toMatchObject({ copies: 0, readings: 1 });
    expect(await readings({ watch: { checkpointSeconds: 1e6 } })).toMatchObject({ copies: 2, readings: 2 });
    const restoring = { ...CONFIG, epochs: 4, learningRate: 0.3, patience: 9 };
    expect(await readings({}, restoring)).toEqual({ copies: 0, readings: 1 + 2, better: 2 });
  });

  it('trains in another order each epoch, and measures in the order of the data', async () => {
    const own = Array.from({ length: 35 }, (_, i) => i);
    const { told } = await train();
    const [first, second, ...measured] = told.orders;
    for (const order of [first, second]) {
      expect(order.slice(24)).toEqual(own.slice(24));
      expect(order.slice(0, 24)).not.toEqual(own.slice(0, 24));
      expect(order.toSorted((a, b) => a - b)).toEqual(own);
    }
    expect(first).not.toEqual(second);
    expect(measured).toEqual([own, own, own]); // Attention, validation part, test part.
    const unshuffled = await train({}, { ...CONFIG, shuffle: false });
    expect(unshuffled.told.orders).toEqual([own, own, own, own, own]);
  });

  it('takes its orders from the seed', async () => {
    const order = Uint32Array.from({ length: 24 }, (_, i) => i);
    const random = new NumpyRandom([CONFIG.seed, 2]);
    const { told } = await train();
    for (const used of told.orders.slice(0, 2)) {
      random.shuffle(order);
      expect(used.slice(0, 24)).toEqual([...order]);
    }
  });

  it('waits for few readings together at first', async () => {
    const { told } = await train({}, CONFIG, { ...PARTS, attention: { first: 24, count: 2 } });
    expect(told.together).toBe(3); // Of four batches, the first alone.
  });

  it('does not go on, and was not stopped, if it had ended early', async () => {
    const config = { ...CONFIG, learningRate: 3, patience: 1, epochs: 9 };
    const { result } = await train({}, config);
    expect(result.history.length).toBeLessThan(9);
    const again = await train({ resume: result.checkpoint }, config);
    expect(again.told.updates).toEqual([]);
    expect(again.result).toMatchObject({ stopped: false, history: result.history, bestEpoch: result.bestEpoch });
  });

  it('gives each update its step size, counted over all epochs, and validation none', async () => {
    const { told } = await train({}, { ...CONFIG, schedule: { kind: 'step', everyEpochs: 1, factor: 0.5 } });
    const sizes = told.steps.slice(0, 2).map((steps) => steps.map(({ stepSize }) => stepSize));
    const expected = [0.01, 0.005].map((learningRate, epoch) => [
      ...Array.from({ length: 12 }, (_, i) => adamStepSize({ ...KERAS_ADAM, learningRate }, 12 * epoch + i + 1)),
      ...[0, 0, 0, 0],
    ]);
    expect(sizes).toEqual(expected);
    expect(told.steps[0].map(({ first, count }) => [first, count])).toEqual(
      Array.from({ length: 16 }, (_, i) => [2 * i, 2]),
    );
    expect(told.steps.slice(2).flatMap((steps) => steps.map(({ stepSize }) => stepSize))).toEqual(
      new Array(4 + 4 + 2).fill(0),
    );
  });

  it('evaluates each part that did not train it with its last parameters', async () => {
    const { result } = await train();
    const { validation, test } = result.evaluation;
    const last = result.history[1];
    expect(validation).toMatchObject({ samples: 8, loss: last.valLoss, meanAbsoluteError: last.valMeanAbsoluteError });
    const { y } = dataOf(PARTS);
    expect(validation?.residuals?.labels).toEqual([...y.subarray(24, 32)]);
    expect(test?.residuals?.labels).toEqual([...y.subarray(32, 35)]);
    expect(test?.residuals?.predicted).not.toEqual(validation?.residuals?.predicted.slice(0, 3));
    const alone = await train({}, CONFIG, { training: 24, validation: 0, attention: { first: 0, count: 24 } });
    expect(alone.result.evaluation).toEqual({});
    expect(alone.result.history[0]).not.toHaveProperty('valLoss');
  });

  it('evaluates a class of each series, as validation did', async () => {
    const config: TrainingConfig = { ...CONFIG, output: { kind: 'categorical', classes: 3 } };
    const { result } = await train({}, config);
    const { validation } = result.evaluation;
    expect(validation).toMatchObject({ loss: result.history[1].valLoss, accuracy: result.history[1].valAccuracy });
    expect(validation?.classification?.accuracy).toBe(validation?.accuracy);
  });

  it('ends with the mean attention of some series', async () => {
    const of = async (first: number, count: number) => {
      const { result } = await train({}, CONFIG, { ...PARTS, attention: { first, count } });
      return result.attention.values;
    };
    const one = await Promise.all([0, 1, 2].map((i) => of(24 + i, 1)));
    const mean = await of(24, 3);
    for (const [i, value] of mean.entries()) {
      expect(value).toBeCloseTo((one[0][i] + one[1][i] + one[2][i]) / 3, 12);
    }
    // The attention of a channel over its two steps.
    expect(mean).toHaveLength(4);
    expect([mean[0] + mean[2], mean[1] + mean[3]]).toEqual([expect.closeTo(1, 6), expect.closeTo(1, 6)]);
    expect(mean[0]).not.toBeCloseTo(mean[2], 3);
  });

  it('measures the attention again if it goes back to an earlier epoch', async () => {
    // A rate at which the loss goes up.
    const config = { ...CONFIG, learningRate: 3, patience: 9, epochs: 3 };
    const course = await train({ watch: { attention: true } }, config);
    const shown = eventsOf(course, 'attention').map(({ attention }) => attention.values);
    const { bestEpoch = 0, attention } = course.result;
    expect(bestEpoch).toBeGreaterThan(0);
    expect(attention.values).toEqual(shown[bestEpoch - 1]);
    expect(attention.values).not.toEqual(shown[2]);
    const last = await train({ watch: { attention: true } });
    expect(last.result.attention).toEqual(eventsOf(last, 'attention')[1].attention);
    expect(last.told.orders).toHaveLength(2 + 2 + 2); // Epochs, their attention, evaluations: no attention twice.
  });

  it('frees its stepper when its consumer leaves', async () => {
    const told = nothingTold();
    const data = dataOf(PARTS);
    const training = fitModel(timed(told), CONFIG, { samples: data.samples, parts: PARTS, load: () => data });
    for await (const { type } of training) if (type === 'step') break;
    expect(told.disposed).toBe(1);
  });
});
