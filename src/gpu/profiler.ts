import type { Gpu } from './device.ts';
import type { Program } from './program.ts';

/** The source of a time: the GPU's own timestamps, or the host's clock around a submission. */
export type Timer = 'timestamp' | 'wall-clock';

/** The times of a program's dispatches, in its order. */
export interface DispatchTimes {
  /** NaN if the timer gave an impossible time. */
  nanoseconds: number[];
  /** The number of times that are NaN. */
  dropped: number;
}

/** Begin and end of a dispatch, in nanoseconds since the first one began. */
export interface DispatchSpan {
  begin: number;
  end: number;
}

/** Times each dispatch of one program by itself. */
export interface Profiler {
  readonly timer: Timer;
  /** Every timestamp is a multiple of this; absent by the wall clock. */
  readonly grainNanoseconds?: number;
  /** How often each dispatch runs to be timed once. */
  readonly repeats: readonly number[];
  /**
   * Runs the program once, or its first `length` dispatches, for the step in `slot`. A dispatch that is too short for
   * the timer is repeated; its time is the mean.
   */
  measure(slot: number, length?: number): Promise<DispatchTimes>;
  /** Runs the program once without repeats. Undefined by the wall clock, or if the timer gave impossible times. */
  trace(slot: number): Promise<DispatchSpan[] | undefined>;
  dispose(): void;
}

/** A time must be this many of the timer's grains, or the dispatch is repeated. */
const GRAINS = 100;
const MOST_REPEATS = 10_000;
/** Least time for the host's clock, so that the millisecond of a submission does not matter. */
const WALL_CLOCK_MS = 20;

/**
 * A profiler by timestamps if the adapter has them and they advance, otherwise by the host's clock. The program has run
 * once.
 */
export async function createProfiler(gpu: Gpu, program: Program): Promise<Profiler> {
  const byTimestamp = gpu.device.features.has('timestamp-query') && (await TimestampProfiler.create(gpu, program));
  return byTimestamp || WallClockProfiler.create(gpu, program);
}

class TimestampProfiler implements Profiler {
  readonly timer = 'timestamp';
  grainNanoseconds = 0;
  repeats: number[];

  private constructor(
    private readonly gpu: Gpu,
    private readonly program: Program,
    /** Begin and end of every dispatch. */
    private readonly querySet: GPUQuerySet,
    private readonly resolved: GPUBuffer,
  ) {
    this.repeats = Array(program.length).fill(1);
  }

  /** Undefined if the timestamps do not advance. */
  static async create(gpu: Gpu, program: Program): Promise<TimestampProfiler | undefined> {
    const count = 2 * program.length;
    const querySet = gpu.device.createQuerySet({ type: 'timestamp', count });
    const usage = GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC;
    const profiler = new TimestampProfiler(gpu, program, querySet, gpu.createBuffer('timestamps', 8 * count, usage));
    await profiler.run(0, profiler.repeats); // The first run of a pipeline takes longer.
    const stamps = await profiler.run(0, profiler.repeats);
    const grain = grainOf(stamps);
    if (grain > 0) {
      profiler.grainNanoseconds = grain;
      profiler.repeats = spans(stamps).map((span) => repeatsFor(span, GRAINS * grain, grain));
      return profiler;
    }
    profiler.dispose();
    return undefined;
  }

  async measure(slot: number, length = this.program.length): Promise<DispatchTimes> {
    const started = performance.now();
    const stamps = await this.run(slot, this.repeats.slice(0, length));
    const mostNanoseconds = longest(started);
    const possible = spans(stamps).map((span) => (span > 0 && span <= mostNanoseconds ? span : Number.NaN));
    return {
      nanoseconds: possible.map((span, i) => span / this.repeats[i]),
      dropped: possible.filter(Number.isNaN).length,
    };
  }

  async trace(slot: number): Promise<DispatchSpan[] | undefined> {
    const started = performance.now();
    const stamps = await this.run(slot, Array(this.program.length).fill(1));
    const mostNanoseconds = longest(started);
    const since = (stamp: bigint) => Number(stamp - stamps[0]);
    const traced = Array.from({ length: this.program.length }, (_, i) => {
      return { begin: since(stamps[2 * i]), end: since(stamps[2 * i + 1]) };
    });
    const isPossible = ({ begin, end }: DispatchSpan) => begin >= 0 && begin <= end && end <= mostNanoseconds;
    return traced.every(isPossible) ? traced : undefined;
  }

  /** Runs as many dispatches as there are repeats, each in its own pass; returns begin and end of each. */
  private async run(slot: number, repeatsOf: number[]): Promise<BigUint64Array> {
    const { device } = this.gpu;
    const { querySet, program, resolved } = this;
    const count = 2 * repeatsOf.length;
    this.gpu.check();
    const encoder = device.createCommandEncoder();
    for (const [i, repeats] of repeatsOf.entries()) {
      const timestampWrites = { querySet, beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 };
      const pass = encoder.beginComputePass({ timestampWrites });
      for (let repeat = 0; repeat < repeats; repeat++) program.recordOne(pass, i, slot);
      pass.end();
    }
    encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
    device.queue.submit([encoder.finish()]);
    return new BigUint64Array(await this.gpu.read(resolved, 0, 8 * count));
  }

  dispose(): void {
    this.querySet.destroy();
    this.gpu.release(this.resolved);
  }
}

/**
 * Longest possible time of a dispatch in nanoseconds: that of all of them with the reading. The millisecond is for the
 * coarse clocks of browsers.
 */
function longest(started: number): number {
  return 1e6 * (performance.now() - started + 1);
}

/** End − begin of every pair, in nanoseconds; negative if the clock was set back between them. */
function spans(stamps: BigUint64Array): number[] {
  return Array.from({ length: stamps.length / 2 }, (_, i) => Number(stamps[2 * i + 1] - stamps[2 * i]));
}

/**
 * The grain of the timer in nanoseconds, of which every stamp is a multiple. Browsers round to 65,536 or 100,000. 0 if
 * all stamps are 0.
 */
export function grainOf(stamps: BigUint64Array): number {
  return Number(stamps.reduce(greatestDivisor, 0n));
}

function greatestDivisor(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

/**
 * Repeats of a dispatch that takes `span` so that they take `least`. A span of 0 is below the timer's grain and counts
 * as a tenth of it. After a negative span there is no repeat, because the dispatch may be long.
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
    readonly repeats: number[],
  ) {}

  static async create(gpu: Gpu, program: Program): Promise<WallClockProfiler> {
    const repeats: number[] = [];
    const profiler = new WallClockProfiler(gpu, program, repeats);
    for (let i = 0; i < program.length; i++) {
      await profiler.milliseconds(i, 0, 1); // The first run of a pipeline takes longer.
      // A submission itself takes a millisecond, so that the time of several repeats says more.
      const first = repeatsFor(await profiler.milliseconds(i, 0, 1), WALL_CLOCK_MS, 1);
      const ms = (await profiler.milliseconds(i, 0, first)) / first;
      repeats.push(repeatsFor(ms, WALL_CLOCK_MS, 0.01));
    }
    return profiler;
  }

  async measure(slot: number, length = this.program.length): Promise<DispatchTimes> {
    const nanoseconds: number[] = [];
    for (const [i, repeats] of this.repeats.slice(0, length).entries()) {
      nanoseconds.push((1e6 * (await this.milliseconds(i, slot, repeats))) / repeats);
    }
    return { nanoseconds, dropped: 0 };
  }

  async trace(): Promise<undefined> {} // The host's clock can tell durations only.

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
