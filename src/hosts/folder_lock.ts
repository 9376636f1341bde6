import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, realpath, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

// A lock that the system takes back when its process ends, however it ends. Linux and Windows have names that only one
// process can listen on; other systems open a file for one process alone.

/** Gives a lock back. */
export type Unlock = () => Promise<void>;

/** The file that is opened, where the lock is one. */
export const LOCK_FILE = '.lock';

/** From BSD's fcntl.h. The call fails instead of waiting. */
const EXCLUSIVE = 0x20 | constants.O_NONBLOCK;

/**
 * Keeps other processes of this machine from locking the folder. Undefined if another one has locked it. Throws the
 * system's error.
 */
export async function lockFolder(path: string): Promise<Unlock | undefined> {
  const { platform } = process;
  if (platform !== 'linux' && platform !== 'win32') return openAlone(join(path, LOCK_FILE));
  // The device tells folders of two containers apart that have the same path.
  const { dev } = await stat(path, { bigint: true });
  const hash = createHash('sha256')
    .update(`${dev} ${await realpath(path)}`)
    .digest('hex');
  return listenAlone(`${platform === 'linux' ? '\0' : '\\\\.\\pipe\\'}attention-lstm-${hash}`);
}

function listenAlone(name: string): Promise<Unlock | undefined> {
  const server = createServer((socket) => socket.destroy()).unref();
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(name, () => resolve(() => new Promise((closed) => server.close(() => closed()))));
  });
}

async function openAlone(path: string): Promise<Unlock | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | EXCLUSIVE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  }
  return async () => {
    await rm(path, { force: true });
    await file.close();
  };
}
