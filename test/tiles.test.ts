import { describe, expect, it } from 'vitest';
import { lstmBackward, lstmForward } from '../shaders/lstm.ts';
import { type LstmShape, misfitOf, tileFeatures, tileId } from '../shaders/lstm_tile.ts';
import { NumpyRandom } from '../src/data/numpy_random.ts';
import { getData } from '../src/data/synthetic.ts';
import type { Dispatch } from '../src/gpu/kernel.ts';
import { createPlan } from '../src/model/attention_lstm.ts';
import { KERAS_ADAM, type ModelConfig } from '../src/model/config.ts';
import { initialParameters } from '../src/model/parameters.ts';
import { ModelReference, NO_GPU } from '../src/model/reference.ts';
import { defaultTiles, lstmTiles, storedBatch, type TileDevice } from '../src/model/tiles.ts';
import { relativeL2 } from '../src/verify/check.ts';

const DEVICES: Record<string, TileDevice> = {
  software: { ...NO_GPU, hasSubgroups: true },
  'software without subgroups': NO_GPU,
  gpu: { ...NO_GPU, isSoftware: false, hasSubgroups: true },
  'gpu without subgroups': { ...NO_GPU, isSoftware: false },
};
const { software, gpu } = DEVICES;

function sized(change: Partial<ModelConfig>): ModelConfig {
  return { timeSteps: 64, inputDim: 1, units: 32, singleAttentionVector: false, ...change };
}

/** Sizes from the least to the largest, and those beside the limits of one kind or another. */
const SHAPES = [1, 3, 32, 40, 41, 255, 256].flatMap((units) =>
  [1, 3, 64].flatMap((inputDim) =>
    [1, 5, 32, 256, 65_536].map((batch) => ({ config: sized({ units, inputDim }), batch })),
  ),
);

const idsOf = (config: ModelConfig, batchSize: number, device: TileDevice) =>
  lstmTiles(config, batchSize, device).map(tileId);

it.each(Object.entries(DEVICES))('every tile for %s fits, and all are of one kind', (_, device) => {
  for (const { config, batch } of SHAPES) {
    const tiles = lstmTiles(config, batch, device);
    const ids = tiles.map(tileId);
    const what = `U ${config.units}, D ${config.inputDim}, B ${batch}: ${ids.join(', ')}`;
    for (const tile of tiles) {
      const shape: LstmShape = { ...config, batch: storedBatch(batch), tile };
      expect(misfitOf(shape, device.limits), what).toBeUndefined();
      if (!device.hasSubgroups) expect(tileFeatures(shape), what).toEqual([]);
    }
    expect(new Set(ids).size, what).toBe(ids.length);
    expect(new Set(ids.map((id) => id.replaceAll(/\d+/g, 'n'))).size, what).toBe(1);
    const { forward, backward } = defaultTiles(config, batch, device);
    expect([tileId(forward), tileId(backward)], what).toEqual([ids[0], ids[0]]);
  }
});

describe('the kind of lanes', () => {
  const first = (device: TileDevice, change: Partial<ModelConfig> = {}) => idsOf(sized(change), 256, device)[0];

  it('on software adapters is quads where the parameters fit into registers, else whole samples', () => {
    expect(idsOf(sized({}), 256, software)).toEqual(['quads/32', 'quads/8']);
    expect(first(software, { units: 256 })).toBe('samples/4/4/shared');
    expect(first(software, { inputDim: 64 })).toBe('samples/8/4/shared');
    expect(first(NO_GPU)).toBe('samples/8/4');
  });

  it('on GPUs is units, whose parameters stay in registers, workgroup memory or storage', () => {
    expect(idsOf(sized({}), 256, gpu)).toEqual(['units/1/registers', 'units/2/registers', 'units/4/registers']);
    expect(first(gpu, { units: 40 })).toBe('units/1/registers');
    const roomy = { ...gpu, limits: { ...gpu.limits, maxComputeWorkgroupStorageSize: 65_536 } };
    expect(first(roomy, { units: 48 })).toBe('units/1/workgroup');
    expect(first(gpu, { units: 48 })).toBe('units/1/storage');
    expect(first(gpu, { units: 255 })).toBe('units/1/storage');
  });

  it('is whole samples where a workgroup cannot hold a lane for each unit and channel', () => {
    expect(first(gpu, { units: 256 })).toBe('samples/4/4');
    expect(first(gpu, { units: 193, inputDim: 64 })).toBe('samples/4/4');
    const narrow = { ...gpu, limits: { ...gpu.limits, maxComputeWorkgroupSizeX: 32 } };
    expect(first(narrow)).toBe('samples/8/4');
    const large = { maxComputeInvocationsPerWorkgroup: 1024, maxComputeWorkgroupSizeX: 1024 };
    const wide = { ...gpu, limits: { ...gpu.limits, ...large } };
    expect(first(wide, { units: 256, inputDim: 64 })).toBe('units/1/storage');
  });
});

