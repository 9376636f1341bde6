import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { packagePath } from '../src/hosts/package_path.ts';

/** The package as npm would install it, in its own folder. */
export interface Packed {
  /** Programs here find it as attention-lstm-webgpu, and its dependencies beside the project's. */
  folder: string;
  /** The path of the package itself. */
  path: string;
  tarball: Buffer;
  remove(): void;
}

export function pack(): Packed {
  // Within the project, so that dependencies are found without a network.
  const folder = mkdtempSync(packagePath('node_modules/.packed-'));
  const options = { cwd: packagePath(''), shell: process.platform === 'win32' };
  const report = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], options);
  const [{ filename }] = JSON.parse(report.toString());
  const path = join(folder, 'node_modules', 'attention-lstm-webgpu');
  mkdirSync(path, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, filename), '-C', path, '--strip-components=1']);
  const tarball = readFileSync(join(folder, filename));
  return { folder, path, tarball, remove: () => rmSync(folder, { recursive: true }) };
}
