import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Dataset } from '../src/data/dataset.ts';
import { NumpyRandom } from '../src/data/numpy_random.ts';
import { getData } from '../src/data/synthetic.ts';
import { readOnnx, writeOnnx } from '../src/formats/onnx.ts';
import type { PortableModel } from '../src/formats/portable_model.ts';
import { outputCount } from '../src/model/config.ts';
import type { View } from '../src/model/layers/layer.ts';
import { predictionView, viewOf } from '../src/model/model_layers.ts';
import { ModelReference } from '../src/model/reference.ts';
import { largestError } from '../src/verify/check.ts';
import { samplesOf } from '../src/verify/reference_file.ts';
import { CONFIGS, modelOf, SMALL } from './onnx_models.ts';

// ONNX Runtime as WebAssembly shows how another system reads the files.

const SAMPLES = 1000;
const TOLERANCE = 1e-5;

beforeAll(() => {
  env.wasm.numThreads = 1;
});

interface Outputs {
  /** (samples, C) */
  prediction: Float32Array;
  /** (samples, T, D) */
  attention: Float32Array;
}

async function runtimeOf(model: PortableModel): Promise<(dataset: Dataset) => Promise<Outputs>> {
  const session = await InferenceSession.create(writeOnnx(model), { executionProviders: ['wasm'] });
  return async ({ x, samples, timeSteps, inputDim }) => {
    const series = new Tensor('float32', x, [samples, timeSteps, inputDim]);
    const { prediction, attention } = await session.run({ series });
    expect(prediction.dims).toEqual([samples, outputCount(model.config)]);
    expect(attention.dims).toEqual([samples, timeSteps, inputDim]);
    return { prediction: prediction.data as Float32Array, attention: attention.data as Float32Array };
  };
}

/** The same in float64, by the kernels' references. */
function expectedOf(
  { config, parameters }: PortableModel,
  dataset: Dataset,
): { prediction: number[]; attention: number[] } {
  const { samples } = dataset;
  const reference = new ModelReference(config, samples, dataset, parameters);
  reference.forward({ first: 0, count: samples, slot: 0, stepSize: 0 });
  const read = (view: View) => samplesOf(view, reference.tensor(view.tensor), reference.plan.batch, samples);
  return { prediction: read(predictionView(config)), attention: read(viewOf(config, 'attention')) };
}

/** The first samples of a data set. */
function head({ x, y, timeSteps, inputDim }: Dataset, samples: number): Dataset {
  return { samples, timeSteps, inputDim, x: x.subarray(0, samples * timeSteps * inputDim), y: y.subarray(0, samples) };
}

describe('ONNX Runtime predicts what the model does', () => {
  it.each(CONFIGS)('%s', async (_, config) => {
    const model = modelOf(config);
    const dataset = getData(new NumpyRandom(3), SAMPLES, config.timeSteps, config.inputDim, 0);
    const expected = expectedOf(model, dataset);
    const run = await runtimeOf(model);
    const all = await run(dataset);
    expect(largestError(all.prediction, expected.prediction)).toBeLessThan(TOLERANCE);
    expect(largestError(all.attention, expected.attention)).toBeLessThan(TOLERANCE);
    // The model must tell series apart, or any constant would pass.
    if (config.timeSteps > 1) expect(Math.max(...all.prediction) - Math.min(...all.prediction)).toBeGreaterThan(0.01);
    const one = await run(head(dataset, 1));
    expect(largestError(one.prediction, all.prediction.subarray(0, one.prediction.length))).toBeLessThan(TOLERANCE);
    expect(largestError(one.attention, all.attention.subarray(0, one.attention.length))).toBeLessThan(TOLERANCE);
  });

  it('of any number of series, in one session', async () => {
    const dataset = getData(new NumpyRandom(3), 7, SMALL.timeSteps, SMALL.inputDim, 0);
    const run = await runtimeOf(modelOf(SMALL));
    const [one, seven] = [await run(head(dataset, 1)), await run(dataset)];
    expect(one.prediction[0]).toBeCloseTo(seven.prediction[0], 6);
    expect(new Set(seven.prediction).size).toBe(7);
  });

  it('also of a file that was read and written again', async () => {
    const model = modelOf(SMALL);
    const read = readOnnx('m', writeOnnx(model));
    const dataset = getData(new NumpyRandom(3), 7, SMALL.timeSteps, SMALL.inputDim, 0);
    const [run, runRead] = [await runtimeOf(model), await runtimeOf(read)];
    expect(await runRead(dataset)).toEqual(await run(dataset));
  });
});