describe('the time steps of one dispatch', () => {
  const LARGEST = { gpu: 1e10, software: 5e8 };

  it.each(['gpu', 'software'] as const)('on %s are as many sixteens as a dispatch may take', (name) => {
    for (const { config, batch } of SHAPES) {
      const { chunkSteps, forward: tile } = defaultTiles(config, batch, DEVICES[name]);
      const flops = (timeSteps: number) =>
        lstmForward.cost({ ...config, timeSteps, batch: storedBatch(batch), tile }).flops;
      const what = `U ${config.units}, D ${config.inputDim}, B ${batch}: ${chunkSteps}`;
      expect(chunkSteps, what).toBeGreaterThan(0);
      expect(chunkSteps % 16, what).toBe(0);
      // 16 steps are the least, whatever they take.
      if (chunkSteps > 16) expect(flops(chunkSteps), what).toBeLessThanOrEqual(LARGEST[name]);
      if (chunkSteps < config.timeSteps) expect(flops(chunkSteps + 16), what).toBeGreaterThan(LARGEST[name]);
    }
  });

  it('are all of them in the experiment', () => {
    for (const device of Object.values(DEVICES)) expect(defaultTiles(sized({}), 256, device).chunkSteps).toBe(64);
  });
});

describe('a plan whose LSTM takes 40 steps in chunks of 16', () => {
  const BATCH = 4;
  const STEP = { first: 0, count: BATCH, slot: 0, stepSize: 1e-2 };
  const config = sized({ timeSteps: 40, inputDim: 3, units: 3 });
  const whole = defaultTiles(config, BATCH, NO_GPU);
  const chunked = { ...whole, chunkSteps: 16 };

  function planOf(tiles: typeof whole, fused = true, change: Partial<ModelConfig> = {}) {
    const sizes = { config: { ...config, ...change }, batchSize: BATCH, samples: BATCH, slots: 1 };
    return createPlan({ ...sizes, adam: KERAS_ADAM, tiles, fused });
  }

  const labelsOf = (dispatches: Dispatch[], kernel: object) =>
    dispatches.filter((dispatch) => dispatch.kernel === kernel).map(({ label }) => label);
  const partsOf = (dispatches: Dispatch[], kernel: string) =>
    dispatches
      .filter((dispatch) => dispatch.kernel.name === kernel)
      .map(({ shape }) => (shape as { parts: number }).parts);

  it('goes forward and back through them in turn, and cuts sums into as many parts for each', () => {
    const { forward, backward } = planOf(chunked);
    expect(labelsOf(forward, lstmForward)).toEqual(['from step 0', 'from step 16', 'from step 32']);
    expect(labelsOf(backward, lstmBackward)).toEqual(['from step 32', 'from step 16', 'from step 0']);
    // Eight parts at least, so three of each chunk.
    expect(partsOf(backward, 'lstm_parameter_gradient')).toEqual([3, 3, 3]);
    for (const kernel of ['dense_parameter_gradient', 'output_parameter_gradient', 'gradient_sum_adam']) {
      expect(partsOf(backward, kernel), kernel).toEqual([9]);
    }
    const { forward: once, backward: back } = planOf(whole);
    expect([...labelsOf(once, lstmForward), ...labelsOf(back, lstmBackward)]).toEqual([undefined, undefined]);
    expect(partsOf(back, 'lstm_parameter_gradient')).toEqual([8]);
    expect(partsOf(back, 'gradient_sum_adam')).toEqual([8]);
    const many = planOf(chunked, true, { timeSteps: 150 }).backward;
    expect(partsOf(many, 'lstm_parameter_gradient')).toEqual(Array(10).fill(1));
    expect(partsOf(many, 'gradient_sum_adam')).toEqual([10]);
  });

  it.each([
    { fused: true, singleAttentionVector: false },
    { fused: false, singleAttentionVector: false },
    { fused: false, singleAttentionVector: true },
  ])('binds slices where WebGPU allows it: %j', ({ fused, ...change }) => {
    const { forward, backward, tensors } = planOf(chunked, fused, change);
    for (const { kernel, tensors: slices } of [...forward, ...backward]) {
      for (const { tensor, offset, length } of Object.values(slices)) {
        // 256 bytes are 64 elements.
        expect(offset % 64, `${kernel.name} ${tensor}`).toBe(0);
        expect(offset + length, `${kernel.name} ${tensor}`).toBeLessThanOrEqual(tensors.get(tensor) as number);
      }
    }
  });

  it('computes the same as in one piece', () => {
    const dataset = getData(new NumpyRandom(3), BATCH, config.timeSteps, config.inputDim, 0);
    const [once, inChunks] = [whole, chunked].map(
      (tiles) => new ModelReference(config, BATCH, dataset, initialParameters(config, 5), { tiles }),
    );
    const train = () => {
      for (const model of [once, inChunks]) {
        model.forward(STEP);
        model.backward(STEP);
      }
    };
    const error = (name: string) => relativeL2(inChunks.tensor(name), once.tensor(name));
    train();
    for (const name of ['metrics', 'hidden', 'cell', 'gates', 'gate_gradient', 'attended_gradient']) {
      expect(Math.hypot(...once.tensor(name)), name).toBeGreaterThan(0);
      expect(error(name), name).toBe(0);
    }
    // Sums in other parts are rounded otherwise.
    expect(error('gradients')).toBeLessThan(1e-13);
    train();
    for (const name of ['metrics', 'gradients', 'parameters']) expect(error(name), name).toBeLessThan(1e-11);
  });
});
