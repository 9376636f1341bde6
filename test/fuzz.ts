import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Failure, type FailureCode } from '../src/errors.ts';
import { bytesMade } from './made_arrays.ts';

/** Cases of each parser; `npm run test:fuzz` sets it to 100,000. */
const CASES = Number(process.env.ATTENTION_LSTM_FUZZ ?? 400);
const IS_LONG = process.env.ATTENTION_LSTM_FUZZ !== undefined;

/** Processor time, which does not depend on the machine's other work. */
const LONGEST_MS = 1000;
/**
 * Bytes that arrays may take beside twice the file, including arrays that are no longer needed: a packed file may
 * unpack to 4 MiB whatever its size.
 */
const ALLOWANCE = 16 * 2 ** 20;
/** Bytes that may be kept of a file beside arrays and texts of twice its size. */
const KEPT_ALLOWANCE = 2 ** 16;

let slowestMs = 0;
let mostBytes = 0;

/** A test of a parser's cases, or of its share if `of` tests have the same parser. */
export function fuzz<Case>(
  name: string,
  cases: fc.Arbitrary<Case>,
  check: (one: Case) => unknown,
  { of = 1 }: { of?: number } = {},
): void {
  const numRuns = Math.ceil(CASES / of);
  it(name, { timeout: 60_000 + 100 * numRuns }, async () => {
    [slowestMs, mostBytes] = [0, 0];
    let slowest: Case | undefined;
    const property = fc.asyncProperty(cases, async (one) => {
      const before = slowestMs;
      await check(one);
      if (slowestMs > before) slowest = one;
    });
    await fc.assert(property, { numRuns });
    if (IS_LONG) await report(`${name}: ${numRuns} cases`, () => check(slowest as Case));
  });
}

/** Also measures the slowest case a second time, because a garbage collection may fall into any case. */
async function report(cases: string, repeat: () => unknown): Promise<void> {
  const [ms, megabytes] = [slowestMs, mostBytes / 1e6];
  slowestMs = 0;
  await repeat();
  const most = `most memory beside twice the file ${megabytes.toFixed(1)} MB`;
  process.stderr.write(`${cases}, slowest ${ms.toFixed(1)} ms, again ${slowestMs.toFixed(1)} ms, ${most}\n`);
}

/**
 * What a reader makes of a file of this size; undefined if it refuses the file with a Failure of one sentence. Throws
 * on any other error, and if it takes too long, too much memory, or keeps more than the file can hold.
 */
export async function readOrRefused<Content>(
  bytes: number,
  read: () => Content | Promise<Content>,
  codes: FailureCode[] = ['invalid-file'],
): Promise<Content | undefined> {
  const readOnce = async () => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Failure) || !codes.includes(error.code)) throw error;
      expect(error.message).toMatch(/^[^\n\r]{10,600}$/);
      return undefined;
    }
  };
  const before = bytesMade();
  const { content, ms } = await timed(readOnce);
  const taken = bytesMade() - before;
  slowestMs = Math.max(slowestMs, ms);
  mostBytes = Math.max(mostBytes, taken - 2 * bytes);
  if (ms >= LONGEST_MS) expect((await timed(readOnce)).ms).toBeLessThan(LONGEST_MS);
  expect(taken).toBeLessThan(2 * bytes + ALLOWANCE);
  expect(keptBytes(content, new Set())).toBeLessThanOrEqual(2 * bytes + KEPT_ALLOWANCE);
  return content;
}

async function timed<Content>(read: () => Promise<Content>): Promise<{ content: Content; ms: number }> {
  const started = process.cpuUsage();
  const content = await read();
  const { user, system } = process.cpuUsage(started);
  return { content, ms: (user + system) / 1000 };
}

/** Bytes of all arrays of numbers, and letters of all texts, in a value. */
function keptBytes(value: unknown, met: Set<unknown>): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null || met.has(value)) return 0;
  met.add(value);
  if (ArrayBuffer.isView(value)) return met.has(value.buffer) ? 0 : keptBytes(value.buffer, met);
  if (value instanceof ArrayBuffer) return value.byteLength;
  const parts = value instanceof Map ? [...value].flat() : Object.entries(value).flat();
  return parts.reduce((sum: number, part) => sum + keptBytes(part, met), 0);
}
