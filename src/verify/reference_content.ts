import { type AdamConfig, checkModel, MODEL_NAMES, type ModelConfig, type UpdateOptions } from '../model/config.ts';
import { metricOf } from '../model/outputs/index.ts';
import { createArena } from '../model/parameters.ts';
import {
  list,
  number,
  object,
  optional,
  type Rule,
  record,
  requireConfig,
  requireFields,
  rule,
  text,
  wrongFile,
  wrongOf,
} from '../rules.ts';
import { rulesOf } from '../settings/kinds.ts';
import { settingOf } from '../settings/table.ts';
import { quote } from '../text/quote.ts';

// A reference file holds results that another system computed in float64: forward tensors, gradients and Adam steps of
// a model (`model-step`), or the hashes of a data set (`dataset`). Arrays are nested, row-major, in Keras' layouts.

export type Nested = number | Nested[];

export interface ModelStepFile {
  kind: 'model-step';
  config: ModelConfig & { batchSize: number; attentionColumn: number };
  adam: AdamConfig;
  /** If it is not Adam, or its loss is not that of the output. */
  update?: UpdateOptions;
  steps: number;
  parameters: Record<string, Nested>;
  expected: {
    loss: number;
    gradients: Record<string, Nested>;
    lossPerStep: number[];
    /** Correct predictions, or the sum of absolute errors for a model that predicts numbers. */
    correctPerStep?: number[];
    absoluteErrorPerStep?: number[];
    parametersAfter?: Record<string, Nested>;
    parametersAfterNorm?: Record<string, number>;
    /** Tensors of the plan, each sample's steps and features. */
    tensors?: Record<string, Nested>;
  } & Partial<Record<ForwardTensor, Nested>>;
  /** One batch, used in every step … */
  x?: Nested;
  y?: number[];
  /** … or consecutive batches of numpy's stream. */
  data?: { seed: number; samples: number };
}

export interface DatasetFile {
  kind: 'dataset';
  seed: number;
  n: number;
  timeSteps: number;
  inputDim: number;
  attentionColumn: number;
  x_first_sample: number[];
  x_last_sample: number[];
  y_first_64: number[];
  y_sum: number;
  x_f32_sha256: string;
  y_u8_sha256: string;
  next_test_item: { x_first_4: number[]; y: number };
}

/** Names of the forward tensors in a file, and of the model's views. */
export const FORWARD_TENSORS = {
  attention: 'attention',
  attended: 'attended',
  hiddenSequence: 'hidden',
  logits: 'logits',
  probabilities: 'probabilities',
  predictions: 'predictions',
} as const;
export type ForwardTensor = keyof typeof FORWARD_TENSORS;

export const WHOLE = 'a whole reference file';
/** Most values of a data set that is drawn for a file: 1 GiB. */
const MOST_DRAWN = 2 ** 28;
/** Most levels of nested lists: (batch, T, D). */
const DEEPEST = 3;

/** Numbers in nested lists. */
export function nested(depth = DEEPEST): Rule {
  return (value, path) => (Array.isArray(value) && depth > 0 ? list(nested(depth - 1)) : number)(value, path);
}

const MODEL_STEP = {
  config: object({
    ...rulesOf(MODEL_NAMES, (name) => settingOf(name).kind === 'flag' || !('default' in settingOf(name))),
    ...rulesOf(['batchSize', 'attentionColumn'], (name) => name === 'attentionColumn'),
    output: optional(object({ kind: text, classes: optional(number) })),
  }),
  adam: object({ learningRate: number, beta1: number, beta2: number, epsilon: number }),
  steps: rule('1 or more', (value) => Number.isInteger(value) && Number(value) >= 1),
  parameters: record(nested()),
  expected: object({
    loss: number,
    gradients: record(nested()),
    lossPerStep: list(number),
    correctPerStep: optional(list(number)),
    absoluteErrorPerStep: optional(list(number)),
    parametersAfter: optional(record(nested())),
    parametersAfterNorm: optional(record(number)),
    ...Object.fromEntries(Object.keys(FORWARD_TENSORS).map((name) => [name, optional(nested())])),
  }),
  x: optional(nested()),
  y: optional(list(number)),
  data: optional(object(rulesOf(['seed', 'samples']))),
};

