import type { Step } from '../../shaders/snippets.ts';
import type { Dataset } from '../data/dataset.ts';
import type { ModelConfig, UpdateOptions } from '../model/config.ts';
import type { Parameters } from '../model/parameters.ts';
import type { Plan } from '../model/plan.ts';

/** All that an update changes; float32 in the order of the arena. */
export interface OptimizerState {
  /** All parameters, in one array. */
  parameters: Float32Array;
  /** Adam's first moment of each. */
  firstMoment: Float32Array;
  /** Adam's second moment of each. */
  secondMoment: Float32Array;
}

/**
 * Sums over one batch: the loss, and the number of correct predictions of classes or the absolute errors of numbers.
 */
export interface BatchMetrics {
  loss: number;
  second: number;
}

/** All that a stepper is made from. */
export interface StepperOptions {
  config: ModelConfig;
  batchSize: number;
  dataset: Dataset;
  parameters: Parameters;
  /** Batches between two readings of the metrics. */
  slots: number;
  update?: UpdateOptions;
}

/** A model with its optimizer and its data set, as the training loop drives it: on a GPU, or in float64 without one. */
export interface Stepper {
  readonly plan: Pick<Plan, 'batch' | 'tensors'>;
  /** The order in which batches take samples from the data set: every index of it, once. */
  setOrder(order: Uint32Array): void;
  /** Sets the batch of each slot; `slot` is set to the index. */
  setSteps(steps: Omit<Step, 'slot'>[]): void;
  /** Submits updates for `count` slots from `first` on. */
  submitUpdates(first: number, count: number): void;
  /** Submits the forward pass alone, with loss and metrics, for `count` slots from `first` on. */
  submitForward(first: number, count: number): void;
  /** Resolves when everything submitted so far has run; rejects when the device failed. */
  finished(): Promise<void>;
  /** Metrics of `count` slots from `first` on. */
  readMetrics(first: number, count: number): Promise<BatchMetrics[]>;
  /** Puts the metrics of the first slots in their places, as if they had just been measured: (slots, 2). */
  restoreMetrics(metrics: Float32Array): void;
  /** Replaces the present state. */
  restore(state: OptimizerState): void;
  /** The state for `restore`, after everything submitted so far. */
  readState(): Promise<OptimizerState>;
  /** Copies the state, over the last copy; nothing waits for it. */
  keepState(): void;
  /** The last copy that `keepState` made; undefined if it made none. */
  readKeptState(): Promise<OptimizerState | undefined>;
  /** A tensor of the plan as it is after everything submitted so far. */
  read(name: string): Promise<Float32Array>;
  dispose(): void;
}

/** Makes steppers of one kind. */
export interface StepperFactory {
  /** Throws limit if a stepper of this size cannot be made; called before the data set is loaded. */
  requireFit(options: Omit<StepperOptions, 'dataset' | 'parameters'> & { samples: number }): void;
  /** Throws limit, out-of-memory or shader; then nothing is held. */
  create(options: StepperOptions): Promise<Stepper>;
}
