import { openFile, STANDARD_INPUT } from '../library/node_files.ts';
import type { StatusLine } from './status_line.ts';
import { plainText } from './terminal.ts';

/** Reading that takes longer than this is shown, and a pipe that gives nothing for so long is named. */
const LONG_MS = 1000;
const REDRAW_MS = 200;

/** What a reader tells. */
export interface Heard {
  /** The share of a file that has been read, 0 … 1. */
  share(share: number): void;
  /** Bytes that have come out of a pipe. */
  piped(bytes: number): void;
}

/**
 * Reads a file that a command takes. After a second a status line, if there is one, shows how far it is; and if the file
 * is a pipe into which nobody writes, a line on standard error says so.
 */
export async function whileReading<Result>(
  path: string,
  read: (heard: Heard) => Promise<Result>,
  status?: StatusLine,
): Promise<Result> {
  const started = performance.now();
  let share: number | undefined;
  let bytes: number | undefined;
  let isTold = false;
  const tell = () => {
    if (performance.now() - started < LONG_MS) return;
    if (bytes === 0 && !isTold) {
      isTold = true;
      process.stderr.write(`${plainText(describeWait(path))}\n`);
    } else if (bytes !== 0) status?.show(describeReading(path, share, bytes));
  };
  const timer = setInterval(tell, REDRAW_MS);
  try {
    return await read({
      share(now) {
        share = now;
      },
      piped(now) {
        bytes = now;
      },
    });
  } finally {
    clearInterval(timer);
    status?.clear();
  }
}

/** A file's bytes. Throws invalid-file; `wanted` says what to give instead. */
export function readInput(path: string, wanted: string): Promise<Uint8Array<ArrayBuffer>> {
  return whileReading(path, async ({ piped }) => {
    return new Uint8Array(await (await openFile(path, wanted, piped)).arrayBuffer());
  });
}

function describeWait(path: string): string {
  if (path === STANDARD_INPUT) return 'Waiting for standard input: nothing has come yet';
  return `Waiting for the named pipe ${path}: no program has written to it yet`;
}

/** `share` of a file, or all `bytes` of a pipe and then a share of these. */
function describeReading(path: string, share: number | undefined, bytes: number | undefined): string {
  const name = path === STANDARD_INPUT ? 'standard input' : path;
  if (share !== undefined) return `Reading ${name}: ${Math.round(100 * share)} %`;
  return bytes === undefined ? `Reading ${name}` : `Reading ${name}: ${(bytes / 1e6).toFixed(1)} MB so far`;
}
