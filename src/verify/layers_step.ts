import { checkModel, KERAS_ADAM, type ModelConfig, type Output } from '../model/config.ts';
import { layersOf } from '../model/layer_list.ts';
import { layerOf } from '../model/layers/index.ts';
import { parameterName } from '../model/parameters.ts';
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
  wrongOf,
} from '../rules.ts';
import { describeValueMisfit, rulesOf } from '../settings/kinds.ts';
import type { LayerSettings } from '../settings/layers.ts';
import { DEFAULTS, pickSettings, type Settings } from '../settings/table.ts';
import { quote } from '../text/quote.ts';
import { type ModelStepFile, type Nested, nested, requireModelStep, WHOLE } from './reference_content.ts';

// A `layers-step` file is a `model-step` file of a model that is a list of layers. Each layer has a name, and parameters
// are called `name/parameter`.

interface LayersStepFile {
  config: { timeSteps: number; inputDim: number; batchSize: number; layers: { type: string; name: string }[] };
  optimizer: { type: NonNullable<Settings['optimizer']>; learningRate: number };
  steps: number;
  x: Nested;
  y: number[];
  parameters: Record<string, Nested>;
  expected: {
    loss: number;
    logits: Nested;
    attention?: Record<string, Nested>;
    gradients: Record<string, Nested>;
    lossPerStep: number[];
    parametersAfter?: Record<string, Nested>;
  };
}

const { optimizer: optimizerRule } = rulesOf(['optimizer'], () => false);

const FIELDS: Record<string, Rule> = {
  config: object({
    ...rulesOf(['timeSteps', 'inputDim', 'batchSize']),
    layers: list(object({ type: text, name: text })),
  }),
  optimizer: object({ type: optimizerRule, learningRate: number }),
  steps: rule('1 or more', (value) => Number.isInteger(value) && Number(value) >= 1),
  lengths: rule('left out: series of unequal length are not supported', (value) => value === undefined),
  x: nested(),
  y: list(number),
  parameters: record(nested()),
  expected: object({
    loss: number,
    logits: nested(),
    attention: optional(record(nested())),
    gradients: record(nested()),
    lossPerStep: list(number),
    parametersAfter: optional(record(nested())),
  }),
};

/** The same as a `model-step` file. Throws invalid-file, with the field, if `content` is not whole. */
export function modelStepOf(name: string, content: unknown): ModelStepFile {
  requireFields(name, content, FIELDS, WHOLE);
  const file = content as LayersStepFile;
  const { parameters, expected, optimizer, steps, x, y } = file;
  const { loss, ...config } = configOf(name, file);
  const update = pickSettings({ optimizer: optimizer.type, loss }, ['optimizer', 'loss']);
  const names = namesOf(name, file, config);
  const renamed = (values: Record<string, Nested>) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [names.get(key) ?? key, value]));
  const { attention = {}, ...rest } = expected;
  const tensors = Object.entries(attention).map(([layer, values]): [string, Nested] => {
    return [`${names.get(layer)}/attention`, values];
  });
  const step: ModelStepFile = {
    kind: 'model-step',
    config: { ...config, batchSize: file.config.batchSize, attentionColumn: 0 },
    adam: { ...KERAS_ADAM, learningRate: optimizer.learningRate },
    ...(Object.keys(update).length > 0 && { update }),
    steps,
    x,
    y,
    parameters: renamed(parameters),
    expected: {
      ...rest,
      gradients: renamed(expected.gradients),
      ...(expected.parametersAfter && { parametersAfter: renamed(expected.parametersAfter) }),
      tensors: Object.fromEntries(tensors),
    },
  };
  requireModelStep(name, step);
  return step;
}

/** The model, and the loss of its output if it has one. */
function configOf(name: string, { config }: LayersStepFile): ModelConfig & Pick<Settings, 'loss'> {
  const { timeSteps, inputDim, layers } = config;
  const wrong = wrongOf(name, WHOLE);
  const settings: object[] = layers.map(({ name: _, ...layer }) => layer);
  const { type, loss, ...output } = (settings.pop() ?? {}) as Output & Pick<Settings, 'loss'> & { type?: string };
  if (type !== 'output') throw wrong(`has ${quote(type)} as the last of config.layers, not output`);
  const misfit = loss === undefined ? undefined : describeValueMisfit('loss', loss, 'loss');
  if (misfit) throw wrong(`has an output whose ${misfit}`);
  const { units, singleAttentionVector } = DEFAULTS;
  const model = { timeSteps, inputDim, units, singleAttentionVector, output, loss };
  return { ...model, layers: settings as LayerSettings[] };
}

/** This project's names of the layers and parameters of a file. */
function namesOf(name: string, { config: { layers } }: LayersStepFile, config: ModelConfig): Map<string, string> {
  const names = new Map<string, string>();
  requireConfig(name, () => checkModel(config), WHOLE);
  const [, ...nodes] = layersOf(config);
  for (const [i, node] of nodes.entries()) {
    names.set(layers[i].name, node.name);
    for (const { name: parameter } of layerOf(node).parameters(node)) {
      const own = parameter.replace(/^(forward|backward)_/, '$1/');
      names.set(`${layers[i].name}/${own}`, parameterName(node, parameter));
    }
  }
  return names;
}
