import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packagePath } from '../src/hosts/package_path.ts';

// Every relative link in the documents leads to a file, and to a heading if it names one.

const read = (path: string) => readFileSync(packagePath(path), 'utf8');
const pages = readdirSync(packagePath('docs')).filter((name) => name.endsWith('.md'));
const documents = ['README.md', 'ARCHITECTURE.md', 'SECURITY.md', ...pages.map((name) => `docs/${name}`)];

/** The relative links of a document: files and headings. */
const linksOf = (path: string) =>
  [...read(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link).filter((link) => !/^[a-z]+:/.test(link));

/** The anchors that GitHub gives to a document's headings. */
const anchorsOf = (path: string) =>
  [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe.each(documents)('%s', (document) => {
  it('links to files and headings that exist', () => {
    const broken = linksOf(document).filter((link) => {
      const [file, anchor] = link.split('#');
      const path = file ? join(dirname(document), file) : document;
      return !existsSync(packagePath(path)) || (anchor !== undefined && !anchorsOf(path).includes(anchor));
    });
    expect(broken).toEqual([]);
  });
});

it('README links every page of docs', () => {
  const linked = linksOf('README.md');
  expect(pages.filter((name) => !linked.includes(`docs/${name}`))).toEqual([]);
});
