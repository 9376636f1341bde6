import { lstmForward } from '../../shaders/lstm.ts';
import type { AdapterReport } from '../gpu/device.ts';
import type { Scheduled, TileDevice } from '../gpu/kernel.ts';
import type { ModelConfig } from './config.ts';
import { layersOf } from './layer_list.ts';

/** Ids of tiles by the name of their kernel. Plain data, to keep and to send. */
export type TileChoice = Record<string, string>;

/** How a plan runs on a device. The same tiles on the same adapter give the same bits. */
export interface Tiles {
  device: TileDevice;
  /** Tiles that were measured or given; all other kernels take the first of their choices. */
  chosen: TileChoice;
  /** Time steps of one LSTM dispatch at most, a multiple of 16 so that slices of tensors are aligned. */
  chunkSteps: number;
}

/** A GPU as Chrome shows most of them. Kernels are counted and compiled for it if no device is there. */
export const GPU_DEVICE: TileDevice = {
  isSoftware: false,
  hasSubgroups: true,
  limits: {
    maxComputeInvocationsPerWorkgroup: 1024,
    maxComputeWorkgroupSizeX: 1024,
    maxComputeWorkgroupStorageSize: 32768,
  },
};

/** Devices have the features and the limits of their adapter. */
export function tileDevice({ adapter }: { adapter: AdapterReport }): TileDevice {
  const { isSoftware, features, limits } = adapter;
  return {
    isSoftware,
    hasSubgroups: features.includes('subgroups'),
    limits: limits as Record<keyof TileDevice['limits'], number>,
  };
}

/** Most arithmetic of one dispatch: 50 ms on a GPU that attains 200 GFLOP/s; 100 ms on a software adapter. */
const DISPATCH_FLOPS = { gpu: 1e10, software: 5e8 };
const CHUNK_UNIT = 16;

/** Tiles by rule, without measuring. */
export function defaultTiles(config: ModelConfig, batchSize: number, device: TileDevice): Tiles {
  return { device, chosen: {}, chunkSteps: chunkSteps(config, batchSize, device.isSoftware) };
}

/** Parts of the gradients' sums that are worth it: enough workgroups for a GPU, few additions for a software adapter. */
export function mostParts({ isSoftware }: TileDevice): number {
  return isSoftware ? 8 : 128;
}

/** Samples as stored: kernels read four at a time. */
export function storedBatch(batchSize: number): number {
  return Math.ceil(batchSize / 4) * 4;
}

/** The ids of the tiles of dispatches, by kernel. */
export function tileIds(dispatches: Scheduled[]): TileChoice {
  return Object.fromEntries(
    dispatches.flatMap(({ kernel, tile }) => (kernel.tiles ? [[kernel.name, kernel.tiles.id(tile)]] : [])),
  );
}

function chunkSteps(config: ModelConfig, batchSize: number, isSoftware: boolean): number {
  const flopsPerStep = storedBatch(batchSize) * lstmStepFlops(config);
  const steps = (isSoftware ? DISPATCH_FLOPS.software : DISPATCH_FLOPS.gpu) / flopsPerStep;
  return Math.max(1, Math.min(Math.floor(steps / CHUNK_UNIT), Math.ceil(config.timeSteps / CHUNK_UNIT))) * CHUNK_UNIT;
}

/** The forward arithmetic of one time step of one series in the largest recurrent layer; backward takes as much again. */
export function lstmStepFlops(config: ModelConfig): number {
  const recurrent = layersOf(config).filter(({ type }) => type === 'lstm' || type === 'gru');
  const flops = recurrent.map(({ inputs: [{ features: inputDim }], output: { features: units } }) => {
    return lstmForward.cost({ timeSteps: 1, inputDim, units, batch: 1 }).flops;
  });
  return Math.max(1, ...flops);
}
