import { rmSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockFolder } from './folder_lock.ts';

const PREFIX = 'alw-chrome-'; // Short: browsers put sockets there, whose paths may have some 100 characters.
/** Variables that name the folder of temporary files, by operating system. */
const VARIABLES = ['TMPDIR', 'TEMP', 'TMP'];

/** This process's folder. */
let own: Promise<string> | undefined;

/**
 * Starts a browser whose temporary files are all in a folder of this process, which goes when the process ends. If the
 * process is killed, the next one that starts a browser removes the folder.
 */
export async function launchedInOwnFolder<Browser>(launch: () => Promise<Browser>): Promise<Browser> {
  const isFirst = own === undefined;
  own ??= makeFolder();
  const folder = await own;
  const before = VARIABLES.map((name) => [name, process.env[name]] as const);
  for (const name of VARIABLES) process.env[name] = folder;
  try {
    return await launch();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    // After the handler that ends the browser.
    if (isFirst) process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  }
}

/** A folder that no other process takes for a dead one's. */
async function makeFolder(): Promise<string> {
  await removeDead();
  for (;;) {
    const folder = await mkdtemp(join(tmpdir(), PREFIX));
    const isUsable = await lockFolder(folder).catch(({ code }) => code !== 'ENOENT');
    if (isUsable) return folder; // Else another process has removed it before it was locked.
  }
}

/** Removes the folders of processes that were killed. Those of living ones are locked. */
async function removeDead(): Promise<void> {
  for (const name of await readdir(tmpdir()).catch(() => [])) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = join(tmpdir(), name);
    const unlock = await lockFolder(folder).catch(() => undefined);
    if (!unlock) continue;
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {}); // It may be somebody else's.
    await unlock();
  }
}
