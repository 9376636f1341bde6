import { type LstmTile, tileId } from '../../../../shaders/lstm_tile.ts';
import { dispatchesOf } from '../../../bench/timed_list.ts';
import type { AdapterReport } from '../../../gpu/device.ts';
import type { AnyKernel, KernelCase } from '../../../gpu/kernel.ts';
import type { Tuning } from '../../../jobs/protocol.ts';
import { knownTiles } from '../../../jobs/tuning.ts';
import type { ExperimentConfig } from '../../../model/config.ts';
import { defaultTiles, tileDevice } from '../../../model/tiles.ts';
import { experimentBatchSize } from '../../../train/experiment.ts';
import { trainingPlan } from '../../../train/training_plan.ts';

/** The shapes that a run of these settings gives the kernel on the adapter, with combined or with single kernels. */
export function trainingShapes(
  kernel: AnyKernel,
  config: ExperimentConfig,
  adapter: AdapterReport,
  { known }: Tuning,
): KernelCase<unknown>[] {
  const batchSize = experimentBatchSize(config);
  const tiles =
    knownTiles({ adapter }, config, batchSize, known) ?? defaultTiles(config, batchSize, tileDevice({ adapter }));
  const dispatches = [true, false].flatMap((fused) => dispatchesOf(trainingPlan(config, tiles, fused)));
  const shapes = dispatches.filter((dispatch) => dispatch.kernel.name === kernel.name).map(({ shape }) => shape);
  const named = new Map(shapes.map((shape) => [`training: ${describeShape(shape)}`, shape]));
  return [...named].map(([name, shape]) => ({ name, shape }));
}

/** A shape's sizes in words: `rows 64, samples 256`. */
export function describeShape(shape: unknown): string {
  return Object.entries(shape as Record<string, unknown>)
    .map(([name, value]) => `${inWords(name)} ${typeof value === 'object' ? describeTile(value) : value}`)
    .join(', ');
}

function describeTile(tile: object | null): string {
  if (tile && 'lanes' in tile) return tileId(tile as LstmTile);
  return Object.values(tile ?? {}).join('/');
}

function inWords(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
