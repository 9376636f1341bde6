import { Failure } from '../errors.ts';

/** The model's dimensions, named once: B batch, T timeSteps, D inputDim, U units. */
export interface ModelConfig {
  timeSteps: number;
  inputDim: number;
  units: number;
  /** The same attention, the mean over the channels, for every channel. */
  singleAttentionVector: boolean;
}

export interface AdamConfig {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
}

export const KERAS_ADAM: AdamConfig = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

/** Everything a run of the experiment depends on. */
export interface ExperimentConfig extends ModelConfig {
  samples: number;
  attentionColumn: number;
  batchSize: number;
  epochs: number;
  learningRate: number;
  /** Share of the samples, taken from the end before any shuffle, that validates. */
  validationSplit: number;
  seed: number;
}

/** The experiment as its author ran it. */
export const EXPERIMENT: Readonly<ExperimentConfig> = {
  samples: 60000,
  timeSteps: 64,
  inputDim: 1,
  attentionColumn: 10,
  units: 32,
  singleAttentionVector: false,
  batchSize: 256,
  epochs: 20,
  learningRate: 1e-3,
  validationSplit: 0.1,
  seed: 1337,
};

/** Bounds of every number in ExperimentConfig, with the reason for them; the page shows them and `checkExperiment` holds them. */
export const BOUNDS = {
  samples: { min: 2, max: 10_000_000, integer: true, reason: 'at least one to train on and one to validate' },
  timeSteps: { min: 1, max: 1024, integer: true, reason: 'the attention kernel is (T, T)' },
  inputDim: { min: 1, max: 64, integer: true, reason: 'channels of one series' },
  attentionColumn: { min: 0, max: 1023, integer: true, reason: 'a time step, so below the number of time steps' },
  units: { min: 1, max: 256, integer: true, reason: 'the recurrent kernel is (U, 4U)' },
  batchSize: { min: 1, max: 65_536, integer: true, reason: 'samples of one update' },
  epochs: { min: 1, max: 100_000, integer: true, reason: 'passes over the training part' },
  learningRate: { min: 0, max: 1e38, integer: false, reason: "Adam's step size, a float32" },
  validationSplit: { min: 0, max: 0.9, integer: false, reason: 'the rest must be enough to train on' },
  seed: { min: 0, max: 2 ** 32 - 1, integer: true, reason: "numpy's seeds" },
} as const satisfies Partial<Record<keyof ExperimentConfig, Bound>>;

export interface Bound {
  min: number;
  max: number;
  integer: boolean;
  reason: string;
}

/** What is wrong with `value` for a setting called `label`, as a sentence, or undefined. */
export function describeMisfit(label: string, value: number, { min, max, integer, reason }: Bound): string | undefined {
  const kind = integer ? 'a whole number' : 'a number';
  if (Number.isFinite(value) && value >= min && value <= max && (!integer || Number.isInteger(value))) return undefined;
  return `${label} is ${value}: give ${kind} from ${min} to ${max} (${reason})`;
}

/** Throws invalid-option with the first setting that is out of bounds. `label` names a setting as the host writes it. */
export function checkExperiment(config: ExperimentConfig, label: (name: string) => string = (name) => name): void {
  for (const [name, bound] of Object.entries(BOUNDS)) {
    const misfit = describeMisfit(label(name), config[name as keyof typeof BOUNDS], bound);
    if (misfit) throw new Failure('invalid-option', misfit);
  }
  const { attentionColumn, timeSteps, samples, validationSplit } = config;
  if (attentionColumn >= timeSteps) {
    throw new Failure(
      'invalid-option',
      `${label('attentionColumn')} is ${attentionColumn}, but there are ${timeSteps} time steps: give 0 to ${timeSteps - 1}, or more ${label('timeSteps')}`,
    );
  }
  if (trainingSamples(samples, validationSplit) < 1) {
    throw new Failure(
      'invalid-option',
      `${label('validationSplit')} ${validationSplit} leaves none of ${samples} samples to train on: give a smaller share or more samples`,
    );
  }
}

/** Keras' split: this many samples from the start train, the rest validate. */
export function trainingSamples(samples: number, validationSplit: number): number {
  return Math.floor(samples * (1 - validationSplit));
}
