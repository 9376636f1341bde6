import { lstmBackward, lstmForward } from '../../shaders/lstm.ts';
import type { LstmTile } from '../../shaders/lstm_tile.ts';
import type { Gpu } from '../gpu/device.ts';
import type { Dispatch, Kernel } from '../gpu/kernel.ts';
import type { ModelConfig } from '../model/config.ts';
import { type LstmTiles, lstmTiles, storedBatch, tileDevice } from '../model/tiles.ts';
import { TimedList } from './timed_list.ts';

/** Arithmetic of one measured dispatch at most: it has only as many time steps of the shape, then only as many samples. */
const SAMPLE_FLOPS = { gpu: 1e9, software: 2.5e7 };
const LEAST_STEPS = 2;
const FEWEST_SAMPLES = 64;
const MOST_ROUNDS = 5;
/** After this long there is no further round. */
const ENOUGH_MS = 1000;

/** What a choice is valid for: the adapter, the shape, and the generation of the kernels. */
export function tuningKey({ adapter }: Gpu, config: ModelConfig, batchSize: number): string {
  const { vendor, architecture, description } = adapter;
  const { inputDim, units } = config;
  return [1, vendor, architecture, description, `D${inputDim}`, `U${units}`, `B${storedBatch(batchSize)}`].join(' | ');
}

/**
 * Measures every tile that fits, forward and backward, on the shape with fewer time steps, and takes the quickest of each.
 * Throws limit, out-of-memory or shader.
 */
export async function measureTiles(gpu: Gpu, config: ModelConfig, batchSize: number): Promise<LstmTiles> {
  const candidates = lstmTiles(config, batchSize, tileDevice(gpu));
  if (candidates.length === 1) return { forward: candidates[0], backward: candidates[0] };
  const shape = shortShape(config, batchSize, gpu.adapter.isSoftware ? SAMPLE_FLOPS.software : SAMPLE_FLOPS.gpu);
  const tensors = new Map<string, number>();
  const dispatches = [lstmForward, lstmBackward].flatMap((kernel) =>
    candidates.map((tile) => onOwnTensors(kernel as Kernel<unknown, string>, { ...shape, tile }, tensors)),
  );
  const list = await TimedList.create(gpu, dispatches, tensors, async () => undefined, batchSize);
  try {
    const least = dispatches.map(() => Number.POSITIVE_INFINITY);
    const started = performance.now();
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const { nanoseconds } = await list.measure();
      // The least of the rounds: what disturbs a measurement only makes it longer.
      for (const [i, time] of nanoseconds.entries()) if (time < least[i]) least[i] = time;
      if (performance.now() - started > ENOUGH_MS) break;
    }
    const forward = quickest(candidates, least.slice(0, candidates.length));
    return { forward, backward: quickest(candidates, least.slice(candidates.length)) };
  } finally {
    list.dispose();
  }
}

function shortShape({ timeSteps, inputDim, units }: ModelConfig, batchSize: number, flops: number) {
  const batch = storedBatch(batchSize);
  const tile: LstmTile = { lanes: 'samples', samplesPerLane: 1, unitsPerPass: 1, subgroups: false };
  const sampleStep = lstmForward.cost({ timeSteps: 1, inputDim, units, batch: 4, tile }).flops / 4;
  const steps = Math.min(timeSteps, Math.max(LEAST_STEPS, Math.floor(flops / (batch * sampleStep))));
  const samples = storedBatch(Math.floor(flops / (steps * sampleStep)));
  return { timeSteps: steps, inputDim, units, batch: Math.min(batch, Math.max(FEWEST_SAMPLES, samples)) };
}

/** A dispatch on tensors named as the kernel's bindings; `tensors` gets their sizes. */
function onOwnTensors(kernel: Kernel<unknown, string>, shape: unknown, tensors: Map<string, number>): Dispatch {
  const slices = Object.entries(kernel.sizes(shape)).map(([tensor, length]) => [tensor, { tensor, offset: 0, length }]);
  for (const [name, { length }] of slices as [string, { length: number }][]) tensors.set(name, length);
  return { kernel, shape, tensors: Object.fromEntries(slices) };
}

/** The first of the quickest: a later one must be better, not equal. */
function quickest(tiles: LstmTile[], times: number[]): LstmTile {
  return tiles[times.indexOf(Math.min(...times))];
}
