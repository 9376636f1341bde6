import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { type EpochRecord, historyCsv, historyRows } from '../train/history.ts';
import { notSaved, writeWhole } from './files.ts';

/** history.csv, which grows by a line with every epoch. */
export class HistoryFile {
  /** The epochs that the file has, and their length with the header. */
  private written = { epochs: 0, bytes: 0 };

  constructor(readonly path: string) {}

  /**
   * Adds the epochs that the file lacks. The first call writes the whole file, and so drops what a killed process has
   * left there; so does a later one if the file is not as this left it. Throws not-saved; the next call adds more.
   */
  async write(history: readonly EpochRecord[]): Promise<void> {
    const { epochs, bytes } = this.written;
    const rows = historyRows(history, epochs);
    const isAdded = epochs > 0 && (await this.append(rows, bytes));
    const whole = isAdded ? '' : historyCsv(history);
    if (!isAdded) await writeWhole(this.path, whole);
    const length = isAdded ? bytes + Buffer.byteLength(rows) : Buffer.byteLength(whole);
    this.written = { epochs: history.length, bytes: length };
  }

  /** Appends to the file if it has this many bytes; returns whether it has. */
  private async append(rows: string, bytes: number): Promise<boolean> {
    const file = await open(this.path, constants.O_WRONLY | constants.O_APPEND).catch(() => undefined);
    if (!file) return false;
    try {
      if ((await file.stat()).size !== bytes) return false;
      await file.writeFile(rows);
      return true;
    } catch (error) {
      await file.truncate(bytes).catch(() => {}); // Half a line, as a full disk leaves it.
      throw notSaved(`${this.path} cannot be written`, error, 'free some space, training goes on');
    } finally {
      await file.close();
    }
  }
}
