import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dataset } from '../src/data/dataset.ts';
import { NumpyRandom } from '../src/data/numpy_random.ts';
import { Failure } from '../src/errors.ts';
import { readModel, writeModel } from '../src/formats/model_file.ts';
import { modelAt, unnamedSeries } from '../src/formats/saved_model.ts';
import type { Output, TrainingConfig } from '../src/model/config.ts';
import type { Schedule } from '../src/settings/schedule.ts';
import type { Parts } from '../src/train/batches.ts';
import { type Checkpoint, describePlace } from '../src/train/checkpoint.ts';
import { type FitOptions, fitModel } from '../src/train/fit.ts';
import type { FitEvent } from '../src/train/fit_event.ts';
import { Pace } from '../src/train/pace.ts';
import { REFERENCE_STEPPERS, ReferenceStepper } from '../src/train/reference_stepper.ts';
import type { StepperFactory } from '../src/train/stepper.ts';
import type { Trained } from '../src/train/training.ts';

// The loop on the float64 references: properties that hold for every task, split, schedule and way to end.

const OUTPUTS: Output[] = [{ kind: 'binary' }, { kind: 'categorical', classes: 3 }, { kind: 'regression' }];
const SCHEDULES: Schedule[] = [
  { kind: 'cosine' },
  { kind: 'step', everyEpochs: 2, factor: 0.5 },
  { kind: 'plateau', patience: 1, factor: 0.3 },
];

interface Case {
  config: TrainingConfig;
  parts: Parts;
}

