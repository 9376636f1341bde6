import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { dispatchLists } from './dispatch_lists.ts';

const STORED = new URL('./dispatch_lists.json', import.meta.url);

// After an intended change: UPDATE_DISPATCH_LISTS=1 npx vitest run test/dispatch_lists.test.ts, then read the
// difference.
it('dispatches kernels, WGSL, workgroups and slices of tensors as stored', () => {
  const lists = dispatchLists();
  if (process.env.UPDATE_DISPATCH_LISTS) writeFileSync(STORED, `${JSON.stringify(lists, null, 1)}\n`);
  expect(lists).toEqual(JSON.parse(readFileSync(STORED, 'utf8')));
});
