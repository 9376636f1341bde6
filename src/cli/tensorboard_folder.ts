import { appendFile, mkdir, truncate, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { joinBytes } from '../data/bytes.ts';
import { Failure } from '../errors.ts';
import { type LogRun, logPath, TensorBoardLog } from '../formats/tensorboard/log.ts';
import type { JobEvent } from '../jobs/protocol.ts';
import type { TrainingConfig } from '../model/config.ts';
import { notSaved } from './files.ts';
import type { Target } from './results.ts';
import { exists } from './run_folder.ts';
import type { StartedRun } from './run_start.ts';

/** What a log needs to be watched. */
export const WATCHED_BY_LOG = { attention: true, parameters: true };

/** The folder of a run's TensorBoard log, which grows during the run. */
export class TensorBoardFolder {
  private readonly log: TensorBoardLog;
  private readonly started = new Date();
  /** Length of each file's complete records, in bytes. */
  private readonly written: Record<LogRun, number> = { train: 0, validation: 0 };
  private isFailing = false;
  /** Why records are missing in it; absent if it is complete. */
  private lost: Failure | undefined;

  private constructor(
    private readonly path: string,
    config: TrainingConfig,
  ) {
    this.log = new TensorBoardLog(config, this.started);
  }

  /**
   * Begins the log that `--tensorboard` asks for: true means in the run's folder, absent no log. A run that was begun
   * before adds a file to its log. Throws invalid-option if the folder holds the log of another run, not-saved if it cannot be
   * written.
   */
  static async begin(
    option: string | true | undefined,
    { folder: run, isBegun }: Pick<StartedRun, 'folder' | 'isBegun'>,
    config: TrainingConfig,
  ): Promise<TensorBoardFolder | undefined> {
    if (option === undefined) return undefined;
    const path = option === true ? join(run.path, 'tensorboard') : option;
    if (!isBegun && (await exists(join(path, 'train')))) {
      throw new Failure('invalid-option', `the folder ${path} already holds a log: give --tensorboard another one`);
    }
    const folder = new TensorBoardFolder(path, config);
    try {
      await folder.append('train', new Uint8Array());
    } catch (error) {
      throw notSaved(`the folder ${path} cannot be written`, error, 'give --tensorboard another one');
    }
    return folder;
  }

  get howToOpen(): string {
    return `To see the log: tensorboard --logdir ${this.path}`;
  }

  /** The whole log, as a target of the run's end. */
  get target(): Target {
    const requireWhole = () => {
      if (this.lost) throw this.lost;
    };
    return [`all records of the log in ${this.path}`, requireWhole];
  }

  /**
   * Writes an event's records. If that fails, it says so once; later records are written once that is possible again.
   */
  async handle(event: JobEvent, say: (line: string) => void): Promise<void> {
    if (event.type !== 'epoch' && event.type !== 'attention' && event.type !== 'parameters') return;
    try {
      for (const [run, records] of this.log.add(event)) await this.append(run, records);
      this.isFailing = false;
    } catch (error) {
      const what = `the TensorBoard log cannot be written to ${this.path}`;
      const failure = notSaved(what, error, 'free some space, training goes on');
      if (!this.isFailing) say(`Not saved: ${failure.message}`);
      this.isFailing = true;
      this.lost = failure;
    }
  }

  private async append(run: LogRun, records: Uint8Array): Promise<void> {
    const path = join(this.path, logPath(run, this.started, hostname()));
    const written = this.written[run];
    let bytes = records;
    if (written === 0) {
      bytes = joinBytes([this.log.header(run), records]);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, bytes);
    } else {
      await truncate(path, written); // A partial record, left by a full disk, would end what TensorBoard reads.
      await appendFile(path, bytes);
    }
    this.written[run] = written + bytes.length;
  }
}
