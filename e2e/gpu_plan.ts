import { create, globals } from 'webgpu';
import { NumpyRandom } from '../src/data/numpy_random.ts';
import { getData } from '../src/data/synthetic.ts';
import { Gpu } from '../src/gpu/device.ts';
import type { ModelConfig, UpdateOptions } from '../src/model/config.ts';
import { initialParameters } from '../src/model/parameters.ts';
import { ModelReference } from '../src/model/reference.ts';
import { defaultTiles, tileDevice } from '../src/model/tiles.ts';
import { Trainer } from '../src/train/trainer.ts';
import { relativeL2 } from '../src/verify/check.ts';

// Trains two steps with the plan that a GPU gets, on the adapter that is there, and compares them with float64.

export interface GpuPlanRun {
  name: string;
  /** Kernels of an update. */
  kernels: string[];
  /** Relative errors of the gradients of the first update, and of the parameters and metrics after the second. */
  gradients: number;
  parameters: number;
  metrics: number;
  /** Whether a second run gives the same bits. */
  isSame: boolean;
}

const BATCH = 12;

interface Configuration {
  config: ModelConfig;
  update?: UpdateOptions;
}

const small = { timeSteps: 10, inputDim: 3, units: 6, singleAttentionVector: false };
const CONFIGURATIONS: Record<string, Configuration> = {
  'the experiment in small': { config: { ...small, inputDim: 1 } },
  'three channels, weights and smoothing': {
    config: small,
    update: { classWeights: [0.5, 3], labelSmoothing: 0.1, l2: 0.01, clipNorm: 1 },
  },
  'hard gates': { config: { ...small, gateSlope: 0.2 } },
  'three classes': { config: { ...small, output: { kind: 'categorical', classes: 3 } } },
};

async function run(gpu: Gpu, name: string, { config, update }: Configuration): Promise<GpuPlanRun> {
  const dataset = getData(new NumpyRandom(3), 2 * BATCH, config.timeSteps, config.inputDim, 0);
  const parameters = initialParameters(config, 5);
  const tiles = defaultTiles(config, BATCH, { ...tileDevice(gpu), isSoftware: false });
  const steps = [0, BATCH].map((first, slot) => ({ first, count: BATCH - slot, slot, stepSize: 1e-2 }));
  const train = async () => {
    const options = { config, batchSize: BATCH, dataset, parameters, slots: 2, tiles, update };
    const trainer = await Trainer.create(gpu, options);
    trainer.setOrder(Uint32Array.from({ length: 2 * BATCH }, (_, i) => i));
    trainer.setSteps(steps);
    trainer.submitUpdates(0, 1);
    const gradients = await trainer.read('gradients');
    trainer.submitUpdates(1, 1);
    const [after, metrics] = [await trainer.read('parameters'), await trainer.read('metrics')];
    const kernels = trainer.plan.update.map(({ kernel }) => kernel.name);
    trainer.dispose();
    return { kernels, gradients, after, metrics };
  };
  const reference = new ModelReference(config, BATCH, dataset, parameters, { slots: 2, update });
  const exact: Record<string, Float64Array> = {};
  for (const step of steps) {
    reference.forward(step);
    reference.backward(step);
    if (step.slot === 0) exact.gradients = reference.tensor('gradients').slice();
  }
  const [one, two] = [await train(), await train()];
  return {
    name,
    kernels: one.kernels,
    gradients: relativeL2(one.gradients, exact.gradients),
    parameters: relativeL2(one.after, reference.tensor('parameters')),
    metrics: relativeL2(one.metrics, reference.tensor('metrics')),
    isSame: [one.gradients, one.after, one.metrics].every((values, i) =>
      values.every((value, n) => value === [two.gradients, two.after, two.metrics][i][n]),
    ),
  };
}

const dawn = create([]);
// A global keeps `dawn` alive: if it were collected earlier, its devices would go too.
Object.assign(globalThis, globals, { dawn });
const gpu = await Gpu.open(dawn);
const runs: GpuPlanRun[] = [];
for (const [name, configuration] of Object.entries(CONFIGURATIONS)) runs.push(await run(gpu, name, configuration));
process.send?.(runs, () => process.exit());
