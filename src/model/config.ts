import { Failure } from '../errors.ts';
import { shown } from '../rules.ts';

/** What the model predicts: a label 0 or 1 (sigmoid), one of several classes (softmax), or a number (linear). */
export type Output = { kind: 'binary' } | { kind: 'categorical'; classes: number } | { kind: 'regression' };

/** The model's dimensions, named once: B batch, T timeSteps, D inputDim, U units. */
export interface ModelConfig {
  timeSteps: number;
  inputDim: number;
  units: number;
  /** The same attention, the mean over the channels, for every channel. */
  singleAttentionVector: boolean;
  /** Binary when absent. */
  output?: Output;
}

/** The model of a run. */
export function modelOf({ timeSteps, inputDim, units, singleAttentionVector, output }: ModelConfig): ModelConfig {
  return { timeSteps, inputDim, units, singleAttentionVector, output };
}

/** Logits that the output layer gives for a sample: C. */
export function outputCount({ output }: Pick<ModelConfig, 'output'>): number {
  return output?.kind === 'categorical' ? output.classes : 1;
}

export interface AdamConfig {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
}

/** What changes an update, beside Adam; each is left out where absent. */
export interface UpdateOptions {
  /** What a sample of each class counts for in loss and gradient. */
  classWeights?: readonly number[];
  /** λ of the penalty λ · Σ w² over all kernels; the loss that is reported is without it. */
  l2?: number;
  /** The norm that all gradients together may have at most, after the penalty. */
  largestGradientNorm?: number;
}

export const KERAS_ADAM: AdamConfig = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

/** How the learning rate goes down from its first value: by a factor each so many epochs, or along half a cosine to zero at the last. */
export type Schedule =
  | { kind: 'step'; everyEpochs: number; factor: number }
  | { kind: 'cosine' }
  /** By a factor after so many epochs without a smaller loss (validation's where there is one). */
  | { kind: 'plateau'; patience: number; factor: number };

/** Ends a run after so many epochs without a smaller loss (validation's where there is one). */
export interface EarlyStopping {
  patience: number;
  /** A loss counts as smaller only if it is so by more than this. */
  leastImprovement?: number;
  /** The parameters of the best epoch are the result's, not those of the last. */
  restoreBest?: boolean;
}

/** How a model is trained, whatever the data. */
export interface TrainingConfig extends ModelConfig {
  batchSize: number;
  epochs: number;
  learningRate: number;
  /** Of initial values and order; of the experiment's data too. */
  seed: number;
  /** Whether every epoch takes the training part in another order. Default true. */
  shuffle?: boolean;
  update?: UpdateOptions;
  schedule?: Schedule;
  earlyStopping?: EarlyStopping;
}

