import { expect, test } from 'playwright/test';
import { runDawnProgram } from './dawn_program.ts';

test('the library does what it says', async () => {
  test.setTimeout(300_000);
  const results = await runDawnProgram<[name: string, problem: string | undefined][]>('library_use');
  expect(results).toHaveLength(17);
  for (const [name, problem] of results) expect.soft(problem, name).toBeUndefined();
});
