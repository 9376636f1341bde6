import { constants } from 'node:fs';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../errors.ts';
import type { TrainResult } from '../jobs/protocol.ts';
import { attentionOverSteps, type MeanAttention } from '../train/fit.ts';
import { type EpochRecord, historyCsv, METRICS } from '../train/history.ts';

/** The folder that holds what a run leaves: history.csv, history.json, attention.csv, report.html. */
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
    if (await exists(join(path, 'history.json'))) {
      throw new Failure('invalid-option', `the folder ${path} already holds a run: choose another one or remove it`);
    }
    return new RunFolder(path);
  }

  /** Call after every epoch, so that a run which ends early leaves what it had; wait for it before the next call. */
  async writeHistory(history: EpochRecord[]): Promise<void> {
    await this.write('history.csv', historyCsv(history));
    await this.write('history.json', toJson({ history: kerasHistory(history), epochs: history }));
  }

  async writeAttention(attention: MeanAttention): Promise<void> {
    await this.write('attention.csv', attentionCsv(attention));
  }

  async writeReport(html: string): Promise<void> {
    await this.write('report.html', html);
  }

  /** Puts everything that is known of a finished run into history.json. */
  async writeResult(result: TrainResult): Promise<void> {
    const { config, adapter, history, attention, parametersSha256, seconds, stopped } = result;
    await this.write('history.csv', historyCsv(history));
    await this.write(
      'history.json',
      toJson({
        config,
        adapter,
        history: kerasHistory(history),
        epochs: history,
        attention,
        parametersSha256,
        seconds,
        stopped,
      }),
    );
  }

  /** Whole or not at all: written beside, put on the disk, then renamed. */
  private async write(name: string, content: string): Promise<void> {
    const path = join(this.path, name);
    const temporary = join(this.path, `.${name}.${process.pid}.tmp`);
    try {
      await writeFile(temporary, content, { flush: true });
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      throw notSaved(`${path} cannot be written`, error, 'free some space or choose another folder');
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function notSaved(what: string, error: unknown, next: string): Failure {
  const reason = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
  return new Failure('not-saved', `${what} (${reason}): ${next}`);
}

/** The attention as `attention.csv`: by time step, and by channel where there are several. */
export function attentionCsv(attention: MeanAttention): string {
  const { inputDim: D, values } = attention;
  const mean = attentionOverSteps(attention);
  if (D === 1) return toCsv([['step', 'attention'], ...mean.map((value, t) => [t, value])]);
  const channels = Array.from({ length: D }, (_, d) => `channel_${d}`);
  const rows = mean.map((value, t) => [t, value, ...values.slice(t * D, (t + 1) * D)]);
  return toCsv([['step', 'mean', ...channels], ...rows]);
}

/** The lists of Keras' `History.history`: without a validation part there are no `val_` ones. */
export function kerasHistory(history: EpochRecord[]): Record<string, number[]> {
  const lists: Record<string, number[]> = {};
  for (const [name, property] of METRICS) {
    const values = history.map((record) => record[property]).filter((value) => value !== undefined);
    if (values.length > 0 || !name.startsWith('val_')) lists[name] = values;
  }
  return lists;
}

function toCsv(rows: (string | number)[][]): string {
  return `${rows.map((row) => row.join(',')).join('\n')}\n`;
}

/** Indented, but a list of numbers stays in one line. Only a list's bracket is followed by a raw line break. */
function toJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  return `${text.replace(/\[\n([^[\]{}"]*)\]/g, (_, list: string) => `[${list.trim().replace(/\s+/g, ' ')}]`)}\n`;
}
