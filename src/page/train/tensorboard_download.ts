import type { JobEvent } from '../../jobs/protocol.ts';
import { createArena } from '../../model/parameters.ts';
import { byId } from '../dom.ts';
import { save } from '../downloads.ts';
import { formatCount } from '../text.ts';
import type { SessionRecord } from './history_downloads.ts';
import { WatchedEpochs } from './watched_epochs.ts';

/** Limits of the parameters and attention that are held for the log: epochs, and bytes of parameters. */
const MOST_EPOCHS = 64;
const MOST_BYTES = 2 ** 26;

/** The button that saves a run's TensorBoard log, and the data that the log needs. */
export class TensorBoardDownload {
  private readonly button = byId('download-tensorboard', HTMLButtonElement);
  private readonly notice = byId('tensorboard-notice', HTMLElement);
  private run: { record: SessionRecord; started: Date; watched: WatchedEpochs } | undefined;

  constructor() {
    this.button.addEventListener('click', () => void this.download());
  }

  /** A run starts. Others add its epochs to the record. */
  begin(record: SessionRecord): void {
    const epochBytes = 4 * createArena(record.config).length;
    const most = Math.min(MOST_EPOCHS, Math.max(2, Math.floor(MOST_BYTES / epochBytes)));
    this.run = { record, started: new Date(), watched: new WatchedEpochs(most) };
  }

  /** There is no run any more. */
  clear(): void {
    this.run = undefined;
    this.button.disabled = true;
    this.notice.textContent = '';
  }

  handle(event: JobEvent): void {
    if (event.type === 'attention' || event.type === 'parameters') this.run?.watched.add(event);
    if (event.type === 'epoch') this.button.disabled = false;
  }

  private async download(): Promise<void> {
    if (!this.run) return;
    const { record, started, watched } = this.run;
    const history = [...record.history];
    const held = watched.epochs.map((epoch) => ({ ...epoch }));
    const code = await import('./tensorboard_zip.ts').catch(() => undefined);
    if (!code) {
      this.notice.textContent = 'This part could not be loaded: check the connection, then try again.';
      return;
    }
    save(await code.zipLog({ config: record.config, started, history, watched: held }), 'tensorboard.zip');
    const epochs = `${formatCount(history.length)} epochs`;
    this.notice.textContent =
      held.length < history.length
        ? `tensorboard.zip has the metrics of all ${epochs}, and parameters and attention of ${held.length} of them.`
        : '';
  }
}
