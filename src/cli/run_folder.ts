import { constants } from 'node:fs';
import { access, mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Failure } from '../errors.ts';
import { lockFolder, type Unlock } from '../hosts/folder_lock.ts';
import { flag, list, object, optional, positive, requireFields, text } from '../rules.ts';
import { attentionCsv } from '../train/csv_lines.ts';
import type { EpochRecord } from '../train/history.ts';
import type { TrainRecord } from '../train/train_result.ts';
import { INITIAL_FILE, MODEL_FILES } from './checkpoint_files.ts';
import { isTemporary, notSaved, readJson, writeWhole } from './files.ts';
import { HistoryFile } from './history_file.ts';
import { jsonText, type Target, textTargets } from './results.ts';

const RUN_FILE = 'run.json';
const RESULT_FILE = 'history.json';

/** The settings of a run, kept so that it can be resumed. */
export interface StoredRun {
  /** Options of the command line, by commander's names. */
  flags: Record<string, unknown>;
  /** Of own series, as they are trained on. */
  dataSha256?: string;
}

/** Everything that a run writes into its folder. */
export const RUN_FILES = [
  ...[RUN_FILE, RESULT_FILE, 'history.csv', 'attention.csv', 'report.html'],
  ...MODEL_FILES,
  INITIAL_FILE,
];

/** How a run has ended. */
export interface EndedRun {
  /** Epochs that it was to train, and those that it has trained. */
  planned: number;
  trained: number;
  /** Whether it was stopped before its end. */
  stopped: boolean;
  parametersSha256: string;
}

/** The folder with a run's files: run.json, history.csv, history.json, attention.csv, report.html, and models. */
export class RunFolder {
  private readonly history: HistoryFile;

  private constructor(
    readonly path: string,
    /** Lets other processes use the folder. */
    readonly close: Unlock,
  ) {
    this.history = new HistoryFile(join(path, 'history.csv'));
  }

  /**
   * Makes the folder and keeps other processes out of it. A folder whose run was begun with the same options and has no
   * checkpoint yet is taken over. Throws invalid-option if it holds another run or has files that the run would
   * replace, not-saved if it cannot be written.
   */
  static async create(path: string, flags: StoredRun['flags'] = {}): Promise<RunFolder> {
    try {
      await mkdir(path, { recursive: true });
      await access(path, constants.W_OK | constants.X_OK);
    } catch (error) {
      throw notSaved(`the folder ${path} cannot be written`, error, 'choose another one');
    }
    const folder = await RunFolder.open(path);
    try {
      await folder.requireFree(flags);
    } catch (error) {
      await folder.close();
      throw error;
    }
    return folder;
  }

  /**
   * Opens the folder of a run to resume it, and keeps other processes out of it. Removes files that were being written
   * when its process was killed. Throws invalid-option if another process has it, not-saved if it is not there.
   */
  static async open(path: string): Promise<RunFolder> {
    let close: Unlock | undefined;
    try {
      close = await lockFolder(path);
      if (close) {
        const names = (await readdir(path)).filter((name) => isTemporary(name, RUN_FILES));
        for (const name of names) await rm(join(path, name), { force: true });
      }
    } catch (error) {
      await close?.();
      throw notSaved(`the folder ${path} cannot be used`, error, 'choose another one');
    }
    if (close) return new RunFolder(path, close);
    throw new Failure(
      'invalid-option',
      `another process trains in the folder ${path}: wait until it has ended, or choose another folder`,
    );
  }

