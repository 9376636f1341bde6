import { describe, expect, it } from 'vitest';
import { kernels } from '../shaders/index.ts';
import { lstmBackward, lstmForward } from '../shaders/lstm.ts';
import { NumpyRandom } from '../src/data/numpy_random.ts';
import { getData } from '../src/data/synthetic.ts';
import type { Dispatch, TileDevice } from '../src/gpu/kernel.ts';
import { KERAS_ADAM, type ModelConfig } from '../src/model/config.ts';
import { initialParameters } from '../src/model/parameters.ts';
import { createPlan } from '../src/model/plan.ts';
import { ModelReference } from '../src/model/reference.ts';
import { scheduledPlan } from '../src/model/scheduled_plan.ts';
import { defaultTiles, storedBatch, tileDevice, tileIds } from '../src/model/tiles.ts';
import { relativeL2 } from '../src/verify/check.ts';
import { DEVICES } from './tile_devices.ts';

const { software, gpu } = DEVICES;

function sized(change: Partial<ModelConfig>): ModelConfig {
  return { timeSteps: 64, inputDim: 1, units: 32, singleAttentionVector: false, ...change };
}

/** Sizes from the smallest to the largest, and those next to limits. */
const SHAPES = [1, 3, 32, 40, 41, 255, 256].flatMap((units) =>
  [1, 3, 64].flatMap((inputDim) =>
    [1, 5, 32, 256, 65_536].map((batch) => ({ config: sized({ units, inputDim }), batch })),
  ),
);

const { choices, id: tileId, misfit } = lstmForward.tiles;

const idsOf = (config: ModelConfig, batchSize: number, device: TileDevice) =>
  choices({ ...config, batch: storedBatch(batchSize) }, device).map(tileId);

it.each(Object.entries(DEVICES))('every tile for %s fits, and all are of one kind', (_, device) => {
  for (const { config, batch } of SHAPES) {
    const shape = { ...config, batch: storedBatch(batch) };
    const tiles = choices(shape, device);
    const ids = tiles.map(tileId);
    const what = `U ${config.units}, D ${config.inputDim}, B ${batch}: ${ids.join(', ')}`;
    for (const tile of tiles) {
      expect(misfit(tile, shape, device), what).toBeUndefined();
      if (!device.hasSubgroups) expect(lstmForward.features?.(shape, tile), what).toEqual([]);
    }
    expect(new Set(ids).size, what).toBe(ids.length);
    expect(new Set(ids.map((id) => id.replaceAll(/\d+/g, 'n'))).size, what).toBe(1);
    expect(lstmBackward.tiles.choices(shape, device), what).toEqual(tiles);
  }
});

const TILED = kernels.filter(({ tiles }) => tiles);

