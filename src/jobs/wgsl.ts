import { Failure } from '../errors.ts';
import type { Gpu } from '../gpu/device.ts';
import { dispatchName } from '../gpu/kernel.ts';
import { checkExperiment } from '../model/config.ts';
import { experimentBatchSize, trainingPlan } from '../train/experiment.ts';
import type { JobEvent, KernelCode, WgslJob } from './protocol.ts';
import { chooseTiles } from './tuning.ts';

/**
 * Returns the WGSL that training would run for a kernel. Throws invalid-option for a kernel that training does not run.
 */
export async function* wgsl(job: WgslJob, gpu: Gpu): AsyncGenerator<JobEvent, void> {
  const { config, kernel: name, fused, tuning } = job;
  checkExperiment(config);
  const tiles = yield* chooseTiles(gpu, config, experimentBatchSize(config), tuning);
  const dispatches = trainingPlan(config, tiles, fused).update;
  const variants = new Map<string, string[]>();
  for (const dispatch of dispatches.filter(({ kernel }) => kernel.name === name)) {
    const code = dispatch.kernel.code(dispatch.shape, dispatch.tile);
    variants.set(code, [...(variants.get(code) ?? []), dispatchName(dispatch)]);
  }
  if (variants.size === 0) {
    const names = [...new Set(dispatches.map(({ kernel }) => kernel.name))].join(', ');
    throw new Failure('invalid-option', `this training runs no kernel ${name}: give one of ${names}`);
  }
  const codes = [...variants].map(([code, names]): KernelCode => ({ code, dispatches: names }));
  yield { type: 'done', job: 'wgsl', result: codes };
}