const DATASET = {
  ...rulesOf(['seed', 'timeSteps', 'inputDim', 'attentionColumn']),
  n: rulesOf(['samples']).samples,
  x_first_sample: list(number),
  x_last_sample: list(number),
  y_first_64: list(number),
  y_sum: number,
  x_f32_sha256: text,
  y_u8_sha256: text,
  next_test_item: object({ x_first_4: list(number), y: number }),
};

/** Throws invalid-file, with the field, if `content` is no reference file or not a whole one. */
export function requireReferenceFile(name: string, content: unknown): asserts content is ModelStepFile | DatasetFile {
  const { kind } = (content ?? {}) as { kind?: unknown };
  if (kind === 'model-step') {
    requireFields(name, content, MODEL_STEP, WHOLE);
    requireModelStep(name, content as ModelStepFile);
  } else if (kind === 'dataset') {
    requireFields(name, content, DATASET, WHOLE);
    const { n, timeSteps, inputDim } = content as DatasetFile;
    requireDrawn(name, n * timeSteps * inputDim);
  } else throw wrongFile(name, `has kind ${quote(kind)}`, 'a model-step, layers-step or dataset file');
}

/** Checks that fields which are valid by themselves fit each other. */
export function requireModelStep(name: string, file: ModelStepFile): void {
  const wrong = wrongOf(name, WHOLE);
  const { config, steps, expected } = file;
  requireConfig(name, () => checkModel(config), WHOLE);
  for (const list of ['lossPerStep', metricOf(config.output).reference.list] as const) {
    if (config.layers && !expected[list]) continue;
    const length = expected[list]?.length ?? 0;
    if (length !== steps) throw wrong(`has ${length} values of ${list} for ${steps} steps`);
  }
  const { gradients, parametersAfter, parametersAfterNorm } = expected;
  const groups = { parameters: file.parameters, gradients, parametersAfter };
  for (const { name: parameter, length } of createArena(config).specs) {
    for (const [group, values] of Object.entries(groups)) {
      const given = values?.[parameter] === undefined ? 0 : flatten(values[parameter]).length;
      if (values && given !== length) throw wrong(`has ${given} values of ${group}.${parameter}, not ${length}`);
    }
    if (parametersAfterNorm && parametersAfterNorm[parameter] === undefined) {
      throw wrong(`has no parametersAfterNorm.${parameter}`);
    }
  }
  requireSeries(name, file);
}

function requireSeries(name: string, { config, steps, x, y, data }: ModelStepFile): void {
  const wrong = wrongOf(name, WHOLE);
  const { timeSteps, inputDim, batchSize } = config;
  const features = timeSteps * inputDim;
  if (data) {
    const samples = steps * batchSize;
    if (data.samples !== samples) throw wrong(`has ${data.samples} samples of data, not ${samples}`);
    requireDrawn(name, samples * features);
  } else {
    if (!x || !y) throw wrong('has neither data nor x and y');
    const { length } = flatten(x);
    if (length !== batchSize * features) throw wrong(`has ${length} values of x, not ${batchSize * features}`);
    if (y.length !== batchSize) throw wrong(`has ${y.length} values of y, not ${batchSize}`);
  }
}

/** Throws invalid-file if a data set would not fit into memory. */
function requireDrawn(name: string, values: number): void {
  if (values > MOST_DRAWN) throw wrongFile(name, `has a data set of ${values} values`, `one of ${MOST_DRAWN} at most`);
}

/** The elements of a nested array in order. */
export function flatten(nested: Nested): Float32Array {
  const values: number[] = [];
  const visit = (part: Nested) => {
    if (Array.isArray(part)) part.forEach(visit);
    else values.push(part);
  };
  visit(nested);
  return Float32Array.from(values);
}