describe.each(TILED)('the tiles of $name', (kernel) => {
  it('have ids of one word, each its own', () => {
    for (const { shape } of kernel.cases) {
      const ids = kernel.tiles?.all(shape).map(kernel.tiles.id) ?? [];
      expect(ids.length).toBeGreaterThan(1);
      for (const id of ids) expect(id).toMatch(/^\S+$/);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  it.each(Object.entries(DEVICES))(
    'to choose from on %s fit, each is there once, and needs no feature that is missing',
    (_, device) => {
      for (const { shape } of kernel.cases) {
        const tiles = kernel.tiles?.choices(shape, device) ?? [];
        expect(tiles.length).toBeGreaterThan(0);
        expect(new Set(tiles.map((tile) => kernel.tiles?.id(tile))).size).toBe(tiles.length);
        for (const tile of tiles) {
          expect(kernel.tiles?.misfit(tile, shape, device)).toBeUndefined();
          if (!device.hasSubgroups) expect(kernel.features?.(shape, tile) ?? []).toEqual([]);
        }
      }
    },
  );

  it('of shared loads do not fit a device without subgroups', () => {
    const [{ shape }] = kernel.cases;
    const shared = kernel.tiles?.all(shape).filter((tile) => kernel.features?.(shape, tile).length) ?? [];
    // A kernel that says what it needs has a tile that needs it.
    expect(shared.length > 0).toBe(kernel.features !== undefined);
    for (const tile of shared) {
      expect(kernel.tiles?.misfit(tile, shape, DEVICES['gpu without subgroups'])).toBe('the device has no subgroups');
    }
  });

  it('are measured on the shape itself, or on a shorter one if it takes too long', () => {
    const shares = kernel.cases.map(({ shape }) => {
      const { flops } = kernel.cost(shape);
      expect(kernel.tiles?.shortened(shape, 2 * flops)).toEqual(shape);
      return kernel.cost(kernel.tiles?.shortened(shape, flops / 3)).flops / flops;
    });
    // The smallest shapes cannot become shorter.
    expect(Math.max(...shares)).toBeLessThanOrEqual(1);
    expect(Math.min(...shares)).toBeLessThan(0.5);
  });
});

it('a device has the features and the limits of its adapter', () => {
  const adapter = { vendor: 'v', architecture: 'a', description: 'd', isSoftware: true, limits: software.limits };
  expect(tileDevice({ adapter: { ...adapter, features: ['shader-f16', 'subgroups'] } })).toEqual(software);
  expect(tileDevice({ adapter: { ...adapter, isSoftware: false, features: ['shader-f16'] } })).toEqual(
    DEVICES['gpu without subgroups'],
  );
});

describe('a plan for a device', () => {
  const sizes = { config: sized({}), batchSize: 256, samples: 256, slots: 1, adam: KERAS_ADAM };
  const idsWith = (device: TileDevice, chosen: Record<string, string>, fused = true) => {
    const { update } = scheduledPlan({ ...sizes, fused }, { ...defaultTiles(sizes.config, 256, device), chosen });
    return tileIds(update);
  };

  it('takes the first of the choices of every kernel that has tiles', () => {
    expect(idsWith(software, {})).toEqual({
      dense_forward: 'columns/8/shared',
      softmax_multiply_forward: 'lane',
      lstm_forward: 'quads/32',
      lstm_backward: 'quads/32',
      lstm_parameter_gradient: '16x32/shared',
      softmax_multiply_backward: 'lane',
      dense_parameter_gradient: '4x8/shared',
    });
    expect(idsWith(gpu, {}, false)).toMatchObject({
      dense_forward: 'workgroup',
      softmax_forward: 'workgroup',
      lstm_forward: 'gates/36',
      lstm_backward: 'gates/36',
      lstm_parameter_gradient: 'workgroup/16',
      softmax_backward: 'workgroup',
      dense_parameter_gradient: 'workgroup',
    });
  });

  it('takes what is chosen for any of them, unless the device does not offer it', () => {
    const chosen = { lstm_backward: 'quads/8', dense_forward: 'columns/16/shared', lstm_forward: 'units/1/registers' };
    expect(idsWith(software, chosen)).toMatchObject({
      ...chosen,
      lstm_forward: 'quads/32',
      dense_parameter_gradient: '4x8/shared',
    });
  });
});

describe('the kind of lanes', () => {
  const first = (device: TileDevice, change: Partial<ModelConfig> = {}) => idsOf(sized(change), 256, device)[0];

  it('on software adapters is quads where the parameters fit into registers, else whole samples', () => {
    expect(idsOf(sized({}), 256, software)).toEqual(['quads/32', 'quads/8']);
    expect(first(software, { units: 256 })).toBe('samples/4/4/shared');
    expect(first(software, { inputDim: 64 })).toBe('samples/8/4/shared');
    expect(first(DEVICES['software without subgroups'])).toBe('samples/4/1');
  });

  const large = { maxComputeInvocationsPerWorkgroup: 1024, maxComputeWorkgroupSizeX: 1024 };
  const wide = { ...gpu, limits: { ...gpu.limits, ...large } };

  it('on GPUs is gates, whose parameters stay in registers as far as a workgroup has enough of them', () => {
    expect(idsOf(sized({}), 256, gpu)).toEqual(['gates/36']);
    expect(first(gpu, { units: 64, inputDim: 6 })).toBe('gates/72');
    expect(first(wide, { units: 128, inputDim: 16 })).toBe('gates/72');
    expect(first(wide, { units: 256 })).toBe('gates/8');
  });

  it('is units where a workgroup cannot hold four lanes a unit, or there are many channels', () => {
    const narrow = { ...gpu, limits: { ...gpu.limits, maxComputeInvocationsPerWorkgroup: 64 } };
    const ids = ['units/1/registers', 'units/2/registers', 'units/4/registers'];
    expect(idsOf(sized({}), 256, narrow)).toEqual(ids);
    const roomy = { ...narrow, limits: { ...narrow.limits, maxComputeWorkgroupStorageSize: 65_536 } };
    expect(first(roomy, { units: 48 })).toBe('units/1/workgroup');
    expect(first(narrow, { units: 48 })).toBe('units/1/storage');
    expect(first(gpu, { units: 65 })).toBe('units/1/storage');
    expect(first(gpu, { units: 32, inputDim: 33 })).toBe('units/1/registers');
    expect(first(wide, { units: 256, inputDim: 64 })).toBe('units/1/storage');
  });

  it('is whole samples where a workgroup cannot hold a lane for each unit and channel', () => {
    expect(first(gpu, { units: 256 })).toBe('samples/4/4');
    expect(first(gpu, { units: 193, inputDim: 64 })).toBe('samples/4/4');
    const narrow = { ...gpu, limits: { ...gpu.limits, maxComputeWorkgroupSizeX: 32 } };
    expect(first(narrow)).toBe('samples/8/4');
  });
});

describe('the time steps of one dispatch', () => {
  const LARGEST = { gpu: 1e10, software: 5e8 };

  it.each(['gpu', 'software'] as const)('on %s are as many sixteens as a dispatch may take', (name) => {
    for (const { config, batch } of SHAPES) {
      const { chunkSteps } = defaultTiles(config, batch, DEVICES[name]);
      const flops = (timeSteps: number) => lstmForward.cost({ ...config, timeSteps, batch: storedBatch(batch) }).flops;
      const what = `U ${config.units}, D ${config.inputDim}, B ${batch}: ${chunkSteps}`;
      expect(chunkSteps, what).toBeGreaterThan(0);
      expect(chunkSteps % 16, what).toBe(0);
      // 16 steps are the minimum, whatever they take.
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
  const whole = undefined;
  const chunked = 16;

  function planOf(chunkSteps: number | undefined, fused = true, change: Partial<ModelConfig> = {}) {
    const sizes = { config: { ...config, ...change }, batchSize: BATCH, samples: BATCH, slots: 1 };
    return createPlan({ ...sizes, adam: KERAS_ADAM, chunkSteps, fused });
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
    // At least eight parts in all, so three for each chunk.
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
      (chunkSteps) => new ModelReference(config, BATCH, dataset, initialParameters(config, 5), { chunkSteps }),
    );
    const train = () => {
      for (const model of [once, inChunks]) {
        model.forward(STEP);
        model.backward(STEP);
      }
    };
    const error = (name: string) => relativeL2(inChunks.tensor(name), once.tensor(name));
    train();
    const own = ['hidden', 'cell', 'gates', 'gate_gradient'].map((name) => `lstm/${name}`);
    for (const name of ['metrics', ...own, 'attention/attended_gradient']) {
      expect(Math.hypot(...once.tensor(name)), name).toBeGreaterThan(0);
      expect(error(name), name).toBe(0);
    }
    // Sums are divided differently, and so rounded differently.
    expect(error('gradients')).toBeLessThan(1e-13);
    train();
    for (const name of ['metrics', 'gradients', 'parameters']) expect(error(name), name).toBeLessThan(1e-11);
  });
});
