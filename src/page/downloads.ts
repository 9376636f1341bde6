import type { TrainResult } from '../jobs/protocol.ts';
import { historyCsv } from '../train/history.ts';
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

function save(blob: Blob, name: string): void {
  const link = create('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser takes the blob over after the click has been handled.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
