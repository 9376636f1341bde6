import { execFile } from 'node:child_process';
import { copyFileSync, cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'playwright/test';
import { collect, referenceFiles, SMALL, trainOn } from '../e2e/jobs.ts';
import { pack } from '../e2e/packed.ts';
import { expectReproduced } from '../e2e/reproduced.ts';
import { kernels } from '../shaders/index.ts';
import { packagePath } from '../src/hosts/package_path.ts';
import { softwareEnvironment } from '../src/hosts/software_driver.ts';
import type { Check } from '../src/verify/check.ts';
import { trialsOf } from '../src/verify/kernel_cases.ts';
import { DENO, runInDeno } from './deno_host.ts';

test.describe('kernels and reference files', () => {
  test.describe.configure({ mode: 'default' });
  const files = referenceFiles();
  let checks: Check[] = [];
  test.beforeAll(async () => {
    test.setTimeout(600_000);
    const events = await collect(runInDeno, { type: 'verify', files });
    checks = events.filter((event) => event.type === 'check');
  });

  test('every kernel equals its float64 reference in every case', () => {
    expect(checks.filter(({ passed }) => !passed)).toEqual([]);
    for (const kernel of kernels) {
      const names = checks.filter(({ subject }) => subject === kernel.name).map(({ name }) => name);
      // wgpu has no subgroups.
      const general = trialsOf(kernel).filter(({ shape, tile }) => !kernel.features?.(shape, tile).length);
      expect(names).toEqual(expect.arrayContaining(general.map(({ name }) => name)));
    }
  });
  for (const file of files) test(`${file.name} is reproduced`, () => expectReproduced(file, checks));
});

test('it trains as Dawn does', async () => {
  const { history, attention } = await trainOn(runInDeno, SMALL);
  expect(history.at(-1)?.valAccuracy).toBeGreaterThan(0.95);
  expect(attention.values.indexOf(Math.max(...attention.values))).toBe(SMALL.attentionColumn);
});

test('the library trains, keeps and loads a model in Deno', async () => {
  const packed = pack();
  const folder = test.info().outputPath('user');
  try {
    // A folder with a package.json of its own, as a user has.
    cpSync(packed.path, join(folder, 'node_modules', 'attention-lstm-webgpu'), { recursive: true });
  } finally {
    packed.remove();
  }
  writeFileSync(join(folder, 'package.json'), '{}');
  copyFileSync(packagePath('examples/deno.mjs'), join(folder, 'deno.mjs'));
  const options = { cwd: folder, env: softwareEnvironment() };
  const { stdout } = await promisify(execFile)(process.execPath, [...DENO, 'deno.mjs'], options);
  expect(stdout).toMatch(/epoch 15: accuracy (1\.000|0\.9\d\d)/);
  expect(stdout).toContain('It looks at step 5; the label is in step 5.');
  expect(stdout).toContain('The model that was read back predicts the same.');
});
