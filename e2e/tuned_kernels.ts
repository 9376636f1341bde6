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
import { parseLayers } from '../src/settings/layers.ts';
import { Trainer } from '../src/train/trainer.ts';

// A program for Dawn's process: tunes kernels that no job tunes, and trains with every tile of every kernel. Sends the
// tiles to choose from, the choice, and the SHA-256 of the trained parameters with each tile.

const BATCH = 64;
const CONFIG: ModelConfig = { timeSteps: 10, inputDim: 3, units: 7, singleAttentionVector: false };
/** Between them their updates have every kernel with tiles. */
const MODELS = [
  undefined,
  'attention, lstm:7:sequences, lstm:5',
  'attention, gru:7:sequences, gru:5',
  'lstm:7:sequences, score_attention:5',
].map((layers) => ({ ...CONFIG, ...(layers && { layers: parseLayers('layers', layers) }) }));
const STEPS = [0, BATCH].map((first) => ({ first, count: BATCH, stepSize: 1e-2 }));

export interface TunedKernels {
  /** Ids to choose from, by kernel. */
  ids: Record<string, string[]>;
  choice: TileChoice;
  /** Of each model, by the tile. */
  sha256: Record<string, string>[];
}

const dawn = create([]);
// A global keeps `dawn` alive: if it were collected earlier, its devices would go too.
Object.assign(globalThis, globals, { dawn });
const gpu = await Gpu.open(dawn);

async function trainedSha256(config: ModelConfig, chosen: TileChoice): Promise<string> {
  const dataset = getData(new NumpyRandom(3), 2 * BATCH, CONFIG.timeSteps, CONFIG.inputDim, 0);
  const parameters = initialParameters(config, 5);
  const tiles = { ...defaultTiles(config, BATCH, tileDevice(gpu)), chosen };
  const sizes = { config, batchSize: BATCH, slots: STEPS.length };
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

const ids: TunedKernels['ids'] = {};
const sha256: TunedKernels['sha256'] = [];
for (const model of MODELS) {
  const shas: Record<string, string> = { default: await trainedSha256(model, {}) };
  for (const { kernel, tiling, tiles } of tunablesOf(model, BATCH, tileDevice(gpu), kernels)) {
    ids[kernel.name] = tiles.map((tile) => tiling.id(tile));
    for (const id of ids[kernel.name]) shas[`${kernel.name} ${id}`] = await trainedSha256(model, { [kernel.name]: id });
  }
  sha256.push(shas);
}
const { tiles: choice } = await measureTiles(gpu, CONFIG, BATCH, {
  kernels: [denseForward, softmaxForward, denseParameterGradient],
});
const tuned: TunedKernels = { ids, choice, sha256 };
process.send?.(tuned, () => process.exit());
