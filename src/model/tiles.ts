import type { DenseTile } from '../../shaders/dense.ts';
import type { GradientTile } from '../../shaders/gradient_tile.ts';
import { lstmForward } from '../../shaders/lstm.ts';
import { type LaneLimits, type LstmTile, misfitOf, tileId } from '../../shaders/lstm_tile.ts';
import type { Gpu } from '../gpu/device.ts';
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

export function tileDevice({ adapter, device }: Gpu): TileDevice {
  return {
    isSoftware: adapter.isSoftware,
    hasSubgroups: device.features.has('subgroups'),
    limits: device.limits,
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

/** A small batch fits into one workgroup, however many samples a workgroup may take. */
function distinct(tiles: LstmTile[]): LstmTile[] {
  return [...new Map(tiles.map((tile) => [tileId(tile), tile])).values()];
}

/** Lanes that share a sample where the parameters fit into registers, else lanes with whole samples. */
function softwareTiles(batch: number, subgroups: boolean): LstmTile[][] {
  const quads = [
    [1, 8],
    [2, 8],
    [1, 32],
  ].map(([samplesPerLane, workgroups]): LstmTile => {
    return { lanes: 'quads', samplesPerLane, samplesPerWorkgroup: 4 * Math.ceil(batch / 4 / workgroups) };
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

/** Tiles by rule, without measuring: what the tuner starts from. */
export function defaultTiles(config: ModelConfig, batchSize: number, device: TileDevice): Tiles {
  const [tile] = lstmTiles(config, batchSize, device);
  const shared = device.isSoftware && device.hasSubgroups;
  return {
    forward: tile,
    backward: tile,
    dense: shared ? { columns: 16, vectors: 2, subgroups: true } : { columns: 4, vectors: 1, subgroups: false },
    denseGradient: gradientTile(device, { rows: 8, columns: 16 }),
    lstmGradient: gradientTile(device, { rows: 16, columns: 32 }),
    chunkSteps: chunkSteps(config, batchSize, device.isSoftware),
  };
}

/** On a software adapter the tile given, which is large because loads are dear; on a GPU one that leaves registers for others. */
function gradientTile(
  { isSoftware, hasSubgroups }: TileDevice,
  large: { rows: number; columns: number },
): GradientTile {
  return isSoftware ? { ...large, subgroups: hasSubgroups } : { rows: 4, columns: 4, subgroups: false };
}

function chunkSteps({ timeSteps, inputDim, units }: ModelConfig, batchSize: number, isSoftware: boolean): number {
  const shape = { timeSteps: 1, inputDim, units, batch: storedBatch(batchSize) };
  // Any tile: the arithmetic is the same.
  const tile: LstmTile = { lanes: 'samples', samplesPerLane: 1, unitsPerPass: 1, subgroups: false };
  const flopsPerStep = lstmForward.cost({ ...shape, tile }).flops;
  const steps = (isSoftware ? DISPATCH_FLOPS.software : DISPATCH_FLOPS.gpu) / flopsPerStep;
  return Math.max(1, Math.min(Math.floor(steps / CHUNK_UNIT), Math.ceil(timeSteps / CHUNK_UNIT))) * CHUNK_UNIT;
}
