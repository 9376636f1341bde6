import { expect } from 'playwright/test';
import type { VerifyJob } from '../src/jobs/protocol.ts';
import type { ModelConfig } from '../src/model/config.ts';
import type { Check } from '../src/verify/check.ts';

/**
 * Checks of a file in one mode: loss, seven gradients, losses, correct counts, seven parameters; and five forward
 * tensors if the file has them.
 */
const CHECKS = { model: 17, forward: 5, dataset: 8 };

/**
 * Compares the checks of a reference file with their tolerances, with single kernels and with every division of the
 * combined ones.
 */
export function expectReproduced({ name, content }: VerifyJob['files'][number], checks: Check[]): void {
  const own = checks.filter(({ subject }) => subject.startsWith(name));
  expect(own.filter(({ passed }) => !passed)).toEqual([]);
  const ways = [...new Set(own.map(({ subject }) => subject))];
  const counts = ways.map((way) => own.filter(({ subject }) => subject === way).length);
  const { kind, expected, config } = content as { kind: string; expected?: object; config?: ModelConfig };
  const forward = expected && 'attention' in expected ? CHECKS.forward : 0;
  if (kind === 'dataset') {
    expect(counts).toEqual([CHECKS.dataset]);
    return;
  }
  const [single, ...combined] = counts;
  expect(combined.length).toBeGreaterThan(0);
  if (kind === 'layers-step') {
    const { attention = {}, gradients } = expected as Record<'attention' | 'gradients', object>;
    // Loss, logits, losses and each attention; a gradient and an end of each parameter.
    const whole = 3 + Object.keys(attention).length + 2 * Object.keys(gradients).length;
    const { layers } = config as unknown as { layers: { kind?: string }[] };
    expect(single).toBe(whole);
    const unstored = layers.at(-1)?.kind === 'binary' ? 1 : 0;
    expect(combined).toEqual(combined.map(() => whole - unstored));
    return;
  }
  expect(single).toBe(CHECKS.model + forward);
  // The combined kernel of a binary output does not store the logits.
  const kept = forward > 0 && !config?.output ? 1 : 0;
  expect(combined).toEqual(combined.map(() => CHECKS.model + forward - kept));
}
