import { lstmBackward, lstmForward } from '../../shaders/lstm.ts';
import type { LstmTile } from '../../shaders/lstm_tile.ts';
import type { Gpu } from '../gpu/device.ts';
import type { AnyKernel } from '../gpu/kernel.ts';
import type { ModelConfig } from '../model/config.ts';
import { defaultTiles, type LstmTiles, lstmStepFlops, lstmTiles, storedBatch, tileDevice } from '../model/tiles.ts';
import { onOwnTensors, TimedList } from './timed_list.ts';

/**
 * Arithmetic of one measured dispatch at most: it has only as many time steps of the shape, then only as many samples. Up to there
 * it is a dispatch of the training, for which nothing needs to be compiled any more.
 */
const SAMPLE_FLOPS = { gpu: 1e9, software: 2e8 };
const LEAST_STEPS = 2;
const FEWEST_SAMPLES = 64;
const MOST_ROUNDS = 5;
/** After this long there is no further round. */
const ENOUGH_MS = 1000;

/** What a choice is valid for: the adapter, the shape, and the generation of the kernels. */
export function tuningKey({ adapter }: Pick<Gpu, 'adapter'>, config: ModelConfig, batchSize: number): string {
  const { vendor, architecture, description } = adapter;
  const { inputDim, units } = config;
  return [3, vendor, architecture, description, `D${inputDim}`, `U${units}`, `B${storedBatch(batchSize)}`].join(' | ');
}

/**
 * Measures every tile that fits, forward and backward, on a dispatch of the training or a shorter one, and takes the quickest of each.
 * Throws limit, out-of-memory or shader.
 */
export async function measureTiles(gpu: Gpu, config: ModelConfig, batchSize: number): Promise<LstmTiles> {
  const device = tileDevice(gpu);
  const candidates = lstmTiles(config, batchSize, device);
  if (candidates.length === 1) return { forward: candidates[0], backward: candidates[0] };
  const { chunkSteps } = defaultTiles(config, batchSize, device);
  const flops = gpu.adapter.isSoftware ? SAMPLE_FLOPS.software : SAMPLE_FLOPS.gpu;
  const shape = shortShape({ ...config, timeSteps: Math.min(config.timeSteps, chunkSteps) }, batchSize, flops);
  const tensors = new Map<string, number>();
  const dispatches = [lstmForward, lstmBackward].flatMap((kernel) =>
    candidates.map((tile) => onOwnTensors(kernel as AnyKernel, { ...shape, tile }, tensors)),
  );
  const list = await TimedList.create(gpu, dispatches, tensors, async () => undefined, [
    { first: 0, count: batchSize },
  ]);
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

function shortShape(config: ModelConfig, batchSize: number, flops: number) {
  const { timeSteps, inputDim, units } = config;
  const batch = storedBatch(batchSize);
  const sampleStep = lstmStepFlops(config);
  const steps = Math.min(timeSteps, Math.max(LEAST_STEPS, Math.floor(flops / (batch * sampleStep))));
  const samples = storedBatch(Math.floor(flops / (steps * sampleStep)));
  return { timeSteps: steps, inputDim, units, batch: Math.min(batch, Math.max(FEWEST_SAMPLES, samples)) };
}

/** The first of the quickest: a later one must be better, not equal. */
function quickest(tiles: LstmTile[], times: number[]): LstmTile {
  return tiles[times.indexOf(Math.min(...times))];
}
