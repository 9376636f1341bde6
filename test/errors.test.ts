import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ErrorSentences } from './error_sentences.ts';
import { SyntaxTree, within } from './syntax_tree.ts';

const names = ['src', 'shaders'].flatMap((folder) =>
  readdirSync(folder, { recursive: true }).map((name) => join(folder, `${name}`)),
);
const sources = names.filter((name) => name.endsWith('.ts')).map((name) => [name, readFileSync(name, 'utf8')]);
const tree = new SyntaxTree(Object.fromEntries(sources));

/** The rows of all tables, each with the word by which its section is called: a code. */
const rows = readRows(readFileSync('docs/errors.md', 'utf8'));
const listed = rows
  .filter(({ code }) => code !== 'Warnings')
  .map(({ code, cells: [sentence] }) => `${code}: ${sentence}`);
const thrown = [...new ErrorSentences(tree).find()];

function readRows(page: string): { code: string; cells: string[] }[] {
  return page.split(/^## /m).flatMap((section) => {
    const tableLines = section.split('\n').filter((line) => line.startsWith('| ') && !/^\| (sentence|---) /.test(line));
    const cells = (line: string) => line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
    return tableLines.map((line) => ({ code: section.split(/\s/)[0], cells: cells(line).slice(1, -1) }));
  });
}

test('every error of the code has a row', () => {
  expect(thrown.filter((sentence) => !listed.includes(sentence))).toEqual([]);
  expect(thrown.length).toBeGreaterThan(200);
});

test('every row is an error of the code, and is there once', () => {
  expect(listed.filter((sentence, i) => !thrown.includes(sentence) || listed.indexOf(sentence) !== i)).toEqual([]);
});

test('every row has a cause and what to do', () => {
  for (const { cells } of rows) expect(cells, cells[0]).toEqual(Array(3).fill(expect.stringMatching(/./)));
});

test('every code is of some error', () => {
  const [union] = tree.all('TSTypeAliasDeclaration').filter(({ id }) => id.name === 'FailureCode');
  const codes = within(union).filter(({ type }) => type === 'Literal');
  expect(codes.length).toBeGreaterThan(10);
  for (const { value } of codes) expect(listed.map((sentence) => sentence.split(':')[0])).toContain(value);
});

test('the code has every warning', () => {
  const text = sources.map(([, source]) => source).join('\n');
  const fixed = rows.filter(({ code }) => code === 'Warnings').flatMap(({ cells: [sentence] }) => sentence.split('…'));
  expect(fixed.length).toBeGreaterThan(10);
  expect(fixed.filter((part) => !text.includes(part))).toEqual([]);
});
