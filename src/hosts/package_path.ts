import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A path inside this package, wherever it is installed, from code in src or in dist. */
export function packagePath(relative: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${import.meta.url}`);
    folder = parent;
  }
  return join(folder, relative);
}

/** This package's version. */
export function version(): string {
  return JSON.parse(readFileSync(packagePath('package.json'), 'utf8')).version;
}
