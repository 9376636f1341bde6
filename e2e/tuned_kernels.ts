import { createHash } from 'node:crypto';
import { create, globals } from 'webgpu';
import { denseForward, denseParameterGradient } from '../shaders/dense.ts';
import { kernels } from '../shaders/index.ts';
import { softmaxForward } from '../shaders/softmax.ts';
import { measureTiles, tunablesOf } from '../src/bench/tuner.ts';
import { NumpyRandom } from '../src/data/numpy_random.ts';
import { getData } from '../src/data/synthetic.ts';
import { Gpu } from '../src/gpu/device.ts';
import type { ModelConfig } from '../src/model/config.ts';
import { initialParameters } from '../src/model/parameters.ts';
import { defaultTiles, type TileChoice, tileDevice } from '../src/model/tiles.ts';
import { Trainer } from '../src/train/trainer.ts';

// A program for Dawn's process: tunes kernels that no job tunes, and trains with every tile of every kernel. Sends the
// tiles to choose from, the choice, and the SHA-256 of the trained parameters with each tile.

const BATCH = 64;
const CONFIG: ModelConfig = { timeSteps: 10, inputDim: 3, units: 7, singleAttentionVector: false };
const STEPS = [0, BATCH].map((first) => ({ first, count: BATCH, stepSize: 1e-2 }));

export interface TunedKernels {
  /** Ids to choose from, by kernel. */
  ids: Record<string, string[]>;
  choice: TileChoice;
  sha256: Record<string, string>;
}

const dawn = create([]);
// A global keeps `dawn` alive: if it were collected earlier, its devices would go too.
Object.assign(globalThis, globals, { dawn });
const gpu = await Gpu.open(dawn);

async function trainedSha256(chosen: TileChoice): Promise<string> {
  const dataset = getData(new NumpyRandom(3), 2 * BATCH, CONFIG.timeSteps, CONFIG.inputDim, 0);
  const parameters = initialParameters(CONFIG, 5);
  const tiles = { ...defaultTiles(CONFIG, BATCH, tileDevice(gpu)), chosen };
  const sizes = { config: CONFIG, batchSize: BATCH, slots: STEPS.length };
  const trainer = await Trainer.create(gpu, { ...sizes, dataset, parameters, tiles });
  try {
    trainer.setOrder(Uint32Array.from({ length: 2 * BATCH }, (_, i) => i));
    trainer.setSteps(STEPS);
    trainer.submitUpdates(0, STEPS.length);
    return createHash('sha256')
      .update(await trainer.read('parameters'))
      .digest('hex');
  } finally {
    trainer.dispose();
  }
}

const tunables = tunablesOf(CONFIG, BATCH, tileDevice(gpu), kernels);
const ids = Object.fromEntries(
  tunables.map(({ kernel, tiling, tiles }) => [kernel.name, tiles.map((tile) => tiling.id(tile))]),
);
const { tiles: choice } = await measureTiles(gpu, CONFIG, BATCH, {
  kernels: [denseForward, softmaxForward, denseParameterGradient],
});
const sha256: Record<string, string> = { default: await trainedSha256({}) };
for (const [kernel, own] of Object.entries(ids)) {
  for (const id of own) sha256[`${kernel} ${id}`] = await trainedSha256({ [kernel]: id });
}
const tuned: TunedKernels = { ids, choice, sha256 };
process.send?.(tuned, () => process.exit());
