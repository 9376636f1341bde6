import type { DenseTile } from '../../shaders/dense.ts';
import type { GradientTile } from '../../shaders/gradient_tile.ts';
import { lstmForward } from '../../shaders/lstm.ts';
import { type LaneLimits, type LstmTile, misfitOf, tileId } from '../../shaders/lstm_tile.ts';
import type { AdapterReport } from '../gpu/device.ts';
import type { ModelConfig } from './config.ts';

/** How the kernels of a plan are cut. The same tiles on the same adapter give the same bits. */
export interface Tiles {
  forward: LstmTile;
  backward: LstmTile;
  dense: DenseTile;
  /** Of the attention's parameter gradient, and of the LSTM's. */
  denseGradient: GradientTile;
  lstmGradient: GradientTile;
  /** Time steps that one dispatch of the LSTM takes at most, a multiple of 16 so that slices of tensors are aligned. */
  chunkSteps: number;
}

/** The tiles that the tuner measures. */
export type LstmTiles = Pick<Tiles, 'forward' | 'backward'>;

/** What of a device decides which tiles it can run, and which it likes. */
export interface TileDevice {
  isSoftware: boolean;
  hasSubgroups: boolean;
  limits: LaneLimits;
}

/** Devices have the features and the limits of their adapter. */
export function tileDevice({ adapter }: { adapter: AdapterReport }): TileDevice {
  const { isSoftware, features, limits } = adapter;
  return {
    isSoftware,
    hasSubgroups: features.includes('subgroups'),
    limits: limits as Record<keyof LaneLimits, number>,
  };
}

/** Arithmetic of one dispatch at most: 50 ms on a GPU that attains 200 GFLOP/s; 100 ms on a software adapter. */
const DISPATCH_FLOPS = { gpu: 1e10, software: 5e8 };
const CHUNK_UNIT = 16;

/** Samples as stored: kernels read four at a time. */
export function storedBatch(batchSize: number): number {
  return Math.ceil(batchSize / 4) * 4;
}

/**
 * The LSTM's tiles to choose from for a shape on a device, the one to use unmeasured first. They are of one kind, so that
 * whichever is chosen, sums are added up in the same order.
 */
export function lstmTiles(config: ModelConfig, batchSize: number, device: TileDevice): LstmTile[] {
  const batch = storedBatch(batchSize);
  const { timeSteps, inputDim, units } = config;
  const kinds = device.isSoftware ? softwareTiles(batch, device.hasSubgroups) : [...gpuTiles(), sampleTiles(false)];
  const fits = (tile: LstmTile) => misfitOf({ timeSteps, inputDim, units, batch, tile }, device.limits) === undefined;
  const fitting = kinds.map((tiles) => tiles.filter(fits)).find((tiles) => tiles.length > 0);
  return distinct(fitting ?? [{ lanes: 'samples', samplesPerLane: 1, unitsPerPass: 1, subgroups: false }]);
}

/** The tiles of every kind of device, whatever fits. */
export function everyTile(batchSize: number): LstmTile[] {
  const batch = storedBatch(batchSize);
  return distinct([...softwareTiles(batch, true), ...softwareTiles(batch, false), ...gpuTiles()].flat());
}

/** A small batch fits into one workgroup, however many samples a workgroup may take. */
function distinct(tiles: LstmTile[]): LstmTile[] {
  return [...new Map(tiles.map((tile) => [tileId(tile), tile])).values()];
}

/** Lanes that share a sample where the parameters fit into registers, else lanes with whole samples. */
function softwareTiles(batch: number, subgroups: boolean): LstmTile[][] {
  const quads = [8, 32].map((workgroups): LstmTile => {
    return { lanes: 'quads', samplesPerWorkgroup: 4 * Math.ceil(batch / 4 / workgroups) };
  });
  return subgroups ? [quads, sampleTiles(true)] : [sampleTiles(false)];
}

function sampleTiles(subgroups: boolean): LstmTile[] {
  return [
    [8, 4],
    [4, 4],
    [4, 1],
    [1, 1],
  ].map(([samplesPerLane, unitsPerPass]): LstmTile => ({ lanes: 'samples', samplesPerLane, unitsPerPass, subgroups }));
}

function gpuTiles(): LstmTile[][] {
  return (['registers', 'workgroup', 'storage'] as const).map((parameters) =>
    [1, 2, 4].map((samplesPerLane): LstmTile => ({ lanes: 'units', samplesPerLane, parameters })),
  );
}

/** From so many time steps on the attention takes long enough that a large tile is worth the time that it takes to compile. */
const LONG_STEPS = 128;

/** Tiles by rule, without measuring: what the tuner starts from. */
export function defaultTiles(config: ModelConfig, batchSize: number, device: TileDevice): Tiles {
  const [tile] = lstmTiles(config, batchSize, device);
  const shared = device.isSoftware && device.hasSubgroups;
  const isLong = config.timeSteps >= LONG_STEPS;
  return {
    forward: tile,
    backward: tile,
    dense: shared ? { columns: isLong ? 16 : 8, subgroups: true } : { columns: 4, subgroups: false },
    denseGradient: gradientTile(device, { rows: isLong ? 8 : 4, columns: 8 }),
    lstmGradient: gradientTile(device, { rows: 16, columns: gradientColumns(config.units) }),
    chunkSteps: chunkSteps(config, batchSize, device.isSoftware),
  };
}

/**
 * On a software adapter the tile given: large because loads are dear, but no larger than is quicker, for it takes that much
 * longer to compile. On a GPU one that leaves registers for others.
 */
function gradientTile(
  { isSoftware, hasSubgroups }: TileDevice,
  large: { rows: number; columns: number },
): GradientTile {
  return isSoftware ? { ...large, subgroups: hasSubgroups } : { rows: 4, columns: 4, subgroups: false };
}

/** Only units that fill them make wide tiles quicker; of few units most of a wide one would be empty. */
function gradientColumns(units: number): number {
  if (units % 32 === 0) return 32;
  return units < 16 ? 8 : 16;
}

function chunkSteps(config: ModelConfig, batchSize: number, isSoftware: boolean): number {
  const flopsPerStep = storedBatch(batchSize) * lstmStepFlops(config);
  const steps = (isSoftware ? DISPATCH_FLOPS.software : DISPATCH_FLOPS.gpu) / flopsPerStep;
  return Math.max(1, Math.min(Math.floor(steps / CHUNK_UNIT), Math.ceil(config.timeSteps / CHUNK_UNIT))) * CHUNK_UNIT;
}

/** The arithmetic of one time step of one series, forward; as much again backward. */
export function lstmStepFlops({ inputDim, units }: ModelConfig): number {
  // Any tile: the arithmetic is the same.
  const tile: LstmTile = { lanes: 'samples', samplesPerLane: 1, unitsPerPass: 1, subgroups: false };
  return lstmForward.cost({ timeSteps: 1, inputDim, units, batch: 1, tile }).flops;
}
