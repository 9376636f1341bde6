import type { AdapterReport } from '../../../gpu/device.ts';
import type { AnyKernel } from '../../../gpu/kernel.ts';
import type { Tuning } from '../../../jobs/protocol.ts';
import { knownTiles } from '../../../jobs/tuning.ts';
import type { ExperimentConfig } from '../../../model/config.ts';
import { defaultTiles, tileDevice } from '../../../model/tiles.ts';
import { experimentBatchSize, trainingPlan } from '../../../train/experiment.ts';
import type { Trial } from '../../../verify/kernel_cases.ts';

/**
 * The shapes and tiles that a run of these settings gives the kernel on the adapter, with combined or with single
 * kernels.
 */
export function trainingShapes(
  kernel: AnyKernel,
  config: ExperimentConfig,
  adapter: AdapterReport,
  { known }: Tuning,
): Trial[] {
  const batchSize = experimentBatchSize(config);
  const tiles =
    knownTiles({ adapter }, config, batchSize, known) ?? defaultTiles(config, batchSize, tileDevice({ adapter }));
  const dispatches = [true, false].flatMap((fused) => trainingPlan(config, tiles, fused).update);
  const own = dispatches.filter((dispatch) => dispatch.kernel.name === kernel.name);
  const trials = own.map(({ shape, tile }): Trial => {
    const cut = kernel.tiles ? `, tile ${kernel.tiles.id(tile)}` : '';
    return { name: `training: ${describeShape(shape)}${cut}`, shape, tile };
  });
  return [...new Map(trials.map((trial) => [trial.name, trial])).values()];
}

/** A shape's sizes in words: `rows 64, samples 256`. */
export function describeShape(shape: unknown): string {
  return Object.entries(shape as Record<string, unknown>)
    .map(([name, value]) => `${inWords(name)} ${Array.isArray(value) ? value.join('/') : value}`)
    .join(', ');
}

function inWords(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
