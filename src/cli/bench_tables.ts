import { type Comparison, describeVerdict } from '../bench/compare.ts';
import type { EpochShare } from '../bench/epoch.ts';
import type { MedianInterval } from '../bench/estimate.ts';
import { digits, percent } from '../bench/figures.ts';
import type { Limits } from '../bench/limits.ts';
import type { BenchResult, BenchRow } from '../bench/result.ts';
import type { Score } from '../bench/score.ts';
import { MOST_GROWTH, type RatedPoint } from '../bench/swept_sizes.ts';
import { plainText, table } from './terminal.ts';

/** A benchmark as tables within 80 columns, unless kernels' names are too long. */
export function benchTables(result: BenchResult): string {
  const { environment, limits, rows, lstmShareOfPeak, epoch, score, invalid, sweeps } = result;
  const { adapter, timer } = environment;
  const parts = [
    [`Adapter: ${plainText(adapter.description)}${adapter.isSoftware ? ' (software adapter)' : ''}`],
    [rowTable(rows)],
    [
      `n rounds in ${rows[0].starts?.length ?? 1} starts; limits: ${limitsText(limits)}`,
      `LSTM forward + backward: ${shareText(lstmShareOfPeak)} of the multiply-add peak`,
      ...(epoch ? [epochText(epoch)] : []),
      `kernels by ${timer}, steps by wall clock${droppedText(environment.droppedTimes)}`,
    ],
    ...(score ? [[scoreTable(score)]] : []),
    ...(invalid ? [invalid.map((reason) => `Invalid: ${plainText(reason)}`)] : []),
    ...(sweeps ? [[sweepTable(sweeps)]] : []),
  ];
  return parts.map((lines) => lines.join('\n')).join('\n\n');
}

function rowTable(rows: BenchRow[]): string {
  const cells = rows.map(({ name, medianMs, lowMs, highMs, samples, shareOfLimit }) => [
    name,
    milliseconds(medianMs),
    `${milliseconds(lowMs)}–${milliseconds(highMs)}`,
    String(samples),
    percent(shareOfLimit),
  ]);
  return table(['', 'median ms', '95 %', 'n', 'limit'], cells, ['left', 'right', 'right', 'right', 'right']);
}

export function limitsText({ multiplyAddGflops, copyGBs }: Limits): string {
  return `multiply-add ${digits(multiplyAddGflops)} GFLOP/s, copy ${digits(copyGBs)} GB/s`;
}

function shareText({ median, low, high }: MedianInterval): string {
  return `${percent(median)} (${percent(low)} to ${percent(high)})`;
}

function epochText({ trainingSteps, validationSteps, seconds, outsideKernels, low, high }: EpochShare): string {
  const share = shareText({ median: outsideKernels, low, high });
  return `epoch of ${trainingSteps} + ${validationSteps} steps in ${digits(seconds)} s: ${share} not in kernels`;
}

export function droppedText(dropped: number): string {
  return dropped === 0 ? '' : `; ${dropped} impossible times left out`;
}

/** Samples a second: the score, and the rates of which it is the geometric mean. */
function scoreTable({ version, rounds, workloads, ...score }: Score): string {
  const cells = [
    { name: `score (version ${version})`, samplesPerSecond: score.value, low: score.low, high: score.high },
    ...workloads.map(({ name, batchSize, ...rate }) => ({ name: `${name}, batch ${batchSize}`, ...rate })),
  ].map(({ name, samplesPerSecond, low, high }) => [
    name,
    digits(samplesPerSecond),
    `${digits(low)}–${digits(high)}`,
    String(rounds),
  ]);
  return table(['', 'samples/s', '95 %', 'n'], cells, ['left', 'right', 'right', 'right']);
}

/**
 * The sweeps, with a line for sizes that do not fit and one for sizes whose cost grows faster than their arithmetic.
 */
function sweepTable(points: RatedPoint[]): string {
  const measured = points.filter(({ problem }) => problem === undefined);
  const cells = measured.map(
    ({ size, value, medianMs = 0, samples, flops = 0, timePerFlopPs = 0, ratioToBest = 0 }) => [
      `${size} ${value}`,
      milliseconds(medianMs),
      String(samples),
      (flops / 1e6).toPrecision(3),
      digits(timePerFlopPs),
      `${ratioToBest.toFixed(2)}${ratioToBest > MOST_GROWTH ? ' !' : '  '}`,
    ],
  );
  const headers = ['one step at', 'median ms', 'n', 'MFLOP', 'ps a flop', '/ best  '];
  const lines = [table(headers, cells, ['left', 'right', 'right', 'right', 'right', 'right'])];
  lines.push('/ best: time a flop against the best of its sweep, each beside the peak of its moment');
  for (const { size, value, problem } of points) if (problem) lines.push(`${size} ${value}: ${problem}`);
  const slow = points.filter(({ isSlow }) => isSlow).map(({ size, value }) => `${size} ${value}`);
  const beyond = `beyond ${MOST_GROWTH} × the best`;
  lines.push(slow.length > 0 ? `${beyond}: ${slow.join(', ')}` : `no size is ${beyond}`);
  return lines.join('\n');
}

const SMALLEST = 'not told apart (n): a change of n or more would have been found in 90 % of runs';

/** Changes since an older result. */
export function comparisonTable({ rows, limits, isNormalised, warnings }: Comparison): string {
  const cells = rows.map((row) => [row.name, milliseconds(row.oldMs), milliseconds(row.newMs), describeVerdict(row)]);
  const lines = [table(['', 'then ms', 'now ms', ''], cells, ['left', 'right', 'right', 'left'])];
  const machine = `limits now / then: multiply-add ${limits.multiplyAddGflops.toFixed(2)}, copy ${limits.copyGBs.toFixed(2)}`;
  lines.push(`${machine}${isNormalised ? '; the changes take them into account' : ''}`);
  lines.push(...warnings.map((warning) => `Warning: ${plainText(warning)}`));
  lines.push(...(rows.some(({ verdict }) => verdict === 'not told apart') ? [SMALLEST] : []));
  const slower = rows.filter(({ verdict }) => verdict === 'slower').length;
  lines.push(slower === 0 ? 'Nothing became slower' : `${slower} of ${rows.length} became slower`);
  return lines.join('\n');
}

/** Three digits; empty if it was not measured. */
function milliseconds(ms: number | undefined): string {
  return ms === undefined ? '' : digits(ms);
}
