import { expect, test } from 'playwright/test';
import { kernels } from '../shaders/index.ts';
import { runInChrome } from '../src/hosts/chrome.ts';
import { runInDawn } from '../src/hosts/dawn.ts';
import type { Host } from '../src/hosts/host.ts';
import type { Check } from '../src/verify/check.ts';
import { collect, referenceFiles } from './jobs.ts';

/** Checks of a file in one way: loss, seven gradients, losses, correct counts, seven parameters; five forward tensors if it has them. */
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
        const own = checks.filter(({ subject }) => subject.startsWith(name));
        expect(own.filter(({ passed }) => !passed)).toEqual([]);
        const ways = [...new Set(own.map(({ subject }) => subject))];
        const counts = ways.map((way) => own.filter(({ subject }) => subject === way).length);
        const { kind, expected } = content as { kind: string; expected?: object };
        const forward = expected && 'attention' in expected ? CHECKS.forward : 0;
        if (kind === 'dataset') expect(counts).toEqual([CHECKS.dataset]);
        else {
          const [single, ...combined] = counts;
          expect(single).toBe(CHECKS.model + forward);
          // Combined kernels keep the logits to themselves.
          const ofOne = CHECKS.model + Math.max(0, forward - 1);
          expect(combined).toEqual(combined.map(() => ofOne));
          expect(combined.length).toBeGreaterThan(0);
        }
      });
    }
  });
}
