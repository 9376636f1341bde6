import { afterEach, beforeEach, vi } from 'vitest';
import type { Step } from '../shaders/snippets.ts';
import type { Dataset } from '../src/data/dataset.ts';
import { NumpyRandom } from '../src/data/numpy_random.ts';
import type { TrainingConfig } from '../src/model/config.ts';
import type { Parts } from '../src/train/batches.ts';
import { type FitOptions, type FitResult, fitModel } from '../src/train/fit.ts';
import type { FitEvent } from '../src/train/fit_event.ts';
import { REFERENCE_STEPPERS, ReferenceStepper } from '../src/train/reference_stepper.ts';
import type { BatchMetrics, OptimizerState, StepperFactory } from '../src/train/stepper.ts';

// Trainings on float64 references, on a clock that goes on only when told to.

export const CONFIG: TrainingConfig = {
  timeSteps: 2,
  inputDim: 2,
  units: 1,
  singleAttentionVector: false,
  output: { kind: 'regression' },
  batchSize: 2,
  epochs: 2,
  learningRate: 0.01,
  seed: 1,
};
/** Twelve batches train, four validate, two test; the last is short. */
export const PARTS: Parts = {
  training: 24,
  validation: 8,
  attention: { first: 24, count: 8 },
  test: { first: 32, count: 3 },
};

const UPDATE_MS = 10;
const FORWARD_MS = 3;
const LOADING_MS = 500;
/** What a consumer does with an event. */
const PAUSE_MS = 1000;

const START_MS = 5e6;
/** The time in ms, and how many times slower than usual the stepper is. */
export const clock = { now: START_MS, update: 1, forward: 1 };

/** Puts the clock in the place of `performance.now` in every test of a file. */
export function useClock(): void {
  beforeEach(() => {
    Object.assign(clock, { now: START_MS, update: 1, forward: 1 });
    vi.spyOn(performance, 'now').mockImplementation(() => clock.now);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
}

export function dataOf({ training, validation, test }: Parts, output = CONFIG.output): Dataset {
  const samples = training + validation + (test?.count ?? 0);
  const random = new NumpyRandom([7]);
  const numbers = (length: number) => Float32Array.from({ length }, () => random.normal());
  const x = numbers(4 * samples);
  const y =
    output?.kind === 'categorical' ? x.subarray(0, samples).map((_, n) => n % output.classes) : numbers(samples);
  return { samples, timeSteps: 2, inputDim: 2, x, y };
}

/** What a stepper was told to do. */
interface Told {
  orders: number[][];
  steps: Omit<Step, 'slot'>[][];
  updates: [first: number, count: number][];
  forwards: [first: number, count: number][];
  /** Readings of the state, and of the copy of it. */
  readings: number;
  /** Readings that were waited for together, at most. */
  together: number;
  copies: number;
  disposed: number;
}

/** Numbers that a stepper spoils. */
export interface Spoilt {
  /** The loss of a slot in an epoch, counted from 1. */
  loss?: { epoch: number; slot: number };
  /** The parameters of one reading of the state, counted from 1. */
  reading?: number;
  /** The copy of the state. */
  copy?: boolean;
  attention?: boolean;
  /** What an update of this epoch throws. */
  error?: { epoch: number; thrown: Error };
}

/** Steppers whose updates and forward passes take time. */
export function timed(told: Told, spoilt: Spoilt = {}): StepperFactory {
  class TimedStepper extends ReferenceStepper {
    private open = 0;

    override setOrder(order: Uint32Array): void {
      told.orders.push([...order]);
      super.setOrder(order);
    }

    override setSteps(steps: Omit<Step, 'slot'>[]): void {
      told.steps.push(steps);
      super.setSteps(steps);
    }

    override submitUpdates(first: number, count: number): void {
      if (spoilt.error?.epoch === told.steps.length) throw spoilt.error.thrown;
      clock.now += clock.update * UPDATE_MS * count;
      told.updates.push([first, count]);
      super.submitUpdates(first, count);
    }

    override submitForward(first: number, count: number): void {
      clock.now += clock.forward * FORWARD_MS * count;
      told.forwards.push([first, count]);
      super.submitForward(first, count);
    }

    override async readState(): Promise<OptimizerState> {
      const state = await super.readState();
      if (++told.readings === spoilt.reading) state.parameters[3] = Number.NaN;
      return state;
    }

    override async readKeptState(): Promise<OptimizerState | undefined> {
      const state = await super.readKeptState();
      if (spoilt.copy) state?.parameters.fill(Number.POSITIVE_INFINITY, 1, 2);
      return state;
    }

    override async readMetrics(first: number, count: number): Promise<BatchMetrics[]> {
      const { epoch, slot = -1 } = spoilt.loss ?? {};
      const metrics = await super.readMetrics(first, count);
      if (epoch === told.steps.length && slot >= first && slot < first + count) metrics[slot - first].loss = Number.NaN;
      return metrics;
    }

    override async read(name: string): Promise<Float32Array> {
      told.together = Math.max(told.together, ++this.open);
      const values = await super.read(name);
      this.open--;
      return spoilt.attention && name === 'attention/attention' ? values.fill(Number.NaN, 0, 1) : values;
    }

    override keepState(): void {
      told.copies++;
      super.keepState();
    }

    override dispose(): void {
      told.disposed++;
    }
  }
  return { ...REFERENCE_STEPPERS, create: async (options) => new TimedStepper(options) };
}

interface Course {
  events: FitEvent[];
  result: FitResult;
  told: Told;
}

export const nothingTold = (): Told => ({
  orders: [],
  steps: [],
  updates: [],
  forwards: [],
  readings: 0,
  together: 0,
  copies: 0,
  disposed: 0,
});

/** Trains; the consumer takes a second for every event. */
export async function train(
  options: FitOptions = {},
  config: TrainingConfig = CONFIG,
  parts = PARTS,
  onEvent: (event: FitEvent) => void = () => {},
): Promise<Course> {
  const told = nothingTold();
  const data = dataOf(parts, config.output);
  const load = () => {
    clock.now += LOADING_MS;
    return data;
  };
  const training = fitModel(timed(told), config, { samples: data.samples, parts, load }, options);
  const events: FitEvent[] = [];
  for (;;) {
    const { done, value } = await training.next();
    if (done) return { events, result: value, told };
    events.push(value);
    clock.now += PAUSE_MS;
    onEvent(value);
  }
}

export type Of<Type extends FitEvent['type']> = Extract<FitEvent, { type: Type }>;
export const eventsOf = <Type extends FitEvent['type']>({ events }: Pick<Course, 'events'>, type: Type) =>
  events.filter((event): event is Of<Type> => event.type === type);
export const typesOf = ({ events }: Pick<Course, 'events'>) => events.map(({ type }) => type);
export const milliseconds = (list: { seconds: number }[]) => list.map(({ seconds }) => Math.round(1000 * seconds));

/** Twelve updates and four forward passes. */
export const EPOCH_MS = 12 * UPDATE_MS + 4 * FORWARD_MS;
export const EVERYTHING = { metrics: true, attention: true, samples: 2, parameters: true, checkpointSeconds: 0 };
