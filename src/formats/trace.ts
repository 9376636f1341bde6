import { attained, type ProfileResult, type ProfileRow } from '../bench/profile_result.ts';

// Chrome's Trace Event Format, which Perfetto and chrome://tracing open. Times are in microseconds.

/** A span of time on a thread. */
export interface CompleteEvent {
  ph: 'X';
  name: string;
  cat: string;
  ts: number;
  dur: number;
  pid: number;
  tid: number;
  args: Record<string, number | string>;
}

/** Names a process or a thread. */
export interface MetadataEvent {
  ph: 'M';
  name: 'process_name' | 'thread_name';
  pid: number;
  tid: number;
  args: { name: string };
}

export interface Trace {
  traceEvents: (CompleteEvent | MetadataEvent)[];
  displayTimeUnit: 'ms';
  /** Shown as the trace's own description. */
  otherData: Record<string, string>;
}

const PROCESS = { pid: 1, tid: 1 };

/** A profile's timeline as a trace; each dispatch carries its kernel's figures. */
export function traceOf({ environment, timeline, rows }: ProfileResult): Trace {
  const { adapter, timer, grainNanoseconds, userAgent, config, tiles, fused } = environment;
  const figures = new Map(rows.map((row) => [row.name, figuresOf(row)]));
  const events = timeline.spans.map(({ name, kernel, part, startUs, durationUs }): CompleteEvent => {
    const args = figures.get(kernel) ?? {};
    return { ph: 'X', name, cat: part, ts: startUs, dur: durationUs, ...PROCESS, args };
  });
  const thread = timeline.isMeasured ? 'dispatches' : 'dispatches, mean times laid end to end';
  return {
    traceEvents: [
      { ph: 'M', name: 'process_name', ...PROCESS, args: { name: `${adapter.description}: a training step` } },
      { ph: 'M', name: 'thread_name', ...PROCESS, args: { name: thread } },
      ...events,
    ],
    displayTimeUnit: 'ms',
    otherData: {
      adapter: adapter.description,
      timer: grainNanoseconds === undefined ? timer : `${timer}, multiples of ${grainNanoseconds} ns`,
      userAgent: userAgent ?? 'unknown',
      config: JSON.stringify(config),
      tiles: `forward ${tiles.forward}, backward ${tiles.backward}`,
      kernels: fused ? 'combined' : 'single',
    },
  };
}

function figuresOf(row: ProfileRow): Record<string, number> {
  const { gflops, gbs } = attained(row);
  const { flops, bytes, shareOfLimit, meanMs } = row;
  return { flops, bytes, 'GFLOP/s': gflops, 'GB/s': gbs, 'share of limit': shareOfLimit, 'mean ms': meanMs };
}
