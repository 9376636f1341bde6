import { readFileSync } from 'node:fs';
import { expect, test } from 'playwright/test';
import { referenceFiles } from '../e2e/jobs.ts';
import { expectReproduced } from '../e2e/reproduced.ts';
import { packagePath } from '../src/hosts/package_path.ts';
import type { Check } from '../src/verify/check.ts';
import { lavapipeEnvironment, runCommand } from './lavapipe.ts';

const env = lavapipeEnvironment();

if (env) {
  test('Dawn on lavapipe: every kernel equals its reference, every reference file is reproduced', () => {
    const files = referenceFiles();
    const paths = files.map(({ name }) => packagePath(`test/golden/${name}`));
    const result = test.info().outputPath('verify.json');
    runCommand(env, 'verify', '--runtime', 'dawn', '--adapter', 'software', '--json', result, ...paths);
    const { checks, adapter } = JSON.parse(readFileSync(result, 'utf8')) as { checks: Check[]; adapter: string };
    expect(adapter).toMatch(/llvmpipe/i);
    expect(checks.filter(({ passed }) => !passed)).toEqual([]);
    for (const file of files) expectReproduced(file, checks);
  });
} else {
  test('Dawn on lavapipe is not tested: install Mesa 23 or newer, or set LAVAPIPE_ICD', () => {
    expect(env).toBeUndefined();
  });
}
