import { constants } from 'node:fs';
import { access, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../errors.ts';
import { object, optional, requireFields, text } from '../rules.ts';
import { attentionCsv } from '../train/csv_lines.ts';
import { type EpochRecord, historyCsv } from '../train/history.ts';
import type { TrainRecord } from '../train/train_result.ts';
import { isTemporary, notSaved, readJson, writeWhole } from './files.ts';

const RUN_FILE = 'run.json';

/** The settings of a run, kept so that it can be resumed. */
export interface StoredRun {
  /** Options of the command line, by commander's names. */
  flags: Record<string, unknown>;
  /** Of own series, as they are trained on. */
  dataSha256?: string;
}

/** The folder with a run's files: run.json, history.csv, history.json, attention.csv, report.html. */
export class RunFolder {
  private constructor(readonly path: string) {}

  /** Makes the folder. Throws invalid-option when it already holds a run, not-saved when it cannot be written. */
  static async create(path: string): Promise<RunFolder> {
    try {
      await mkdir(path, { recursive: true });
      await access(path, constants.W_OK | constants.X_OK);
    } catch (error) {
      throw notSaved(`the folder ${path} cannot be written`, error, 'choose another one');
    }
    for (const name of ['history.json', RUN_FILE]) {
      if (!(await exists(join(path, name)))) continue;
      throw new Failure(
        'invalid-option',
        `the folder ${path} already holds a run: choose another one, or go on with it by --resume ${path}`,
      );
    }
    return new RunFolder(path);
  }

  /** Opens the folder of a run to resume it. Removes files that were being written when its process was killed. */
  static async open(path: string): Promise<RunFolder> {
    const names = await readdir(path).catch(() => []); // What is wrong with the folder shows when the run is read.
    for (const name of names) if (isTemporary(name)) await rm(join(path, name), { force: true }).catch(() => {});
    return new RunFolder(path);
  }

  async writeRun(run: StoredRun): Promise<void> {
    await this.write(RUN_FILE, toJson(run));
  }

  /** The options that `writeRun` stored. Throws invalid-file if the folder holds no run. */
  async readRun(): Promise<StoredRun> {
    const path = join(this.path, RUN_FILE);
    const wanted = 'the folder of a run, which train --out names';
    const content = await readJson(path, wanted);
    requireFields(path, content, { flags: object({}), dataSha256: optional(text) }, wanted);
    return content as StoredRun;
  }

  /**
   * Call this after every epoch, so that a run which ends early leaves its history. Wait for it before the next call.
   */
  async writeHistory(history: EpochRecord[]): Promise<void> {
    await this.write('history.csv', historyCsv(history));
    await this.write('history.json', toJson({ history }));
  }

  async writeReport(html: string): Promise<void> {
    await this.write('report.html', html);
  }

  /** Writes the results of a finished run, except for its model. history.json has the content of `--json`. */
  async writeResult(record: TrainRecord): Promise<void> {
    await this.write('history.csv', historyCsv(record.history));
    await this.write('history.json', toJson(record));
    await this.write('attention.csv', attentionCsv(record.attention));
  }

  private write(name: string, content: string | Iterable<string>): Promise<void> {
    return writeWhole(join(this.path, name), content);
  }
}

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
