import { create, globals } from 'webgpu';
import { NumpyRandom } from '../src/data/numpy_random.ts';
import { getData } from '../src/data/synthetic.ts';
import { Gpu } from '../src/gpu/device.ts';
import type { ModelConfig } from '../src/model/config.ts';
import { initialParameters } from '../src/model/parameters.ts';
import { defaultTiles, type Tiles, tileDevice } from '../src/model/tiles.ts';
import { Trainer } from '../src/train/trainer.ts';

// A program for Dawn's process: trains two steps with the LSTM in one piece and again in chunks, and sends both
// results.

export interface Trained {
  dispatches: number;
  /** The state that one chunk passes to the next, after the first step. */
  states: Record<string, Float32Array>;
  /** The first step's gradients, both steps' metrics and the final parameters. */
  sums: Record<string, Float32Array>;
}

const BATCH = 4;
const CONFIG: ModelConfig = { timeSteps: 40, inputDim: 3, units: 5, singleAttentionVector: false };
const STATES = [
  ...['hidden', 'cell', 'gates', 'gate_gradient'].map((name) => `lstm/${name}`),
  'attention/attended_gradient',
  'output/losses',
];

async function train(gpu: Gpu, tiles: Tiles): Promise<Trained> {
  const dataset = getData(new NumpyRandom(3), 2 * BATCH, CONFIG.timeSteps, CONFIG.inputDim, 0);
  const parameters = initialParameters(CONFIG, 5);
  const trainer = await Trainer.create(gpu, { config: CONFIG, batchSize: BATCH, dataset, parameters, slots: 2, tiles });
  const read = async (names: string[]) =>
    Object.fromEntries(await Promise.all(names.map(async (name) => [name, await trainer.read(name)] as const)));
  trainer.setOrder(Uint32Array.from({ length: 2 * BATCH }, (_, i) => i));
  trainer.setSteps([0, BATCH].map((first) => ({ first, count: BATCH, stepSize: 1e-2 })));
  trainer.submitUpdates(0, 1);
  const states = await read(STATES);
  const { gradients } = await read(['gradients']);
  trainer.submitUpdates(1, 1);
  const sums = { gradients, ...(await read(['metrics', 'parameters'])) };
  const dispatches = trainer.plan.update.length;
  trainer.dispose();
  return { dispatches, states, sums };
}

const dawn = create([]);
// A global keeps `dawn` alive: if it were collected earlier, its devices would go too.
Object.assign(globalThis, globals, { dawn });
const gpu = await Gpu.open(dawn);
const whole = defaultTiles(CONFIG, BATCH, tileDevice(gpu));
const trained = [await train(gpu, whole), await train(gpu, { ...whole, chunkSteps: 16 })];
process.send?.(trained, () => process.exit());
