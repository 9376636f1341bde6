import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { create, globals } from 'webgpu';
import { Gpu } from '../src/gpu/device.ts';
import { AttentionLstm, Failure, requestDevice } from '../src/index.node.ts';
import type { ModelConfig } from '../src/model/config.ts';
import { requireFit } from '../src/train/trainer.ts';
import { type Case, outcomesOf } from './case_outcomes.ts';

// A program for Node: asks devices for more than they have, and sends the names of the cases with their errors. A model
// that was trained on the device before must stay unchanged, and the device must go on working.

const CONFIG = { timeSteps: 8, inputDim: 2, units: 6, seed: 3 };
const FIT = { batchSize: 16, epochs: 2, learningRate: 0.02 };

function makeSeries(samples: number, { timeSteps, inputDim }: Pick<ModelConfig, 'timeSteps' | 'inputDim'>) {
  const size = timeSteps * inputDim;
  const x = Float32Array.from({ length: samples * size }, (_, i) => Math.sin(12.9898 * i ** 1.1));
  return { x, y: Float32Array.from({ length: samples }, (_, n) => (x[n * size] > 0 ? 1 : 0)) };
}

async function failureOf(work: () => unknown): Promise<Failure> {
  try {
    await work();
  } catch (error) {
    assert(error instanceof Failure, inspect(error));
    return error;
  }
  throw new Error('it did not fail');
}

