import { tileId } from '../../shaders/lstm_tile.ts';
import type { BenchConfig } from '../bench/bench_config.ts';
import type { BenchEnvironment } from '../bench/result.ts';
import type { Roofline } from '../bench/roofline.ts';
import type { Gpu } from '../gpu/device.ts';
import type { LstmTiles } from '../model/tiles.ts';
import type { Progress } from '../progress.ts';
import type { BenchPhase, JobEvent } from './protocol.ts';

// What jobs that measure have in common.

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

/** What was measured, and how. */
interface Measured<Config extends BenchConfig> {
  config: Config;
  tiles: LstmTiles;
  roofline: Roofline;
  droppedTimes: number;
}

export function describeEnvironment<Config extends BenchConfig>(
  { adapter }: Gpu,
  { config, tiles: { forward, backward }, roofline, droppedTimes }: Measured<Config>,
): BenchEnvironment & { config: Config } {
  const tiles = { forward: tileId(forward), backward: tileId(backward) };
  // Node has had a navigator since 21.
  return { adapter, tiles, timer: roofline.timer, droppedTimes, userAgent: globalThis.navigator?.userAgent, config };
}