/** A small training of any kind; a rate of 0.3 often makes the loss go up, so that the best epoch is not the last. */
const anyCase = fc
  .record({
    sizes: fc.record({ timeSteps: fc.integer({ min: 1, max: 4 }), inputDim: fc.integer({ min: 1, max: 2 }) }),
    output: fc.constantFrom(...OUTPUTS),
    training: fc.integer({ min: 1, max: 9 }),
    validation: fc.integer({ min: 0, max: 4 }),
    batchSize: fc.integer({ min: 1, max: 5 }),
    epochs: fc.integer({ min: 1, max: 5 }),
    learningRate: fc.constantFrom(0.01, 0.3),
    seed: fc.integer({ min: 0, max: 99 }),
    more: fc.record(
      {
        shuffle: fc.boolean(),
        schedule: fc.constantFrom(...SCHEDULES),
        patience: fc.integer({ min: 1, max: 3 }),
        l2: fc.constant(0.01),
        clipNorm: fc.constant(0.1),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ sizes, output, training, validation, batchSize, epochs, learningRate, seed, more }): Case => {
    const model = { ...sizes, units: 2, singleAttentionVector: seed % 2 === 0, output };
    const config = { ...model, batchSize, epochs, learningRate, seed, ...more };
    const attention = validation > 0 ? { first: training, count: validation } : { first: 0, count: training };
    return { config, parts: { training, validation, attention } };
  });

function dataOf({ config, parts }: Case): Dataset {
  const { timeSteps, inputDim, output, seed } = config;
  const samples = parts.training + parts.validation;
  const random = new NumpyRandom([seed, 9]);
  const x = Float32Array.from({ length: samples * timeSteps * inputDim }, () => random.normal());
  const classes = output?.kind === 'categorical' ? output.classes : 2;
  const label = () => (output?.kind === 'regression' ? random.normal() : Math.floor(classes * random.double()));
  return { samples, timeSteps, inputDim, x, y: Float32Array.from({ length: samples }, label) };
}

interface Course {
  events: FitEvent[];
  checkpoints: Checkpoint[];
  /** Absent if the training failed. */
  result?: Trained;
  failure?: Failure;
}

/** Trains to the end, or to a failure. `onStep` hears how many updates there have been. */
async function train(
  one: Case,
  options: FitOptions = {},
  { steppers = REFERENCE_STEPPERS, onStep }: { steppers?: StepperFactory; onStep?: (updates: number) => void } = {},
): Promise<Course> {
  const data = dataOf(one);
  const source = { samples: data.samples, parts: one.parts, load: () => data };
  const training = fitModel(steppers, one.config, source, options);
  const events: FitEvent[] = [];
  const ended = (more: Pick<Course, 'result' | 'failure'>): Course => {
    const checkpoints = events.flatMap((event) => (event.type === 'checkpoint' ? [event.checkpoint] : []));
    return { events, checkpoints, ...more };
  };
  let updates = 0;
  try {
    for (;;) {
      const { done, value } = await training.next();
      if (done) return ended({ result: value });
      events.push(value);
      if (value.type === 'step') onStep?.(++updates);
    }
  } catch (error) {
    if (error instanceof Failure) return ended({ failure: error });
    throw error;
  }
}

/** Trains by single updates, with a checkpoint after each; `onStep` as for `train`. */
function trainByUpdates(
  one: Case,
  options: FitOptions = {},
  more: { steppers?: StepperFactory; onStep?: (updates: number) => void } = {},
): Promise<Course> {
  const pace = new Pace();
  pace.singleStep();
  const onStep = (updates: number) => {
    more.onStep?.(updates);
    pace.singleStep();
  };
  return train(one, { watch: { checkpointSeconds: 0 }, pace, ...options }, { ...more, onStep });
}

/** What must be the same to the last bit, however the training went on: all but times. */
function bitsOf({ result }: Course) {
  if (!result) throw new Error('the training failed');
  const { history, attention, parameters, checkpoint, bestEpoch } = result;
  const records = history.map(({ seconds: _, ...record }) => record);
  const { state, best, epoch, step } = checkpoint;
  return { records, attention, parameters, bestEpoch, state, best, epoch, step };
}

/** The checkpoint as a model file gives it back. */
function throughFile(checkpoint: Checkpoint): Checkpoint {
  const read = readModel('model', writeModel(modelAt(checkpoint, { series: unnamedSeries(checkpoint.config) })));
  if (!read.checkpoint) throw new Error('the file has no checkpoint');
  return read.checkpoint;
}

const RUNS = { numRuns: 60 };

describe('the training loop', () => {
  it('goes on from a checkpoint at any update to the bits of an uninterrupted training', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, fc.nat(), async (one, draw) => {
        const whole = await trainByUpdates(one);
        fc.pre(whole.checkpoints.length > 0);
        const checkpoint = whole.checkpoints[draw % whole.checkpoints.length];
        const resumed = await train(one, { resume: throughFile(checkpoint) });
        expect(bitsOf(resumed), describePlace(checkpoint)).toEqual(bitsOf(whole));
      }),
      RUNS,
    );
  });

  it('goes on with more epochs from its end, also after the best epoch was restored', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, fc.integer({ min: 1, max: 4 }), async (one, more) => {
        fc.pre(one.config.schedule?.kind !== 'cosine'); // Its rate depends on the number of epochs.
        const longer = { ...one, config: { ...one.config, epochs: one.config.epochs + more } };
        const { result } = await train(one);
        const resumed = await train(longer, { resume: result && throughFile(result.checkpoint) });
        expect(bitsOf(resumed)).toEqual(bitsOf(await train(longer)));
      }),
      RUNS,
    );
  });

  it('ends with the parameters of the epoch of least loss if early stopping restores it, else with the last', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async (one) => {
        const { events, result } = await train(one, { watch: { parameters: true } });
        if (!result) throw new Error('the training failed');
        const losses = result.history.map(({ loss, valLoss }) => valLoss ?? loss);
        const last = losses.length;
        const restores = one.config.patience !== undefined;
        const epoch = restores ? losses.indexOf(Math.min(...losses)) + 1 : last;
        expect(result.bestEpoch).toBe(epoch === last ? undefined : epoch);
        const shown = events.find((event) => event.type === 'parameters' && event.epoch === epoch);
        expect(shown?.type === 'parameters' && shown.parameters).toEqual(result.parameters);
        expect(result.checkpoint).toMatchObject({ epoch: last, step: 0 });
      }),
      RUNS,
    );
  });

  it('stops early exactly when the loss has not fallen for this many epochs', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async (one) => {
        const { result } = await train(one);
        const losses = result?.history.map(({ loss, valLoss }) => valLoss ?? loss) ?? [];
        const patience = one.config.patience ?? Number.POSITIVE_INFINITY;
        const sinceBest = (count: number) => {
          const some = losses.slice(0, count);
          return count - 1 - some.indexOf(Math.min(...some));
        };
        const stops = losses.findIndex((_, i) => sinceBest(i + 1) >= patience) + 1;
        expect(losses).toHaveLength(stops > 0 ? stops : one.config.epochs);
      }),
      RUNS,
    );
  });

  it('leaves a checkpoint to go on from when it is stopped after any update', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, fc.integer({ min: 0, max: 12 }), async (one, stopAfter) => {
        const controller = new AbortController();
        if (stopAfter === 0) controller.abort();
        const onStep = (updates: number) => {
          if (updates === stopAfter) controller.abort();
        };
        const stopped = await trainByUpdates(one, { signal: controller.signal }, { onStep });
        const whole = await train(one);
        if (!stopped.result?.stopped) {
          expect(bitsOf(stopped)).toEqual(bitsOf(whole));
          return;
        }
        const { checkpoint, history } = stopped.result;
        const steps = Math.ceil(one.parts.training / Math.min(one.config.batchSize, batchOf(one)));
        expect(checkpoint.epoch * steps + checkpoint.step).toBe(stopAfter);
        expect(history).toHaveLength(checkpoint.epoch);
        expect(bitsOf(await train(one, { resume: throughFile(checkpoint) }))).toEqual(bitsOf(whole));
      }),
      RUNS,
    );
  });

  it('restores the best epoch too if it is stopped in the middle of a later one', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, fc.integer({ min: 1, max: 12 }), async (one, stopAfter) => {
        const restoring = { ...one, config: { ...one.config, patience: 9 } };
        const controller = new AbortController();
        const watch = { parameters: true, checkpointSeconds: 0 };
        const onStep = (updates: number) => {
          if (updates === stopAfter) controller.abort();
        };
        const { events, result } = await trainByUpdates(restoring, { signal: controller.signal, watch }, { onStep });
        fc.pre(result !== undefined && result.history.length > 0);
        const losses = result.history.map(({ loss, valLoss }) => valLoss ?? loss);
        const best = losses.indexOf(Math.min(...losses)) + 1;
        const ofEpoch = (event: FitEvent) =>
          event.type === 'parameters' && event.epoch === best && event.step === undefined;
        const shown = events.find(ofEpoch);
        expect(result.parameters).toEqual(shown?.type === 'parameters' && shown.parameters);
      }),
      RUNS,
    );
  });

  it('keeps its last good state when the parameters become NaN after any update', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, fc.integer({ min: 1, max: 12 }), fc.boolean(), async (one, badUpdate, byUpdates) => {
        const { batchSize, epochs } = one.config;
        const steps = Math.ceil(one.parts.training / Math.min(batchSize, batchOf(one)));
        const whole = await trainByUpdates(one);
        const trainedEpochs = whole.result?.history.length ?? 0;
        fc.pre(badUpdate <= trainedEpochs * steps && epochs > 0);
        const steppers = failingAfter(badUpdate);
        const watch = { checkpointSeconds: byUpdates ? 0 : 1e6 };
        const failed = await (byUpdates ? trainByUpdates : train)(one, { watch }, { steppers });
        expect(failed.failure?.code).toBe('not-finite');
        const last = failed.checkpoints.at(-1);
        if (!last) throw new Error('no checkpoint came before the failure');
        const updates = last.epoch * steps + last.step;
        if (byUpdates) expect(updates).toBe(badUpdate - 1);
        else expect(updates).toBeLessThan(badUpdate);
        expect(last.state.parameters.every(Number.isFinite)).toBe(true);
        if (updates === 0) return;
        const same = whole.checkpoints.find(({ epoch, step }) => epoch === last.epoch && step === last.step);
        expect(last.state).toEqual(same?.state);
      }),
      RUNS,
    );
  });

  it('hands over no checkpoint of a failure if nobody wants checkpoints', async () => {
    const [one] = fc.sample(anyCase, { numRuns: 1, seed: 1 });
    const failed = await train(one, {}, { steppers: failingAfter(1) });
    expect(failed.failure?.code).toBe('not-finite');
    expect(failed.checkpoints).toEqual([]);
  });

  it('comes to the same whatever is paused, taken step by step or watched', async () => {
    const command = fc.constantFrom('pause', 'resume', 'singleStep');
    await fc.assert(
      fc.asyncProperty(anyCase, fc.array(command as fc.Arbitrary<'pause'>), async (one, commands) => {
        const pace = new Pace();
        const left = [...commands];
        const follow = () => {
          const next = left.shift() ?? 'resume';
          pace[next]();
          if (next === 'pause') setTimeout(follow);
        };
        follow();
        const watch = { metrics: true, attention: true, samples: 3, parameters: true, checkpointSeconds: 0 };
        const watched = await train(one, { pace, watch }, { onStep: follow });
        expect(bitsOf(watched)).toEqual(bitsOf(await train(one)));
      }),
      RUNS,
    );
  });
});

const batchOf = ({ parts }: Case) => Math.max(parts.training, parts.validation);

/** Steppers whose parameters become NaN with this update, counted from 1. */
function failingAfter(badUpdate: number): StepperFactory {
  class FailingStepper extends ReferenceStepper {
    private updates = 0;

    override submitUpdates(first: number, count: number): void {
      for (let slot = first; slot < first + count; slot++) {
        super.submitUpdates(slot, 1);
        if (++this.updates < badUpdate) continue;
        const length = this.plan.arena.length;
        const nan = new Float32Array(length).fill(Number.NaN);
        this.restore({ parameters: nan, firstMoment: nan, secondMoment: nan });
      }
    }
  }
  return { ...REFERENCE_STEPPERS, create: async (options) => new FailingStepper(options) };
}