/** A device that claims these limits, because WebGPU opens no device with less than its defaults. */
function lowered(device: GPUDevice, limits: Record<string, number>): GPUDevice {
  const all: Record<string, number> = {};
  for (const name in device.limits) all[name] = device.limits[name as keyof GPUSupportedLimits] as number;
  return new Proxy(device, {
    get(target, key) {
      if (key === 'limits') return { ...all, ...limits };
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const large = await requestDevice({ adapter: 'software' });
const dawn = create([]);
// A global keeps `dawn` alive: if it were collected earlier, its devices would go too.
Object.assign(globalThis, globals, { dawn });
const adapter = await dawn.requestAdapter();
assert(adapter);
/** With WebGPU's default limits, even if the adapter has more. */
const small = await adapter.requestDevice({ requiredFeatures: ['subgroups'] });
assert(small.limits.maxBufferSize < large.limits.maxBufferSize);

const series = makeSeries(60, CONFIG);

/** A model trained on the device, and the check that it is unchanged and that the device still trains. */
async function earlierRun(device: GPUDevice): Promise<() => Promise<void>> {
  const model = await AttentionLstm.create(device, CONFIG);
  const { history } = await model.fit(series, FIT);
  const { values } = await model.predict(series);
  return async () => {
    assert.deepEqual((await model.predict(series)).values, values);
    const again = await AttentionLstm.create(device, CONFIG);
    assert.deepEqual((await again.fit(series, FIT)).history, history);
    model.dispose();
    again.dispose();
  };
}

const SIZES = { timeSteps: 64, inputDim: 1, units: 32, batchSize: 256, samples: 600 };
/** One size too large at a time, beside sizes with which the usual value of it fits. */
const OVERSIZE: [string, Partial<typeof SIZES>, Partial<typeof SIZES>][] = [
  ['time steps', { timeSteps: 1024 }, { batchSize: 4096, units: 32, timeSteps: 16 }],
  ['channels', { inputDim: 64 }, { batchSize: 8192, timeSteps: 1024, units: 1 }],
  ['units', { units: 256 }, { batchSize: 8192, timeSteps: 64, units: 2 }],
  ['batch', { batchSize: 65_536 }, {}],
  ['samples', { samples: 10_000_000 }, {}],
];

const cases: Case[] = [];
const check = (name: string, work: () => Promise<void>) => cases.push([name, work]);

for (const [device, name] of [
  [small, 'the default limits'],
  [large, 'the adapter’s limits'],
] as const) {
  const gpu = Gpu.of(device);
  check(`with ${name} sizes that are too large are named before anything is made`, async () => {
    const stillThere = await earlierRun(device);
    for (const [what, oversize, beside] of OVERSIZE) {
      const requireRoom = ({ batchSize, samples, ...model }: typeof SIZES) =>
        requireFit(gpu, { config: { ...model, singleAttentionVector: false }, batchSize, samples, slots: 10 });
      requireRoom({ ...SIZES, ...beside });
      const { code, message } = await failureOf(() => requireRoom({ ...SIZES, ...beside, ...oversize }));
      assert.equal(code, 'limit', what);
      const [, limit, needed, available] =
        /^tensor [\w/]+ needs (\w+) (\d+), this adapter has (\d+): use a smaller batch, fewer samples, steps, channels or units$/.exec(
          message,
        ) ?? assert.fail(message);
      assert.equal(Number(available), device.limits[limit as 'maxBufferSize'], what);
      assert(Number(needed) > Number(available), message);
    }
    assert.equal(gpu.liveBuffers, 0);
    await stillThere();
  });
}

check('every limit that a run needs more of is named', async () => {
  const stillThere = await earlierRun(large);
  for (const [limit, available, sentence] of [
    ['maxBufferSize', 4096, /^tensor [\w/]+ needs maxBufferSize \d+, this adapter has 4096: use a smaller batch/],
    ['maxStorageBufferBindingSize', 4096, /needs maxStorageBufferBindingSize \d+, this adapter has 4096: use a/],
    ['maxComputeWorkgroupsPerDimension', 7, /^\w+ needs maxComputeWorkgroupsPerDimension 8, this adapter has 7: use a/],
  ] as const) {
    const model = await AttentionLstm.create(lowered(large, { [limit]: available }), CONFIG);
    const { code, message } = await failureOf(() => model.fit(series, FIT));
    assert.match(message, sentence);
    assert.equal(code, 'limit');
    assert.equal(model.gpuBytes, 0);
  }
  await stillThere();
});

check('lanes and workgroup memory at WebGPU’s least are enough', async () => {
  const least = {
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupSizeX: 256,
    maxComputeWorkgroupStorageSize: 16_384,
    maxStorageBuffersPerShaderStage: 8,
  };
  for (const [name, value] of Object.entries(least)) assert.equal(small.limits[name as keyof typeof least], value);
  for (const kind of ['binary', 'regression'] as const) {
    const [parameters, others] = await Promise.all(
      [small, large].map(async (device) => {
        const model = await AttentionLstm.create(device, { ...CONFIG, output: { kind } });
        await model.fit(series, { ...FIT, clipNorm: 0.5, l2: 0.01 });
        return model.snapshot().parameters;
      }),
    );
    assert.deepEqual(parameters, others);
  }
});

check('a gibibyte that the GPU has not is told, and nothing of it stays', async () => {
  const stillThere = await earlierRun(large);
  // The gates of all steps are 2 ** 30 bytes.
  const config = { timeSteps: 64, inputDim: 1, units: 16 };
  assert.equal(large.limits.maxStorageBufferBindingSize, 2 ** 30);
  const many = makeSeries(65_536, config);
  const model = await AttentionLstm.create(large, config);
  const options = { epochs: 1, validationSplit: 0 };
  const { code, message } = await failureOf(() => model.fit(many, { ...options, batchSize: 65_536 }));
  const [, held] =
    /^the GPU has no memory for the data set and the model \((\d+) MiB in all\): use a smaller batch or fewer samples$/.exec(
      message,
    ) ?? assert.fail(message);
  assert.equal(code, 'out-of-memory');
  assert(Number(held) > 1024, message);
  assert.equal(model.gpuBytes, 0);
  // The advice of the message helps.
  const few = { x: many.x.subarray(0, 64 * 100), y: many.y.subarray(0, 100) };
  assert.equal((await model.fit(few, { ...options, batchSize: 50 })).epochs.length, 1);
  model.dispose();
  await stillThere();
});

const results = await outcomesOf(cases);
process.send?.(results, () => process.exit());
