import type { TrainResult } from '../jobs/protocol.ts';
import type { EpochRecord } from '../train/history.ts';
import { byId, create } from './dom.ts';

/** What is known of a run: of one that is still training the first two, in the end all. */
export type RunRecord = Pick<TrainResult, 'config' | 'history'> & Partial<TrainResult>;

export interface Downloads {
  /** Gives the buttons this record, or nothing to give. */
  offer(record: RunRecord | undefined): void;
}

/** Connects the two buttons that save a run's history. */
export function connectDownloads(): Downloads {
  let current: RunRecord | undefined;
  const connect = (id: string, type: string, extension: string, format: (record: RunRecord) => string) => {
    const button = byId(id, HTMLButtonElement);
    button.addEventListener('click', () => {
      if (current) save(new Blob([format(current)], { type }), `history-seed-${current.config.seed}.${extension}`);
    });
    return button;
  };
  const buttons = [
    connect('download-csv', 'text/csv', 'csv', ({ history }) => historyCsv(history)),
    connect('download-json', 'application/json', 'json', (record) => `${JSON.stringify(record, null, 2)}\n`),
  ];
  return {
    offer(record) {
      current = record;
      for (const button of buttons) button.disabled = record === undefined;
    },
  };
}

/** Columns as Keras' CSVLogger names them, epochs from 1; without validation the last two are left out. */
function historyCsv(history: EpochRecord[]): string {
  const columns: [string, keyof EpochRecord][] = [
    ['epoch', 'epoch'],
    ['seconds', 'seconds'],
    ['loss', 'loss'],
    ['accuracy', 'accuracy'],
    ['val_loss', 'valLoss'],
    ['val_accuracy', 'valAccuracy'],
  ];
  const used = columns.filter(([, key]) => history.some((record) => record[key] !== undefined));
  const lines = history.map((record) => used.map(([, key]) => record[key] ?? '').join(','));
  return `${[used.map(([name]) => name).join(','), ...lines].join('\n')}\n`;
}

function save(blob: Blob, name: string): void {
  const link = create('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser takes the blob over after the click has been handled.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