/** Everything a run of the experiment depends on. */
export interface ExperimentConfig extends TrainingConfig {
  samples: number;
  attentionColumn: number;
  /** Share of the samples, taken from the end before any shuffle, that validates. */
  validationSplit: number;
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

/** Of the classes of a categorical output. */
export const CLASSES = { min: 2, max: 1000, integer: true, reason: 'an output each' } as const satisfies Bound;

/** Bounds of what `fit` takes beside the settings. */
export const OPTION_BOUNDS = {
  patience: { min: 1, max: 100_000, integer: true, reason: 'epochs' },
  everyEpochs: { min: 1, max: 100_000, integer: true, reason: 'epochs' },
  factor: { min: 0, max: 1, integer: false, reason: 'the learning rate is multiplied by it' },
  leastImprovement: { min: 0, max: 1e6, integer: false, reason: 'of the loss' },
  l2: { min: 0, max: 1e6, integer: false, reason: 'added to the loss as λ · Σ w²' },
  largestGradientNorm: { min: 1e-6, max: 1e6, integer: false, reason: 'of all gradients together' },
  classWeight: { min: 0, max: 1e6, integer: false, reason: 'what a sample of the class counts for' },
} as const satisfies Record<string, Bound>;

export interface Bound {
  min: number;
  max: number;
  integer: boolean;
  reason: string;
}

/** What is wrong with `value` for a setting called `label`, as a sentence, or undefined; `written` is how it was given. */
export function describeMisfit(
  label: string,
  value: number,
  { min, max, integer, reason }: Bound,
  written = String(value),
): string | undefined {
  const kind = integer ? 'a whole number' : 'a number';
  if (Number.isFinite(value) && value >= min && value <= max && (!integer || Number.isInteger(value))) return undefined;
  return `${label} is ${written}: give ${kind} from ${min} to ${max} (${reason})`;
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

const OUTPUTS: (Output['kind'] | undefined)[] = [undefined, 'binary', 'categorical', 'regression'];

/** Throws invalid-option with the first dimension of a model that is out of bounds. `label` as for `checkExperiment`. */
export function checkModel(config: ModelConfig, label: (name: string) => string = (name) => name): void {
  requireBounds(config, ['timeSteps', 'inputDim', 'units'], label);
  const { output } = config;
  if (!OUTPUTS.includes(output?.kind)) {
    throw new Failure(
      'invalid-option',
      `${label('output.kind')} is ${shown(String(output?.kind))}: give binary, categorical or regression`,
    );
  }
  if (output?.kind !== 'categorical') return;
  const misfit = describeMisfit(label('output.classes'), output.classes, CLASSES);
  if (misfit) throw new Failure('invalid-option', misfit);
}

function requireBounds<Name extends keyof typeof BOUNDS>(
  config: Record<Name, number>,
  names: Name[],
  label: (name: string) => string,
): void {
  for (const name of names) {
    const misfit = describeMisfit(label(name), config[name], BOUNDS[name]);
    if (misfit) throw new Failure('invalid-option', misfit);
  }
}

/** Throws invalid-option with the first setting of a training run that is out of bounds. `label` as for `checkExperiment`. */
export function checkTraining(config: TrainingConfig, label: (name: string) => string = (name) => name): void {
  checkModel(config, label);
  requireBounds(config, ['batchSize', 'epochs', 'learningRate', 'seed'], label);
  const { schedule, earlyStopping, update } = config;
  if (schedule) requireSchedule(schedule, label);
  if (earlyStopping) requireOptions('earlyStopping', { leastImprovement: 0, ...earlyStopping }, label);
  if (update) requireOptions('update', update, label);
  requireClassWeights(config, label);
}

const SCHEDULES: Record<string, readonly Option[]> = {
  step: ['everyEpochs', 'factor'],
  cosine: [],
  plateau: ['patience', 'factor'],
} satisfies Record<Schedule['kind'], Option[]>;

function requireSchedule(schedule: Schedule, label: (name: string) => string): void {
  const names = Object.hasOwn(SCHEDULES, schedule.kind) ? SCHEDULES[schedule.kind] : undefined;
  if (!names) {
    const kinds = Object.keys(SCHEDULES).join(', ');
    throw new Failure('invalid-option', `${label('schedule')} is ${shown(schedule.kind)}: give one of ${kinds}`);
  }
  const values = names.map((name) => [name, schedule[name as keyof Schedule] ?? Number.NaN]);
  requireOptions('schedule', Object.fromEntries(values), label);
}

type Option = keyof typeof OPTION_BOUNDS;

/** Throws where an option that has a bound is out of it; what is absent is right. */
function requireOptions(where: string, options: object, label: (name: string) => string): void {
  for (const [name, bound] of Object.entries(OPTION_BOUNDS)) {
    const value = (options as Record<string, number | undefined>)[name];
    if (value === undefined) continue;
    const misfit = describeMisfit(label(`${where}.${name}`), value, bound);
    if (misfit) throw new Failure('invalid-option', misfit);
  }
}

function requireClassWeights({ output, update }: TrainingConfig, label: (name: string) => string): void {
  const weights = update?.classWeights;
  if (!weights) return;
  const classes = output?.kind === 'categorical' ? output.classes : 2;
  if (output?.kind === 'regression' || weights.length !== classes) {
    const what = `${label('classWeights')} has ${weights.length} weights, but`;
    throw new Failure(
      'invalid-option',
      output?.kind === 'regression'
        ? `${what} numbers are predicted, not classes: leave them out`
        : `${what} there are ${classes} classes: give one for each`,
    );
  }
  for (const weight of weights) {
    const misfit = describeMisfit(label('classWeights'), weight, OPTION_BOUNDS.classWeight);
    if (misfit) throw new Failure('invalid-option', misfit);
  }
}

/** Keras' split: this many samples from the start train, the rest validate. */
export function trainingSamples(samples: number, validationSplit: number): number {
  return Math.floor(samples * (1 - validationSplit));
}
