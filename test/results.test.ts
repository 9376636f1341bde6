import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeText } from '../src/cli/files.ts';
import { type Target, writeResults } from '../src/cli/results.ts';

const folder = mkdtempSync(join(tmpdir(), 'results-'));
const target = (name: string): Target => [`--csv ${name}`, () => writeText(join(folder, name), 'x', '--csv')];

test('every result is written, whatever becomes of the others, and the failure names all that are not', async () => {
  const writing = writeResults([target('no/a.csv'), target('b.csv'), target('no/c.csv'), target('d.csv')]);
  await expect(writing).rejects.toMatchObject({
    code: 'not-saved',
    message:
      '--csv no/a.csv (ENOENT), --csv no/c.csv (ENOENT) cannot be written: free some space or choose other places',
  });
  for (const name of ['b.csv', 'd.csv']) expect(readFileSync(join(folder, name), 'utf8')).toBe('x');
});

test('a single failure is told as it is', async () => {
  await expect(writeResults([target('no/a.csv'), target('b.csv')])).rejects.toThrow(
    `${join(folder, 'no/a.csv')} cannot be written (ENOENT): choose another place for --csv`,
  );
  await expect(writeResults([target('b.csv')])).resolves.toBeUndefined();
});
