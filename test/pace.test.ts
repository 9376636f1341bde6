import { expect, test } from 'vitest';
import { Pace } from '../src/train/pace.ts';

/** Whether the promise has settled after everything that waited has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  await new Promise((resolve) => setTimeout(resolve));
  return settled;
}

test('a run goes on and on until it is paused, and on again when it is resumed', async () => {
  const pace = new Pace();
  expect(await pace.next()).toBe(Number.POSITIVE_INFINITY);
  pace.pause();
  const next = pace.next();
  expect(await isSettled(next)).toBe(false);
  pace.resume();
  expect(await next).toBe(Number.POSITIVE_INFINITY);
});

test('a single step is one update, then the run waits', async () => {
  const pace = new Pace();
  pace.pause();
  const first = pace.next();
  pace.singleStep();
  expect(await first).toBe(1);
  const second = pace.next();
  expect(await isSettled(second)).toBe(false);
  pace.singleStep();
  expect(await second).toBe(1);
  pace.resume();
  expect(await pace.next()).toBe(Number.POSITIVE_INFINITY);
});

test('a pause that comes before the step was taken holds it back', async () => {
  const pace = new Pace();
  pace.pause();
  const next = pace.next();
  pace.singleStep();
  pace.pause();
  expect(await isSettled(next)).toBe(false);
});