  private async requireFree(flags: StoredRun['flags']): Promise<void> {
    const { path } = this;
    const found: string[] = [];
    for (const name of RUN_FILES) if (await exists(join(path, name))) found.push(name);
    if (found.length === 0) return;
    const refuse = (what: string) => new Failure('invalid-option', `the folder ${path} already ${what}`);
    if (!found.includes(RUN_FILE)) throw refuse(`has a ${found[0]}, which the run would replace: choose another one`);
    const ended = await readEnd(path).catch(() => undefined);
    if (ended && !ended.stopped) {
      const longer = `train its model further by --resume ${path} with a larger --epochs`;
      throw refuse(`holds a run, which has ended: choose another one, or ${longer}`);
    }
    const isBegun = !found.some((name) => name === RESULT_FILE || MODEL_FILES.includes(name));
    const stored = isBegun ? await readRun(path).catch(() => undefined) : undefined;
    if (stored && isDeepStrictEqual(stored.flags, JSON.parse(JSON.stringify(flags)))) return;
    throw refuse(`holds a run: choose another one, or go on with it by --resume ${path}`);
  }

  get runFile(): string {
    return join(this.path, RUN_FILE);
  }

  async writeRun(run: StoredRun): Promise<void> {
    await this.write(RUN_FILE, toJson(run));
  }

  /** Undoes the beginning of a run that has not trained yet. */
  async discard(): Promise<void> {
    for (const name of [RUN_FILE, INITIAL_FILE]) await rm(join(this.path, name), { force: true });
    await rmdir(this.path).catch(() => {}); // It stays if it has other files.
  }

  /**
   * Writes the epochs that history.csv lacks. Call this after every epoch, so that a run which ends early leaves its
   * history. Wait for it before the next call.
   */
  writeHistory(history: readonly EpochRecord[]): Promise<void> {
    return this.history.write(history);
  }

  /** The results of a finished run, except for its model. history.json has the content of `--json`. */
  results(record: TrainRecord, report: () => string, channelNames: readonly string[]): Target[] {
    const target = (name: string, content: () => string | Iterable<string>): Target => [
      join(this.path, name),
      () => this.write(name, content()),
    ];
    return [
      [this.history.path, () => this.writeHistory(record.history)],
      target('attention.csv', () => attentionCsv(record.attention, channelNames)),
      target('report.html', report),
      target(RESULT_FILE, () => toJson(record)), // The last one: it says that the run has ended.
    ];
  }

  private write(name: string, content: string | Iterable<string>): Promise<void> {
    return writeWhole(join(this.path, name), content);
  }
}

/** The options that `writeRun` stored in a folder. Throws invalid-file if the folder holds no run. */
export async function readRun(folder: string): Promise<StoredRun> {
  const path = join(folder, RUN_FILE);
  const wanted = 'the folder of a run, which train --out names';
  const content = await readJson(path, wanted);
  requireFields(path, content, { flags: object({}), dataSha256: optional(text) }, wanted);
  return content as StoredRun;
}

/** How the run of a folder has ended; undefined if it has not. Throws invalid-file. */
export async function readEnd(folder: string): Promise<EndedRun | undefined> {
  const path = join(folder, RESULT_FILE);
  if (!(await exists(path))) return undefined;
  const wanted = 'the folder as train left it';
  const content = await readJson(path, wanted);
  const isUnfinished = typeof content === 'object' && content !== null && !('parametersSha256' in content);
  if (isUnfinished) return undefined; // Earlier versions wrote it after every epoch.
  requireFields(path, content, RESULT, wanted);
  const { config, history, stopped, parametersSha256 } = content as TrainRecord;
  return { planned: config.epochs, trained: history.length, stopped, parametersSha256 };
}

/** What --json gets of a run that has ended. */
export async function endTargets(folder: string, json: string | undefined): Promise<Target[]> {
  const record = await readJson(join(folder, RESULT_FILE), 'the folder as train left it');
  return textTargets([['--json', json, () => jsonText(record)]]);
}

const RESULT = {
  config: object({ epochs: positive }),
  history: list(object({})),
  stopped: flag,
  parametersSha256: text,
};

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Indented, but a list of numbers stays in one line. Only a list's bracket is followed by a raw line break. */
function toJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  return `${text.replace(/\[\n([^[\]{}"]*)\]/g, (_, list: string) => `[${list.trim().replace(/\s+/g, ' ')}]`)}\n`;
}
