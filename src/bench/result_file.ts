import { MODEL_NAMES } from '../model/config.ts';
import {
  flag,
  fromZero,
  list,
  number,
  object,
  optional,
  positive,
  type Rule,
  record,
  requireFields,
  rule,
  text,
  wrongFile,
} from '../rules.ts';
import { rulesOf } from '../settings/kinds.ts';
import { type BenchResult, type Comparable, FORMAT } from './result.ts';
import { SWEPT_SIZES } from './swept_sizes.ts';

// What a file must hold to be shown and compared.

const timer = rule('timestamp or wall-clock', (value) => value === 'timestamp' || value === 'wall-clock');
const date = rule('a date', (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)));
const sweptSize = rule('a size that is swept', (value) => SWEPT_SIZES.some((size) => size === value));

const format = rule(
  `a number up to ${FORMAT}, the newest form that this version reads`,
  (value) => typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= FORMAT,
);
/** One positive figure for each start. Format 1 has none. */
const starts = optional(list(positive));

const interval = { low: number, high: number };
const rate = { low: positive, high: positive };
const times = { medianMs: positive, lowMs: fromZero, highMs: positive };
const sizes = rulesOf([...MODEL_NAMES, 'batchSize']);

const ENVIRONMENT = {
  adapter: object({
    vendor: text,
    architecture: text,
    description: text,
    isSoftware: flag,
    features: list(text),
    limits: record(number),
  }),
  tiles: object({ forward: text, backward: text }),
  timer,
  droppedTimes: fromZero,
  userAgent: optional(text),
  browser: optional(text),
  platform: optional(text),
  version: optional(text),
  config: object({ ...sizes, seed: number }),
};
const CHECK = { subject: text, name: text, error: fromZero, tolerance: fromZero, passed: flag };
const SCORE = {
  version: positive,
  value: positive,
  ...rate,
  rounds: positive,
  starts,
  workloads: list(object({ name: text, ...sizes, samplesPerSecond: positive, ...rate })),
};
const ROW = {
  name: text,
  ...times,
  samples: positive,
  starts,
  flops: fromZero,
  bytes: fromZero,
  shareOfLimit: fromZero,
};
const PEER = {
  peer: text,
  version: text,
  detail: text,
  ratio: positive,
  ...rate,
  oursMs: positive,
  theirsMs: positive,
  rounds: positive,
  starts,
};
const EPOCH = {
  trainingSteps: fromZero,
  validationSteps: fromZero,
  seconds: number,
  outsideKernels: number,
  ...interval,
};
const SWEEP_POINT = {
  size: sweptSize,
  value: positive,
  problem: optional(text),
  medianMs: optional(positive),
  lowMs: optional(positive),
  highMs: optional(positive),
  samples: optional(positive),
  flops: optional(fromZero),
  timePerFlopPs: optional(positive),
  shareOfPeak: optional(fromZero),
  ratioToBest: optional(positive),
  isSlow: optional(flag),
};

/** The fields that identify a file of measurements. */
const COMPARABLE: Record<string, Rule> = {
  format: optional(format),
  environment: object(ENVIRONMENT),
  limits: object({ multiplyAddGflops: positive, copyGBs: positive }),
  rows: list(object(ROW)),
};
const RESULT: Record<string, Rule> = {
  lstmShareOfPeak: object({ median: number, ...interval }),
  date,
  correctness: list(object(CHECK)),
  score: optional(object(SCORE)),
  invalid: optional(list(text)),
  ratios: list(object(PEER)),
  epoch: optional(object(EPOCH)),
  sweeps: optional(list(object(SWEEP_POINT))),
};

/** Throws invalid-file, naming the first mistake, unless `content` is a benchmark's result. */
export function requireBenchResult(path: string, content: unknown): asserts content is BenchResult {
  const wanted = 'a file that bench --json wrote';
  requireComparable(path, content, wanted);
  requireFields(path, content, RESULT, wanted);
}

/** Throws invalid-file, naming the first mistake and what is `wanted`, unless `content` can be compared. */
export function requireComparable(path: string, content: unknown, wanted: string): asserts content is Comparable {
  requireFields(path, content, COMPARABLE, wanted);
  if ((content as Comparable).rows.length === 0) throw wrongFile(path, 'has no rows', wanted);
}
