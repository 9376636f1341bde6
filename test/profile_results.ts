import type { ProfileResult } from '../src/bench/profile_result.ts';

export const ROW = {
  name: 'lstm_forward',
  medianMs: 2,
  lowMs: 1.9,
  highMs: 2.1,
  samples: 20,
  flops: 4e6,
  bytes: 2e6,
  shareOfLimit: 0.2,
  count: 3,
  totalMs: 6,
  meanMs: 2,
  p95Ms: 2.5,
  share: 0.75,
  repeats: 1,
};
/** A profile of three dispatches, two of which overlap. */
export const RESULT: ProfileResult = {
  environment: {
    adapter: { vendor: 'v', architecture: 'a', description: 'an adapter', isSoftware: false, features: [], limits: {} },
    timer: 'timestamp',
    droppedTimes: 2,
    config: { timeSteps: 8, inputDim: 1, units: 4, singleAttentionVector: false, batchSize: 32, seed: 1 },
    grainNanoseconds: 100,
    tiles: { forward: 'units/1/registers', backward: 'units/2/registers' },
    fused: true,
  },
  length: 'step',
  steps: 20,
  validationSteps: 0,
  stopped: false,
  limits: { multiplyAddGflops: 10, copyGBs: 5 },
  stepMs: { median: 7, low: 6, high: 8 },
  rows: [ROW, { ...ROW, name: 'adam', count: 1, totalMs: 2, share: 0.25 }],
  timeline: {
    isMeasured: true,
    spans: [
      { name: 'lstm_forward from step 0', kernel: 'lstm_forward', part: 'forward', startUs: 10, durationUs: 40 },
      { name: 'lstm_forward from step 16', kernel: 'lstm_forward', part: 'forward', startUs: 60, durationUs: 40 },
      { name: 'adam', kernel: 'adam', part: 'backward', startUs: 90, durationUs: 20 },
    ],
  },
};
