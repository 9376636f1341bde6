import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packagePath } from '../src/hosts/package_path.ts';

// docs/promises.md names the command that checks each promise. Each named test must exist.

const read = (path: string) => readFileSync(packagePath(path), 'utf8');
const rows = read('docs/promises.md')
  .split('\n')
  .map((line) => /^\| ([^|]+) \| `([^`]+)` \|$/.exec(line))
  .filter((row) => row !== null)
  .map(([, promise, command]) => ({ promise, command }));
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

/** The titles of a file's tests, as they are written there. */
const titlesOf = (file: string) => [...read(file).matchAll(/\btest\(\s*(['"`])(.*?)\1/g)].map(([, , title]) => title);

describe('a promise', () => {
  it('stands in each row of the tables', () => {
    expect(rows.length).toBe(read('docs/promises.md').match(/^\| (?!promise|---)/gm)?.length);
  });

  it.each(rows)('is checked by a test: $promise', ({ command }) => {
    const browser = /^npx playwright test (e2e\/\w+\.spec\.ts)(?: -g "([^"]+)")?$/.exec(command);
    const unit = /^npx vitest run (test\/\w+\.test\.ts)$/.exec(command);
    const script = /^npm run ([\w:]+)$/.exec(command);
    if (browser) {
      const [, file, words = ''] = browser;
      expect(titlesOf(file).filter((title) => title.includes(words))).not.toEqual([]);
    } else if (unit) {
      expect(existsSync(packagePath(unit[1]))).toBe(true);
    } else if (script) {
      expect(Object.keys(scripts)).toContain(script[1]);
    } else {
      expect(command).toBe('npm audit --audit-level high');
    }
  });
});
