import { expect, test } from 'playwright/test';
import { runDawnProgram } from './dawn_program.ts';

test('more than a device has is named, and what was there before stays', async () => {
  const results = await runDawnProgram<[name: string, problem: string | undefined][]>('limits');
  expect(results).toHaveLength(5);
  for (const [name, problem] of results) expect.soft(problem, name).toBeUndefined();
});
