import { lstmBackward, lstmForward, lstmSequenceBackward } from '../../shaders/lstm.ts';
import type { Gpu } from '../gpu/device.ts';
import type { AnyKernel, TileDevice, Tiling } from '../gpu/kernel.ts';
import { onOwnTensors } from '../gpu/tensors.ts';
import { KERAS_ADAM, type ModelConfig } from '../model/config.ts';
import { createPlan } from '../model/plan.ts';
import { defaultTiles, storedBatch, type TileChoice, tileDevice } from '../model/tiles.ts';
import { formatLayers } from '../settings/layers.ts';
import { NOISE } from './compare.ts';
import { chanceOf, changeOf, ERROR } from './estimate.ts';
import { median } from './measure.ts';
import { TimedList } from './timed_list.ts';
import type { FirstTiles } from './tuning_worth.ts';

/** The kernels that are tuned by default: those that take most of a step. */
export const TUNED: AnyKernel[] = [lstmForward, lstmBackward, lstmSequenceBackward];

/**
 * Most arithmetic in one measured dispatch; larger shapes are shortened by their kernel. A smaller shape is measured as
 * it is, so that training can reuse its pipeline.
 */
const SAMPLE_FLOPS = { gpu: 1e9, software: 2e8 };
const MOST_ROUNDS = 5;
/** No further round begins after this time, for all tiles together. */
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
  /** Of all its dispatches in a training step. */
  flops: number;
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
    const own = [...plan.forward, ...plan.backward].filter((dispatch) => dispatch.kernel === kernel);
    if (!kernel.tiles || own.length === 0) return [];
    const { shape } = own.reduce((most, next) => (flopsOf(next) > flopsOf(most) ? next : most));
    const flops = own.reduce((sum, dispatch) => sum + flopsOf(dispatch), 0);
    return [{ kernel, shape, tiling: kernel.tiles, tiles: kernel.tiles.choices(shape, device), flops }];
  });
}

function flopsOf({ kernel, shape }: { kernel: AnyKernel; shape: unknown }): number {
  return kernel.cost(shape).flops;
}

export interface MeasureOptions {
  kernels?: AnyKernel[];
  /**
   * Called when the first tile of each kernel is measured; gives the seconds for measuring the others. Without it all
   * are measured.
   */
  budget?: (first: FirstTiles) => number;
}

/** The quickest tiles of those that were measured. */
export interface MeasuredTiles {
  tiles: TileChoice;
  /** Whether all tiles were measured. */
  isWhole: boolean;
}

/** A tile of a kernel, by its place among the kernel's tiles, and the dispatch that stands for the kernel's. */
interface Candidate {
  tunable: Tunable;
  place: number;
  shape: unknown;
}

/**
 * Measures the tiles that the kernels can choose from, on a dispatch of the training or a shorter one: all at once or,
 * with a budget, one of each kernel after the other, until it is used up. Throws limit, out-of-memory or shader.
 */
export async function measureTiles(
  gpu: Gpu,
  config: ModelConfig,
  batchSize: number,
  { kernels, budget }: MeasureOptions = {},
): Promise<MeasuredTiles> {
  const tunables = tunablesOf(config, batchSize, tileDevice(gpu), kernels);
  const groups = groupsOf(gpu, tunables, budget !== undefined);
  const rounds = new Map(tunables.map((tunable): [Tunable, number[][]] => [tunable, []]));
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  let end = Number.POSITIVE_INFINITY;
  let measured = 0;
  for (; measured < groups.length && seconds() < end; measured++) {
    const group = groups[measured];
    const times = await timesOf(gpu, group, batchSize, ENOUGH_MS / groups.length);
    for (const [i, { tunable }] of group.entries()) rounds.get(tunable)?.push(times[i]);
    if (measured > 0 || !budget) continue;
    const least = times.map((own) => Math.min(...own.filter((time) => time > 0)));
    const first = { updateSeconds: updateSeconds(group, least), seconds: seconds(), further: groups.length - 1 };
    end = seconds() + budget(first);
  }
  const tiles = Object.fromEntries(
    Array.from(rounds, ([{ kernel, tiling, tiles: own }, times]) => {
      return [kernel.name, tiling.id(own[chosenOf(times)])];
    }),
  );
  return { tiles, isWhole: measured === groups.length };
}

/** All candidates in one group, or the first tile of each kernel, then the second of each, and so on. */
function groupsOf(gpu: Gpu, tunables: Tunable[], oneByOne: boolean): Candidate[][] {
  const flops = gpu.adapter.isSoftware ? SAMPLE_FLOPS.software : SAMPLE_FLOPS.gpu;
  const candidates = tunables
    .filter(({ tiles }) => tiles.length > 1)
    .flatMap((tunable) => {
      const shape = tunable.tiling.shortened(tunable.shape, flops);
      return tunable.tiles.map((_, place): Candidate => ({ tunable, place, shape }));
    });
  if (!oneByOne) return candidates.length > 0 ? [candidates] : [];
  const most = Math.max(0, ...candidates.map(({ place }) => place + 1));
  return Array.from({ length: most }, (_, n) => candidates.filter(({ place }) => place === n));
}

/** Seconds that the kernels take in an update, by the nanoseconds of their candidates. */
function updateSeconds(group: Candidate[], nanoseconds: number[]): number {
  const each = group.map(({ tunable, shape }, i) => {
    return (1e-9 * nanoseconds[i] * tunable.flops) / flopsOf({ kernel: tunable.kernel, shape });
  });
  return each.reduce((sum, seconds) => sum + seconds, 0);
}

/**
 * The index of the tile to use; `times` has the nanoseconds of each tile in every round, in the order of preference. It
 * is the first that is at most 5 % slower than the one with the least median, or is not told apart from it by several
 * rounds: then another run chooses the same. The rounds of a tile share their buffers, so a difference that they tell
 * may be another in the next start; the 5 % are for that.
 */
export function chosenOf(times: number[][]): number {
  const tried = times.map((rounds) => rounds.filter((time) => time > 0));
  const medians = tried.map((rounds) => (rounds.length > 0 ? median(rounds) : Number.POSITIVE_INFINITY));
  const best = medians.indexOf(Math.min(...medians));
  const isAsGood = (i: number) => {
    if (medians[i] <= (1 + NOISE) * medians[best]) return Number.isFinite(medians[i]);
    const canTell = Math.min(tried[i].length, tried[best].length) > 1;
    return canTell && chanceOf(changeOf(tried[best], tried[i])) > ERROR;
  };
  const chosen = times.findIndex((_, i) => isAsGood(i));
  return Math.max(0, chosen);
}

/** The nanoseconds of each candidate in every round. */
async function timesOf(gpu: Gpu, group: Candidate[], batchSize: number, enoughMs: number): Promise<number[][]> {
  const tensors = new Map<string, number>();
  const dispatches = group.map(({ tunable: { kernel, tiles }, place, shape }) =>
    onOwnTensors(kernel, shape, tiles[place], tensors),
  );
  const batches = [{ first: 0, count: batchSize }];
  const list = await TimedList.create(gpu, dispatches, tensors, async () => undefined, batches);
  try {
    const times = dispatches.map((): number[] => []);
    const started = performance.now();
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const { nanoseconds } = await list.measure();
      for (const [i, time] of nanoseconds.entries()) times[i].push(time);
      if (performance.now() - started > enoughMs) break;
    }
    return times;
  } finally {
    list.dispose();
  }
}
