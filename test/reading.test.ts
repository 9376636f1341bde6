import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readInput, whileReading } from '../src/cli/reading.ts';
import { readSeriesFile, type SeriesFlags } from '../src/cli/series_files.ts';
import { StatusLine } from '../src/cli/status_line.ts';
import { Voice } from '../src/cli/voice.ts';
import { writeModel } from '../src/formats/model_file.ts';
import { openModel } from '../src/library/model_files.ts';
import { MODEL } from './saved_models.ts';

// Reading that takes long is shown on a terminal; a pipe that gives nothing is named.

let folder = '';
let stderr = '';
let drawn: string[] = [];
const terminal = { isTTY: true, columns: 80, color: false, write: (text: string) => drawn.push(text) };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reading-'));
  [stderr, drawn] = ['', []];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += text;
    return true;
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** A named pipe, into which nobody writes yet. */
function newPipe(name: string): string {
  const path = join(folder, name);
  execFileSync('mkfifo', [path]);
  return path;
}

/** Writes a file into a pipe from another process, as `cat` does. */
function feed(path: string, content: string | Uint8Array): void {
  writeFileSync(join(folder, 'content'), content);
  spawn('sh', ['-c', 'cat "$0" > "$1"', join(folder, 'content'), path]);
}

describe('a file that takes long', () => {
  it('is shown in a status line on a terminal, and not at all elsewhere', async () => {
    for (const isTTY of [true, false]) {
      drawn = [];
      vi.useFakeTimers();
      const status = new StatusLine({ ...terminal, isTTY });
      const reading = whileReading(
        'data.csv',
        async ({ share }) => {
          share(0.25);
          await new Promise((resolve) => setTimeout(resolve, 900));
          expect(drawn.join('')).toBe('');
          await new Promise((resolve) => setTimeout(resolve, 900));
          share(0.5);
          await new Promise((resolve) => setTimeout(resolve, 900));
          return 7;
        },
        status,
      );
      await vi.advanceTimersByTimeAsync(5000);
      expect(await reading).toBe(7);
      const shown = drawn.filter((text) => text.includes('Reading')).map((text) => text.trim());
      expect([...new Set(shown)]).toEqual(isTTY ? ['Reading data.csv: 25 %', 'Reading data.csv: 50 %'] : []);
      expect(drawn.at(-1)).toBe(isTTY ? '\r\x1b[K' : undefined);
      expect(stderr).toBe('');
    }
  });

  it('is shown by its bytes if it is a pipe, whose size nobody knows', async () => {
    vi.useFakeTimers();
    const reading = whileReading(
      '-',
      async ({ piped }) => {
        piped(12_345_678);
        await new Promise((resolve) => setTimeout(resolve, 2000));
      },
      new StatusLine(terminal),
    );
    await vi.advanceTimersByTimeAsync(5000);
    await reading;
    expect(drawn).toContain('Reading standard input: 12.3 MB so far');
    expect(stderr).toBe('');
  });

  it('is not shown in the line of something else', () => {
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean(drawn.push(`${text}`)));
    const { isTTY } = process.stdout;
    process.stdout.isTTY = true;
    vi.stubEnv('TERM', 'xterm');
    const voice = new Voice({});
    for (const print of [voice.say, voice.tell, voice.warn, voice.note]) {
      voice.status.show('Reading data.csv');
      print('a line');
    }
    vi.unstubAllEnvs();
    process.stdout.isTTY = isTTY;
    const erase = '\r\x1b[K';
    const shown = ['Reading data.csv', erase];
    expect(drawn).toEqual([...shown, 'a line\n', ...shown, 'a line\n', ...shown, ...shown]);
    expect(stderr).toBe('a line\na line\n');
  });

  it('leaves no line when it cannot be read', async () => {
    vi.useFakeTimers();
    const reading = whileReading(
      'data.csv',
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 2000));
        throw new Error('damaged');
      },
      new StatusLine(terminal),
    ).catch((error) => error);
    await vi.advanceTimersByTimeAsync(5000);
    expect(await reading).toEqual(new Error('damaged'));
    expect(drawn.at(-1)).toBe('\r\x1b[K');
  });
});

describe('a named pipe without a writer', () => {
  it('is told once as a place of series, and read when somebody writes', async () => {
    const path = newPipe('series.csv');
    const flags: SeriesFlags = { task: 'auto' };
    const reading = readSeriesFile(path, flags, {}, { say: () => {}, status: new StatusLine(terminal) });
    await vi.waitFor(() => expect(stderr).not.toBe(''), { timeout: 60_000 });
    feed(path, 'a,b,label\n1.5,2,up\n3,4,down\n');
    expect(await reading).toMatchObject({ samples: 2, timeSteps: 2 });
    expect(stderr).toBe(`Waiting for the named pipe ${path}: no program has written to it yet\n`);
  });

  it('is told as the place of a model, which is read from it once', async () => {
    const path = newPipe('m.safetensors');
    const opening = openModel(path, readInput);
    await vi.waitFor(() => expect(stderr).toContain(`Waiting for the named pipe ${path}`), { timeout: 60_000 });
    feed(path, writeModel(MODEL));
    const { paths, read } = await opening;
    expect(paths).toEqual([path]);
    expect((await read()).parameters).toEqual(MODEL.parameters);
  });
});
