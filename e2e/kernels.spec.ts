import { expect, test } from 'playwright/test';
import { kernels } from '../shaders/index.ts';
import { runInChrome } from '../src/hosts/chrome.ts';
import { runInDawn } from '../src/hosts/dawn.ts';
import type { Host } from '../src/hosts/host.ts';
import type { Check } from '../src/verify/check.ts';
import { collect, referenceFiles } from './jobs.ts';

/** Checks of a file: loss, seven gradients, losses, correct counts, seven parameters; and five forward tensors where it has them. */
const CHECKS = { model: 17, forward: 5, dataset: 8 };

for (const [runtime, host] of Object.entries({ chrome: runInChrome, dawn: runInDawn } satisfies Record<string, Host>)) {
  test.describe(`on ${runtime}`, () => {
    let checks: Check[] = [];

    test.beforeAll(async () => {
      test.setTimeout(600_000);
      const events = await collect(host, { type: 'verify', files: referenceFiles() });
      checks = events.filter((event) => event.type === 'check');
    });

    for (const kernel of kernels) {
      test(`${kernel.name} equals its float64 reference in every case`, () => {
        const own = checks.filter(({ subject }) => subject === kernel.name);
        expect(own.filter(({ passed }) => !passed)).toEqual([]);
        // Cases that need a feature this adapter lacks are not for it; everything else has run.
        const general = kernel.cases.filter(({ shape }) => !kernel.features?.(shape).length);
        expect(own.map(({ name }) => name)).toEqual(expect.arrayContaining(general.map(({ name }) => name)));
      });
    }

    for (const { name, content } of referenceFiles()) {
      test(`${name} is reproduced`, () => {
        const own = checks.filter(({ subject }) => subject === name);
        expect(own.filter(({ passed }) => !passed)).toEqual([]);
        const { kind, expected } = content as { kind: string; expected?: object };
        const hasForward = expected && 'attention' in expected;
        const model = CHECKS.model + (hasForward ? CHECKS.forward : 0);
        expect(own).toHaveLength(kind === 'dataset' ? CHECKS.dataset : model);
      });
    }
  });
}
