import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Variables that name the folder of temporary files for Node and browsers, by operating system. */
const VARIABLES = ['TMPDIR', 'TEMP', 'TMP'];

/**
 * Gives a run of tests its own temporary folder, for everything that it, its browsers and its commands make. The
 * returned function removes the folder after the run, even after a failure.
 */
export default function setUp(): () => void {
  // Short: browsers put sockets there, whose paths may have some 100 characters.
  const folder = mkdtempSync(join(tmpdir(), 'alw-'));
  const before = VARIABLES.map((name) => [name, process.env[name]] as const);
  for (const name of VARIABLES) process.env[name] = folder;
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
}
