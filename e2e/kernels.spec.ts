import { expect, test } from 'playwright/test';
import { kernels } from '../shaders/index.ts';
import { lstmForward } from '../shaders/lstm.ts';
import { HOSTS } from '../src/cli/hosts.ts';
import { readsBinding } from '../src/gpu/kernel.ts';
import type { Host } from '../src/hosts/host.ts';
import type { VerifyJob } from '../src/jobs/protocol.ts';
import type { Check } from '../src/verify/check.ts';
import { trialsOf } from '../src/verify/kernel_cases.ts';
import { runDawnProgram } from './dawn_program.ts';
import { collect, referenceFiles } from './jobs.ts';
import { expectReproduced } from './reproduced.ts';

/**
 * Kernels that measure the adapter meet no extreme numbers. All others meet them over 1,024 steps too, with every tile.
 */
const MEASURING = ['multiply_add_peak', 'copy_bandwidth'];
const CHAINED = ['lstm_forward', 'lstm_backward'];
const { all, id } = lstmForward.tiles;
const CHAINS = all({ timeSteps: 1024, inputDim: 2, units: 3, batch: 4 }).flatMap((tile) =>
  ['normal', 'saturated', '±1e30', 'subnormal'].map((numbers) => `1,024 steps, ${id(tile)}, ${numbers}`),
);

/** These take longest. Chrome gets the same bits as Dawn in `training.spec.ts`. */
const LARGEST = ['seed_batches.json', 'wide.json'];

/** Runs a verify job and returns its checks. */
async function checksOf(host: Host, job: Omit<VerifyJob, 'type'>): Promise<Check[]> {
  const events = await collect(host, { type: 'verify', ...job });
  return events.filter((event) => event.type === 'check');
}

// Each group runs in one worker, because all of its tests read the same results.

test.describe('on chrome', () => {
  test.describe.configure({ mode: 'default' });
  const files = referenceFiles().filter(({ name }) => !LARGEST.includes(name));
  let checks: Check[] = [];
  test.beforeAll(async () => {
    test.setTimeout(600_000);
    checks = await checksOf(HOSTS.chrome, { files });
  });

  for (const kernel of kernels) {
    test(`${kernel.name} equals its float64 reference in every case`, () => {
      const own = checks.filter(({ subject }) => subject === kernel.name);
      expect(own.filter(({ passed }) => !passed)).toEqual([]);
      // Trials that need a feature may be missing, on an adapter without it; all others have run.
      const general = trialsOf(kernel).filter(({ shape, tile }) => !kernel.features?.(shape, tile).length);
      const names = own.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(general.map(({ name }) => name)));
      const extremes = ['±1e30', 'subnormal'].map((scale) => names.find((name) => name.includes(scale)));
      const reads = Object.values(kernel.bindings).some(readsBinding);
      const wanted = MEASURING.includes(kernel.name) || !reads ? undefined : expect.any(String);
      expect(extremes).toEqual([wanted, wanted]);
      if (!CHAINED.includes(kernel.name)) return;
      expect(names.filter((name) => name.startsWith('1,024 steps'))).toEqual(CHAINS);
    });
  }
  for (const file of files) test(`${file.name} is reproduced`, () => expectReproduced(file, checks));
});

// Random shapes test its kernels below.
test.describe('on dawn', () => {
  test.describe.configure({ mode: 'default' });
  const files = referenceFiles();
  let checks: Check[] = [];
  test.beforeAll(async () => {
    test.setTimeout(600_000);
    checks = await checksOf(HOSTS.dawn, { kernels: [], files });
  });
  for (const file of files) test(`${file.name} is reproduced`, () => expectReproduced(file, checks));
});

test('kernels equal their float64 references at 400 random shapes', async () => {
  test.setTimeout(300_000);
  const { tried, problem } = await runDawnProgram<{ tried: Record<string, number>; problem?: string }>('random_shapes');
  expect(problem).toBeUndefined();
  const computing = kernels.map(({ name }) => name).filter((name) => !MEASURING.includes(name));
  expect(Object.keys(tried).sort()).toEqual(computing.sort());
  expect(Object.values(tried).reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(400);
});
