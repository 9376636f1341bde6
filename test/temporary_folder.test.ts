import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import setUp from './temporary_folder.ts';

it('holds what is made during a run, and goes with it', () => {
  const outside = tmpdir();
  const tearDown = setUp();
  const made = mkdtempSync(join(tmpdir(), 'made-'));
  const folder = dirname(made);
  expect(dirname(folder)).toBe(outside);
  expect([process.env.TMPDIR, process.env.TEMP, process.env.TMP]).toEqual([folder, folder, folder]);
  tearDown();
  expect(existsSync(folder)).toBe(false);
  expect(tmpdir()).toBe(outside);
});

it('is what these tests run in', () => {
  expect(tmpdir()).toMatch(/alw-\w{6}$/);
});
