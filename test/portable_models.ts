import { NumpyRandom } from '../src/data/numpy_random.ts';
import type { PortableModel } from '../src/formats/portable_model.ts';
import type { ModelConfig } from '../src/model/config.ts';
import type { View } from '../src/model/layers/layer.ts';
import { predictionView, viewOf } from '../src/model/model_layers.ts';
import { createArena, type Parameters } from '../src/model/parameters.ts';
import { ModelReference } from '../src/model/reference.ts';
import { samplesOf } from '../src/verify/reference_file.ts';

/** A model of each kind. */
export const CONFIGS: [string, ModelConfig][] = [
  ['binary', { ...sizes(16, 1, 8), singleAttentionVector: false }],
  ['categorical', { ...sizes(9, 3, 5), singleAttentionVector: false, output: { kind: 'categorical', classes: 4 } }],
  ['regression', { ...sizes(7, 2, 4), singleAttentionVector: false, output: { kind: 'regression' } }],
  ['single attention vector', { ...sizes(8, 3, 4), singleAttentionVector: true, output: { kind: 'binary' } }],
  ['one step and unit', { ...sizes(1, 1, 1), singleAttentionVector: true, output: { kind: 'regression' } }],
];

function sizes(timeSteps: number, inputDim: number, units: number) {
  return { timeSteps, inputDim, units };
}

/** A model whose parameters all differ from each other and from zero, so that none can be taken for another. */
export function randomModel(config: ModelConfig, seed = 1): PortableModel {
  const random = new NumpyRandom(seed);
  const draw = (length: number) => Float32Array.from({ length }, () => 0.4 * random.normal());
  const specs = createArena(config).specs.map(({ name, length }) => [name, draw(length)]);
  return { config, parameters: Object.fromEntries(specs) as Parameters, metadata: new Map() };
}

export function randomSeries({ timeSteps, inputDim }: ModelConfig, samples: number): Float32Array {
  const random = new NumpyRandom(7);
  return Float32Array.from({ length: samples * timeSteps * inputDim }, () => random.normal());
}

/**
 * The model's predictions for series x (samples, T, D) in float64: values (samples, outputs) and attention (samples, T,
 * D).
 */
export function referencePrediction(config: ModelConfig, parameters: Parameters, x: Float32Array) {
  const features = config.timeSteps * config.inputDim;
  const samples = x.length / features;
  const dataset = { ...config, samples, x, y: new Float32Array(samples) };
  const model = new ModelReference(config, samples, dataset, parameters);
  model.forward({ first: 0, count: samples, slot: 0, stepSize: 0 });
  const read = (view: View) => samplesOf(view, model.tensor(view.tensor), model.plan.batch, samples);
  return { values: read(predictionView(config)), attention: read(viewOf(config, 'attention')) };
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} values beside ${b.length}`);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
}

/** The configuration as readers return it, with the output named. */
export function named(config: ModelConfig): ModelConfig {
  return { ...config, output: config.output ?? { kind: 'binary' } };
}
