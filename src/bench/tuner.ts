import { lstmBackward, lstmForward, lstmSequenceBackward } from '../../shaders/lstm.ts';
import type { Gpu } from '../gpu/device.ts';
import type { AnyKernel, Scheduled, TileDevice, Tiling } from '../gpu/kernel.ts';
import { onOwnTensors } from '../gpu/tensors.ts';
import { KERAS_ADAM, type ModelConfig } from '../model/config.ts';
import { createPlan } from '../model/plan.ts';
import { defaultTiles, storedBatch, type TileChoice, tileDevice } from '../model/tiles.ts';
import { formatLayers } from '../settings/layers.ts';
import { dispatchesOf, TimedList } from './timed_list.ts';

/** The kernels that are tuned by default: those that take most of a step. */
export const TUNED: AnyKernel[] = [lstmForward, lstmBackward, lstmSequenceBackward];

/**
 * Most arithmetic in one measured dispatch; larger shapes are shortened by their kernel. A smaller shape is measured as
 * it is, so that training can reuse its pipeline.
 */
const SAMPLE_FLOPS = { gpu: 1e9, software: 2e8 };
const MOST_ROUNDS = 5;
/** No further round begins after this time. */
const ENOUGH_MS = 1000;
/** The number of this form of choices. Choices stored under another number are not read. */
const GENERATION = 4;

/** The key of a choice: adapter, shape, and generation of the kernels. */
export function tuningKey({ adapter }: Pick<Gpu, 'adapter'>, config: ModelConfig, batchSize: number): string {
  const { vendor, architecture, description } = adapter;
  const { inputDim, units, layers } = config;
  const sizes = [`D${inputDim}`, layers ? formatLayers(layers) : `U${units}`, `B${storedBatch(batchSize)}`];
  return [GENERATION, vendor, architecture, description, ...sizes].join(' | ');
}

/** A kernel at its largest shape in a training step, and the tiles to choose from. */
export interface Tunable {
  kernel: AnyKernel;
  shape: unknown;
  tiling: Tiling<unknown, unknown>;
  /** The one to use unmeasured first. */
  tiles: unknown[];
}

/** The kernels, of those given, that have tiles and that a training step runs. */
export function tunablesOf(
  config: ModelConfig,
  batchSize: number,
  device: TileDevice,
  kernels: AnyKernel[] = TUNED,
): Tunable[] {
  const { chunkSteps } = defaultTiles(config, batchSize, device);
  const plan = createPlan({ config, batchSize, samples: batchSize, slots: 1, adam: KERAS_ADAM, chunkSteps });
  return kernels.flatMap((kernel) => {
    const own = dispatchesOf(plan).filter((dispatch) => dispatch.kernel === kernel);
    if (!kernel.tiles || own.length === 0) return [];
    const { shape } = own.reduce((most, next) => (flopsOf(next) > flopsOf(most) ? next : most));
    return [{ kernel, shape, tiling: kernel.tiles, tiles: kernel.tiles.choices(shape, device) }];
  });
}

function flopsOf({ kernel, shape }: { kernel: AnyKernel; shape: unknown }): number {
  return kernel.cost(shape).flops;
}

/**
 * Measures every tile that the kernels can choose from, on a dispatch of the training or a shorter one. Returns the
 * quickest for each kernel. Throws limit, out-of-memory or shader.
 */
export async function measureTiles(
  gpu: Gpu,
  config: ModelConfig,
  batchSize: number,
  kernels?: AnyKernel[],
): Promise<TileChoice> {
  const tunables = tunablesOf(config, batchSize, tileDevice(gpu), kernels);
  const flops = gpu.adapter.isSoftware ? SAMPLE_FLOPS.software : SAMPLE_FLOPS.gpu;
  const tensors = new Map<string, number>();
  const dispatches = tunables
    .filter(({ tiles }) => tiles.length > 1)
    .flatMap(({ kernel, shape, tiling, tiles }) => {
      const short = tiling.shortened(shape, flops);
      return tiles.map((tile) => onOwnTensors(kernel, short, tile, tensors));
    });
  const times = dispatches.length > 0 ? await leastTimes(gpu, dispatches, tensors, batchSize) : [];
  return Object.fromEntries(
    tunables.map(({ kernel, tiling, tiles }) => {
      const own = times.filter((_, i) => dispatches[i].kernel === kernel);
      // The first of the quickest: a later one must be better, not equal.
      const quickest = Math.max(0, own.indexOf(Math.min(...own)));
      return [kernel.name, tiling.id(tiles[quickest])];
    }),
  );
}

/** The least time of each dispatch over some rounds: a disturbance only makes a measurement longer. */
async function leastTimes(
  gpu: Gpu,
  dispatches: Scheduled[],
  tensors: Map<string, number>,
  batchSize: number,
): Promise<number[]> {
  const batches = [{ first: 0, count: batchSize }];
  const list = await TimedList.create(gpu, dispatches, tensors, async () => undefined, batches);
  try {
    const least = dispatches.map(() => Number.POSITIVE_INFINITY);
    const started = performance.now();
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const { nanoseconds } = await list.measure();
      for (const [i, time] of nanoseconds.entries()) if (time < least[i]) least[i] = time;
      if (performance.now() - started > ENOUGH_MS) break;
    }
    return least;
  } finally {
    list.dispose();
  }
}
