import type { CsvTable } from '../../../data/csv_options.ts';
import type { SeriesFile, SeriesFormat } from '../../../data/series_formats.ts';
import { Failure } from '../../../errors.ts';
import { NOT_LOADED, tellLoadFailed } from '../../../hosts/load_failure.ts';
import { scriptUrl } from '../../../hosts/script_url.ts';
import type { ReadChoices, SeriesAnswer, SeriesQuestion, SeriesQuestions } from './series_worker.ts';
import workerUrl from './series_worker.ts?worker&url';

/** Follows the reading of a file. */
export interface ReadListener {
  progress(share: number): void;
  format(format: SeriesFormat): void;
  table(table: CsvTable): void;
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(failure: Failure): void;
}

/** The series of a file, in their own worker. */
export class SeriesReader {
  private readonly worker = new Worker(scriptUrl(workerUrl), { type: 'module' });
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;

  constructor(private readonly listener: ReadListener) {
    this.worker.addEventListener('message', ({ data }: MessageEvent<SeriesAnswer>) => this.take(data));
    this.worker.addEventListener('error', ({ message }) => {
      if (!message) tellLoadFailed();
      this.rejectAll(new Failure(message ? 'internal' : 'not-loaded', message || NOT_LOADED));
    });
  }

  read(file: SeriesFile, choices: ReadChoices): Promise<ReturnType<SeriesQuestions['read']>> {
    return this.ask('read', { file, choices });
  }

  /** Rejects with a Failure; its code is `stopped` if the reader was closed. */
  ask<Name extends keyof SeriesQuestions>(
    name: Name,
    question: Parameters<SeriesQuestions[Name]>[0],
  ): Promise<ReturnType<SeriesQuestions[Name]>> {
    const id = this.asked++;
    this.worker.postMessage({ id, name, question } satisfies SeriesQuestion);
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
    });
  }

  /** Ends the worker and its work at once. */
  close(): void {
    this.worker.terminate();
    this.rejectAll(new Failure('stopped', 'the series are no longer held: choose their file again'));
  }

  private take(data: SeriesAnswer): void {
    switch (data.type) {
      case 'progress':
        this.listener.progress(data.share);
        break;
      case 'format':
        this.listener.format(data.format);
        break;
      case 'table':
        this.listener.table(data.table);
        break;
      case 'answer':
        this.settle(data.id, ({ resolve }) => resolve(data.answer));
        break;
      case 'failed':
        if (data.code === 'not-loaded') tellLoadFailed();
        this.settle(data.id, ({ reject }) => reject(new Failure(data.code, data.message)));
        break;
    }
  }

  private settle(id: number, settle: (waiting: Waiting) => void): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (waiting) settle(waiting);
  }

  private rejectAll(failure: Failure): void {
    for (const id of [...this.waiting.keys()]) this.settle(id, ({ reject }) => reject(failure));
  }
}
