import type { TrainingConfig } from '../../model/config.ts';
import { historyCsv } from '../../train/history.ts';
import type { TrainRecord } from '../../train/train_result.ts';
import { byId } from '../dom.ts';
import { saveJson, saveText } from '../downloads.ts';

/** The record of a run: while it trains only the first two, at the end all. */
export type SessionRecord = Pick<TrainRecord, 'history'> &
  Partial<Omit<TrainRecord, 'config'>> & { config: TrainingConfig };

export interface Downloads {
  /** Offers this record, or disables the buttons. */
  offer(record: SessionRecord | undefined): void;
}

/** Connects the two buttons that save a run's history. */
export function connectDownloads(): Downloads {
  let current: SessionRecord | undefined;
  const connect = (id: string, extension: string, download: (record: SessionRecord, name: string) => void) => {
    const button = byId(id, HTMLButtonElement);
    button.addEventListener('click', () => {
      if (current) download(current, `history-seed-${current.config.seed}.${extension}`);
    });
    return button;
  };
  const buttons = [
    connect('download-csv', 'csv', ({ history }, name) => saveText(historyCsv(history), 'text/csv', name)),
    connect('download-json', 'json', saveJson),
  ];
  return {
    offer(record) {
      current = record;
      for (const button of buttons) button.disabled = record === undefined;
    },
  };
}
