import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { compareBuilds } from '../src/cli/against.ts';
import { otherProgram } from '../src/cli/other_build.ts';
import { result, row } from './bench_results.ts';

const temporaryFolder = () => mkdtempSync(join(tmpdir(), 'against-'));
const status = { show: () => {}, clear: () => {} };

/** A command line whose benchmark takes `ms`, with a little noise. `knows` the option of starts, or is an old one. */
function program(ms: number, { knows = true, fails = '' } = {}): string {
  const path = join(temporaryFolder(), 'main.js');
  const starts = knows ? '[0.98, 1.02]' : 'undefined';
  const template = JSON.stringify(result([row('a', 1), row('b', 1)]));
  writeFileSync(
    path,
    `const { writeFileSync } = require('node:fs');
const args = process.argv.slice(2);
if (args.includes('--help')) {
  console.log(${knows} ? '--starts <n>' : 'no such option');
  process.exit();
}
if (${JSON.stringify(fails)}) {
  console.error('Downloading.\\n' + ${JSON.stringify(fails)});
  process.exit(1);
}
if (args.includes('--starts') !== ${knows}) process.exit(9);
const result = ${template};
for (const row of result.rows) {
  row.medianMs = (row.name === 'a' ? ${ms} : 1) * (1 + (process.pid % 7) / 500);
  row.starts = ${starts} && ${starts}.map((noise) => noise * row.medianMs);
}
writeFileSync(args[args.indexOf('--json') + 1], JSON.stringify(result));
`,
  );
  return path;
}

const compare = (other: string, own: string) => compareBuilds({ other, own, options: [], seconds: 1, status });

describe('two builds in turns', () => {
  it('are told apart in the row that differs, with all starts of all turns', async () => {
    const { rows, isNormalised } = await compare(program(1), program(1.1));
    expect(rows.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual(['a slower', 'b not told apart']);
    expect(isNormalised).toBe(false);
  });

  it('may be of a version that knows of no starts', async () => {
    const { rows, warnings } = await compare(program(1, { knows: false }), program(1.3));
    expect(rows.map(({ verdict }) => verdict)).toEqual(['slower', 'not told apart']);
    expect(warnings).toEqual([]);
  });

  it('end with the last words of a build that fails', async () => {
    await expect(compare(program(1, { fails: 'Error: no adapter' }), program(1))).rejects.toThrow(
      /main\.js cannot be measured \(Error: no adapter\): run its bench by hand to see why$/,
    );
  });
});

describe('another build', () => {
  afterEach(() => void vi.unstubAllEnvs());

  it('is a checkout, its dist, a folder of its own, or the program itself', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'dist', 'node'), { recursive: true });
    const main = join(folder, 'dist', 'node', 'main.js');
    writeFileSync(main, '');
    for (const named of ['', 'dist', 'dist/node', 'dist/node/main.js']) {
      expect(otherProgram(join(folder, named), folder)).toBe(main);
    }
  });

  it('without a build, or that is neither a folder nor a version, is refused', () => {
    const folder = temporaryFolder();
    expect(() => otherProgram(folder, folder)).toThrow(/ has no dist\/node\/main\.js: run `npm run build` there$/);
    expect(() => otherProgram('/nowhere', folder)).toThrow(
      '--against /nowhere is no folder and no version: give one, such as ../old or 0.1.0',
    );
  });

  it.skipIf(process.platform === 'win32')('of a version is installed once, by npm', () => {
    const [folder, cache] = [temporaryFolder(), temporaryFolder()];
    const npm = (script: string) => {
      writeFileSync(join(folder, 'npm'), `#!/bin/sh\n${script}\n`);
      chmodSync(join(folder, 'npm'), 0o755);
    };
    vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH}`);
    npm('echo "404 Not Found" >&2; exit 1');
    expect(() => otherProgram('9.9.9', cache)).toThrow(
      '--against 9.9.9 cannot be installed (404 Not Found): give a folder instead',
    );
    const expected = join(cache, 'versions/9.9.9/node_modules/attention-lstm-webgpu/dist/node/main.js');
    npm(`test "$2" = --prefix && mkdir -p "$3/node_modules/attention-lstm-webgpu/dist/node" && : > '${expected}'`);
    expect(otherProgram('9.9.9', cache)).toBe(expected);
    npm('exit 1');
    expect(otherProgram('9.9.9', cache)).toBe(expected);
  });
});
