import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Failure } from '../errors.ts';
import { packagePath } from '../hosts/package_path.ts';

const PACKAGE = 'attention-lstm-webgpu';
/** The command line in a checkout or an installed package, in a folder `dist`, in a folder of its own. */
const PLACES = ['dist/node/main.js', 'node/main.js', 'main.js'];
const VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

/** The command line of this build. */
export function ownProgram(): string {
  return packagePath('dist/node/main.js');
}

/**
 * The command line of another build: of a checkout, a build folder, an installed package, or a version that npm
 * installs into `cache` first. Throws invalid-option if there is none.
 */
export function otherProgram(named: string, cache: string): string {
  if (existsSync(named)) return programIn(resolve(named), named);
  if (VERSION.test(named)) return programIn(installed(named, cache), named);
  throw new Failure(
    'invalid-option',
    `--against ${named} is no folder and no version: give one, such as ../old or 0.1.0`,
  );
}

function programIn(folder: string, named: string): string {
  if (!statSync(folder).isDirectory()) return folder;
  const found = PLACES.map((place) => join(folder, place)).find((path) => existsSync(path));
  if (found) return found;
  throw new Failure('invalid-option', `--against ${named} has no dist/node/main.js: run \`npm run build\` there`);
}

/** The folder of this version, which npm installs unless it is there. */
function installed(version: string, cache: string): string {
  const prefix = join(cache, 'versions', version);
  const folder = join(prefix, 'node_modules', PACKAGE);
  if (existsSync(folder)) return folder;
  mkdirSync(prefix, { recursive: true });
  const options = ['--prefix', prefix, '--no-audit', '--no-fund', '--loglevel', 'error'];
  const isWindows = process.platform === 'win32';
  const { status, stderr } = spawnSync('npm', ['install', ...options, `${PACKAGE}@${version}`], {
    encoding: 'utf8',
    shell: isWindows,
  });
  if (status === 0 && existsSync(folder)) return folder;
  const reason = stderr?.trim().split('\n')[0] || 'npm did not start';
  throw new Failure('invalid-option', `--against ${version} cannot be installed (${reason}): give a folder instead`);
}
