import { expect, it } from 'vitest';
import { asFailure } from '../src/errors.ts';
import { read } from './series_files.ts';
import { OTHER_FILES } from './series_kinds.ts';
import { type Kind, TABLES } from './series_tables.ts';

const KINDS = [...TABLES, ...OTHER_FILES];

/** The series as they were read, or the error. */
async function outcome({ name, content, options }: Kind): Promise<string> {
  const set = await read(name, content, options).catch(asFailure);
  if (set instanceof Error) return `refused: ${set.message}`;
  const { samples, timeSteps, inputDim, channelNames, target, ids, filled, lengths } = set;
  const labels = target.kind === 'class' ? `classes ${target.classes.join(', ')}` : `numbers ${target.name}`;
  return [
    `${samples} series of ${timeSteps} steps × ${inputDim}`,
    channelNames.some((channel) => !/^channel \d+$/.test(channel)) ? `channels ${channelNames.join(', ')}` : '',
    `${labels}`,
    `first values ${[...set.x.slice(0, 3)].map((value) => Number(value.toPrecision(6))).join(', ')}`,
    ids ? `ids ${ids[0]} … ${ids.at(-1)}` : '',
    filled ? `${filled} filled` : '',
    lengths ? `lengths ${lengths.join(', ')}` : '',
  ]
    .filter((part) => part !== '')
    .join('; ');
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

it('says in its document what becomes of files of many kinds', async () => {
  const rows = [];
  for (const kind of KINDS) {
    rows.push(`| ${cell(kind.words)} | \`${kind.name}\` | ${cell(await outcome(kind))} |`);
  }
  const text = `# What becomes of files

[Your own series](own_series.md) says how files are read. This table has ${KINDS.length} small files as programs and people write
them, and what became of each. A test reads them
(\`test/series_tables.ts\`, \`test/series_kinds.ts\`) and writes the table.

| the file | its name | what became of it |
| --- | --- | --- |
${rows.join('\n')}
`;
  await expect(text).toMatchFileSnapshot('../docs/series_files.md');
});
