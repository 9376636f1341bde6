import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where Node and browsers look for the folder of temporary files, by operating system. */
const VARIABLES = ['TMPDIR', 'TEMP', 'TMP'];

/**
 * Before a run of tests: gives it a temporary folder of its own, in which lies whatever it, its browsers and its commands make.
 * What is returned removes it, after the run, whatever came of that.
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
