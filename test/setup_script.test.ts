import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packagePath } from '../src/hosts/package_path.ts';

/** Runs the script that prepares a clone, in a folder without anything else. */
function setup(...args: string[]) {
  const root = mkdtempSync(join(tmpdir(), 'clone-'));
  mkdirSync(join(root, 'scripts'));
  const script = join(root, 'scripts', 'setup.mjs');
  copyFileSync(packagePath('scripts/setup.mjs'), script);
  // No npm is found, so that nothing can be installed.
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { env: { PATH: '' } });
  return { status, stdout: `${stdout}`, stderr: `${stderr}`, left: readdirSync(root) };
}

it.each(['--help', '-h'])('setup %s prints its help and installs nothing', (option) => {
  const expected = { status: 0, stdout: expect.stringMatching(/^Usage: npm run setup/), stderr: '', left: ['scripts'] };
  expect(setup('--browser', option)).toEqual(expected);
});

it('setup refuses other options', () => {
  expect(setup('--browser', '--hlep')).toMatchObject({
    status: 1,
    stderr: 'Error: --hlep is no option of setup: --help shows what it does\n',
  });
});
