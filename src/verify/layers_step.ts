import { checkModel, KERAS_ADAM, type ModelConfig } from '../model/config.ts';
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
import { rulesOf } from '../settings/kinds.ts';
import { DEFAULTS } from '../settings/table.ts';
import { quote } from '../text/quote.ts';
import { type ModelStepFile, type Nested, nested, requireModelStep, WHOLE } from './reference_content.ts';

// A `layers-step` file is a `model-step` file of a model that is a list of layers. Each layer has a name, and parameters
// are called `name/parameter`.

interface LayersStepFile {
  config: { timeSteps: number; inputDim: number; batchSize: number; layers: { type: string; name: string }[] };
  optimizer: { type: string; learningRate: number };
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

const FIELDS: Record<string, Rule> = {
  config: object({
    ...rulesOf(['timeSteps', 'inputDim', 'batchSize']),
    layers: list(object({ type: text, name: text })),
  }),
  optimizer: object({ type: rule('adam', (type) => type === 'adam'), learningRate: number }),
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
  const config = configOf(name, file);
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

function configOf(name: string, { config }: LayersStepFile): ModelConfig {
  const { timeSteps, inputDim, layers } = config;
  const wrong = wrongOf(name, WHOLE);
  const settings = layers.map(({ name: _, ...layer }) => layer);
  const last = settings.pop();
  if (last?.type !== 'output') throw wrong(`has ${quote(last?.type)} as the last of config.layers, not output`);
  const { type: _, ...output } = last;
  const { units, singleAttentionVector } = DEFAULTS;
  const model = { timeSteps, inputDim, units, singleAttentionVector, layers: settings, output };
  return model as unknown as ModelConfig;
}

/** This project's names of the layers and parameters of a file. */
function namesOf(name: string, { config: { layers } }: LayersStepFile, config: ModelConfig): Map<string, string> {
  const names = new Map<string, string>();
  requireConfig(name, () => checkModel(config), WHOLE);
  const [, ...nodes] = layersOf(config);
  for (const [i, node] of nodes.entries()) {
    names.set(layers[i].name, node.name);
    for (const { name: parameter } of layerOf(node).parameters(node)) {
      names.set(`${layers[i].name}/${parameter}`, parameterName(node, parameter));
    }
  }
  return names;
}
