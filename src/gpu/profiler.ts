import type { Gpu } from './device.ts';
import type { Program } from './program.ts';

/** What a time comes from: the GPU's own timestamps, or the host's clock around a submission. */
export type Timer = 'timestamp' | 'wall-clock';

/** What each dispatch of a program took, in the program's order. */
export interface DispatchTimes {
  /** NaN where the timer gave an impossible time. */
  nanoseconds: number[];
  /** How many are NaN. */
  dropped: number;
}

/** Times the dispatches of one program, each by itself. */
export interface Profiler {
  readonly timer: Timer;
  /** Runs the program once for the step in `slot`; a dispatch too short for the timer is repeated, its time the mean. */
  measure(slot: number): Promise<DispatchTimes>;
  dispose(): void;
}

/** A time must be this many of the timer's grains, or the dispatch is repeated. */
const GRAINS = 100;
const MOST_REPEATS = 10_000;
/** What the host's clock must measure, so that a submission's own millisecond does not count. */
const WALL_CLOCK_MS = 20;

/** A profiler by timestamps where the adapter has them and they move, else by the host's clock. The program has run once. */
export async function createProfiler(gpu: Gpu, program: Program): Promise<Profiler> {
  const byTimestamp = gpu.device.features.has('timestamp-query') && (await TimestampProfiler.create(gpu, program));
  return byTimestamp || WallClockProfiler.create(gpu, program);
}

class TimestampProfiler implements Profiler {
  readonly timer = 'timestamp';
  private repeats: number[];

  private constructor(
    private readonly gpu: Gpu,
    private readonly program: Program,
    /** Begin and end of every dispatch. */
    private readonly querySet: GPUQuerySet,
    private readonly resolved: GPUBuffer,
  ) {
    this.repeats = Array(program.length).fill(1);
  }

  /** Undefined where the timestamps stand still. */
  static async create(gpu: Gpu, program: Program): Promise<TimestampProfiler | undefined> {
    const count = 2 * program.length;
    const querySet = gpu.device.createQuerySet({ type: 'timestamp', count });
    const usage = GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC;
    const profiler = new TimestampProfiler(gpu, program, querySet, gpu.createBuffer('timestamps', 8 * count, usage));
    await profiler.run(0); // The first run of a pipeline takes longer.
    const stamps = await profiler.run(0);
    const grain = grainOf(stamps);
    if (grain > 0) {
      profiler.repeats = spans(stamps).map((span) => repeatsFor(span, GRAINS * grain, grain));
      return profiler;
    }
    profiler.dispose();
    return undefined;
  }

  async measure(slot: number): Promise<DispatchTimes> {
    const started = performance.now();
    const stamps = await this.run(slot);
    // No dispatch can take longer than all of them with the reading; a browser's clock is coarse, hence the millisecond.
    const mostNanoseconds = 1e6 * (performance.now() - started + 1);
    const possible = spans(stamps).map((span) => (span > 0 && span <= mostNanoseconds ? span : Number.NaN));
    return {
      nanoseconds: possible.map((span, i) => span / this.repeats[i]),
      dropped: possible.filter(Number.isNaN).length,
    };
  }

  /** Every dispatch in a pass of its own; begin and end of each. */
  private async run(slot: number): Promise<BigUint64Array> {
    const { device } = this.gpu;
    const { querySet, program, resolved } = this;
    this.gpu.check();
    const encoder = device.createCommandEncoder();
    for (const [i, repeats] of this.repeats.entries()) {
      const timestampWrites = { querySet, beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 };
      const pass = encoder.beginComputePass({ timestampWrites });
      for (let repeat = 0; repeat < repeats; repeat++) program.recordOne(pass, i, slot);
      pass.end();
    }
    encoder.resolveQuerySet(querySet, 0, querySet.count, resolved, 0);
    device.queue.submit([encoder.finish()]);
    return new BigUint64Array(await this.gpu.read(resolved));
  }

  dispose(): void {
    this.querySet.destroy();
    this.gpu.release(this.resolved);
  }
}

/** End − begin of every pair, in nanoseconds; negative where the clock was set back between them. */
function spans(stamps: BigUint64Array): number[] {
  return Array.from({ length: stamps.length / 2 }, (_, i) => Number(stamps[2 * i + 1] - stamps[2 * i]));
}

/** The timer's step: what every stamp is a multiple of, in nanoseconds. Browsers round to 65,536 or 100,000. 0 where all are 0. */
export function grainOf(stamps: BigUint64Array): number {
  return Number(stamps.reduce(greatestDivisor, 0n));
}

function greatestDivisor(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

/**
 * How often something that takes `span` must run to take `least`. A span of 0 is below the timer's grain and counts as a tenth
 * of it; a negative one says nothing, and what may be long is not repeated.
 */
export function repeatsFor(span: number, least: number, grain: number): number {
  if (span < 0) return 1;
  return Math.min(MOST_REPEATS, Math.max(1, Math.ceil(least / Math.max(span, grain / 10))));
}

class WallClockProfiler implements Profiler {
  readonly timer = 'wall-clock';

  private constructor(
    private readonly gpu: Gpu,
    private readonly program: Program,
    private readonly repeats: number[],
  ) {}

  static async create(gpu: Gpu, program: Program): Promise<WallClockProfiler> {
    const repeats: number[] = [];
    const profiler = new WallClockProfiler(gpu, program, repeats);
    for (let i = 0; i < program.length; i++) {
      await profiler.milliseconds(i, 0, 1); // The first run of a pipeline takes longer.
      // A millisecond is the submission's own, whatever the dispatch takes: what repeats take tells more.
      const first = repeatsFor(await profiler.milliseconds(i, 0, 1), WALL_CLOCK_MS, 1);
      const ms = (await profiler.milliseconds(i, 0, first)) / first;
      repeats.push(repeatsFor(ms, WALL_CLOCK_MS, 0.01));
    }
    return profiler;
  }

  async measure(slot: number): Promise<DispatchTimes> {
    const nanoseconds: number[] = [];
    for (const [i, repeats] of this.repeats.entries()) {
      nanoseconds.push((1e6 * (await this.milliseconds(i, slot, repeats))) / repeats);
    }
    return { nanoseconds, dropped: 0 };
  }

  private async milliseconds(index: number, slot: number, repeats: number): Promise<number> {
    this.gpu.check();
    const encoder = this.gpu.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let repeat = 0; repeat < repeats; repeat++) this.program.recordOne(pass, index, slot);
    pass.end();
    const started = performance.now();
    this.gpu.device.queue.submit([encoder.finish()]);
    await this.gpu.finished();
    return performance.now() - started;
  }

  dispose(): void {} // It holds nothing.
}
