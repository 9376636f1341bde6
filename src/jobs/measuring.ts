import { gruForward } from '../../shaders/gru.ts';
import { gruBackward, gruSequenceBackward } from '../../shaders/gru_backward.ts';
import { lstmBackward, lstmForward, lstmSequenceBackward } from '../../shaders/lstm.ts';
import type { BenchConfig } from '../bench/bench_config.ts';
import type { BenchEnvironment } from '../bench/result.ts';
import type { Roofline } from '../bench/roofline.ts';
import type { Gpu } from '../gpu/device.ts';
import type { AnyKernel } from '../gpu/kernel.ts';
import type { ScheduledPlan } from '../model/scheduled_plan.ts';
import { tileIds } from '../model/tiles.ts';
import type { Progress } from '../progress.ts';
import type { BenchPhase, JobEvent } from './protocol.ts';

// Shared by the jobs that measure.

/** A measurement's own progress as events. */
export async function* reported<Result>(
  what: string,
  measuring: AsyncGenerator<Progress, Result>,
  phase?: BenchPhase,
): AsyncGenerator<JobEvent, Result> {
  for (;;) {
    const { done, value } = await measuring.next();
    if (done) return value;
    yield progress(what, value, phase);
  }
}

export function progress(what: string, { done, of }: Progress, phase?: BenchPhase): JobEvent {
  return { type: 'progress', what, done, of, phase };
}

/** The objects and settings of a measurement. */
interface Measured<Config extends BenchConfig> {
  config: Config;
  plan: ScheduledPlan;
  roofline: Roofline;
  droppedTimes: number;
}

export function describeEnvironment<Config extends BenchConfig>(
  { adapter }: Gpu,
  { config, plan, roofline, droppedTimes }: Measured<Config>,
): BenchEnvironment & { config: Config } {
  const ids = tileIds([...plan.forward, ...plan.update]);
  const tileOf = (...kernels: AnyKernel[]) =>
    kernels.map(({ name }) => ids[name]).find((id) => id !== undefined) ?? 'none';
  const tiles = {
    forward: tileOf(lstmForward, gruForward),
    // The backward pass of a combined kernel has the tile of the forward pass.
    backward: tileOf(lstmBackward, lstmSequenceBackward, gruBackward, gruSequenceBackward, lstmForward),
  };
  // Node has had a navigator since 21.
  return { adapter, tiles, timer: roofline.timer, droppedTimes, userAgent: globalThis.navigator?.userAgent, config };
}
