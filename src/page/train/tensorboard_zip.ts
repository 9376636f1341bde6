import { zipSync } from 'fflate';
import { joinBytes } from '../../data/bytes.ts';
import { type LoggedEvent, type LogRun, logPath, TensorBoardLog } from '../../formats/tensorboard/log.ts';
import type { TrainingConfig } from '../../model/config.ts';
import type { EpochRecord } from '../../train/history.ts';
import type { WatchedEpoch } from './watched_epochs.ts';

/** Instead of the computer's name, which a page does not know. */
const HOST = 'browser';

/** The content of a log. */
export interface LoggedRun {
  config: TrainingConfig;
  started: Date;
  history: EpochRecord[];
  watched: readonly WatchedEpoch[];
}

/** A TensorBoard log as a zip archive. After each epoch with pictures the page may answer. */
export async function zipLog({ config, started, history, watched }: LoggedRun): Promise<Blob> {
  const log = new TensorBoardLog(config, started);
  const files = new Map<LogRun, Uint8Array[]>();
  const write = (event: LoggedEvent) => {
    for (const [run, records] of log.add(event)) {
      const file = files.get(run) ?? [log.header(run)];
      file.push(records);
      files.set(run, file);
    }
  };
  const watchedAt = new Map(watched.map((held) => [held.epoch, held]));
  for (const record of history) {
    write({ type: 'epoch', ...record });
    const { attention, parameters } = watchedAt.get(record.epoch) ?? {};
    if (attention) write(attention);
    if (parameters) write(parameters);
    if (parameters) await new Promise((resolve) => setTimeout(resolve));
  }
  const entries = [...files].map(([run, parts]) => [logPath(run, started, HOST), joinBytes(parts)]);
  // Pictures are most of it, and they are compressed already.
  return new Blob([zipSync(Object.fromEntries(entries), { level: 0 })], { type: 'application/zip' });
}
