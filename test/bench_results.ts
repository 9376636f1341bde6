import type { BenchResult, BenchRow } from '../src/bench/result.ts';

/** A row of a benchmark of six starts, whose times are all near `medianMs`: within `spread`. */
export function row(name: string, medianMs: number, over: Partial<BenchRow> = {}, spread = 0.02): BenchRow {
  const interval = { lowMs: (1 - spread) * medianMs, highMs: (1 + spread) * medianMs };
  const starts = [-1, -0.5, -0.25, 0.25, 0.5, 1].map((share) => (1 + spread * share) * medianMs);
  return { name, medianMs, ...interval, samples: 20, starts, flops: 1e6, bytes: 1e3, shareOfLimit: 0.5, ...over };
}

/** A benchmark's result with these rows. */
export function result(rows: BenchRow[], over: Partial<BenchResult> = {}): BenchResult {
  return {
    format: 2,
    date: '2026-01-02T03:04:05.000Z',
    correctness: [],
    environment: {
      adapter: { vendor: 'v', architecture: 'a', description: 'Model 7', isSoftware: true, features: [], limits: {} },
      tiles: { forward: 'quads/32', backward: 'quads/32' },
      timer: 'timestamp',
      droppedTimes: 0,
      config: { timeSteps: 64, inputDim: 1, units: 32, singleAttentionVector: false, batchSize: 256, seed: 1 },
    },
    limits: { multiplyAddGflops: 16, copyGBs: 2 },
    rows,
    lstmShareOfPeak: { median: 0.3, low: 0.28, high: 0.33 },
    ratios: [],
    ...over,
  };
}

/** A result with every field that a result can have. */
export const WHOLE = result([row('a', 1)], {
  correctness: [{ subject: 'adam', name: 'adam', error: 1e-7, tolerance: 1e-5, passed: true }],
  score: {
    version: 1,
    value: 100,
    low: 90,
    high: 110,
    rounds: 9,
    starts: [100, 101],
    workloads: [
      {
        name: 'large',
        batchSize: 2048,
        timeSteps: 64,
        inputDim: 1,
        units: 32,
        singleAttentionVector: false,
        samplesPerSecond: 100,
        low: 90,
        high: 110,
      },
    ],
  },
  invalid: ['it was hidden'],
  ratios: [
    {
      peer: 'TensorFlow.js CPU',
      version: '4',
      detail: 'plain JavaScript',
      ratio: 0.1,
      low: 0.09,
      high: 0.11,
      oursMs: 1,
      theirsMs: 10,
      rounds: 6,
      starts: [0.1, 0.1],
    },
  ],
  sweeps: [
    {
      size: 'units',
      value: 8,
      medianMs: 1,
      lowMs: 1,
      highMs: 1,
      samples: 3,
      flops: 1,
      timePerFlopPs: 1,
      shareOfPeak: 0.1,
    },
    { size: 'units', value: 256, problem: 'it does not fit' },
  ],
});
