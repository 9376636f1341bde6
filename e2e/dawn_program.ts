import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { packagePath } from '../src/hosts/package_path.ts';
import { softwareEnvironment } from '../src/hosts/software_driver.ts';

/**
 * Runs a program of this folder in a process in which Dawn finds the software adapter. Returns the message that it
 * sends.
 */
export async function runDawnProgram<T>(name: string): Promise<T> {
  // Within the project, so that packages are found.
  const outDir = mkdtempSync(packagePath('node_modules/.dawn-program-'));
  try {
    await build({
      configFile: false,
      publicDir: false,
      logLevel: 'error',
      build: { ssr: packagePath(`e2e/${name}.ts`), outDir, target: 'node20' },
    });
    return await messageOf<T>(join(outDir, `${name}.js`));
  } finally {
    rmSync(outDir, { recursive: true });
  }
}

function messageOf<T>(path: string): Promise<T> {
  const child = fork(path, {
    env: softwareEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  let errors = '';
  child.stderr?.on('data', (data) => {
    errors += data;
  });
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as T));
    child.once('error', reject);
    child.once('close', (status, killedBy) => reject(new Error(`it ended with ${killedBy ?? status}: ${errors}`)));
  });
}
