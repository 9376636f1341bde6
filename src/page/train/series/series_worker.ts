import type { CsvTable } from '../../../data/csv_options.ts';
import { readSeries, readUnlabelled } from '../../../data/read_series.ts';
import type { ReadOptions, SeriesFile, SeriesFormat } from '../../../data/series_formats.ts';
import { isLabelled, type Ready, type Series, type SeriesSet, type Unseen } from '../../../data/series_set.ts';
import { splitAt } from '../../../data/split.ts';
import { readyFor, type Standardisation } from '../../../data/standardisation.ts';
import { asFailure, Failure, type FailureCode } from '../../../errors.ts';
import { formLabel } from '../../../settings/table.ts';
import { type PreparedSeries, prepareSeries, type SeriesSettings } from '../../../train/prepare_series.ts';
import { shorten } from '../../text.ts';
import { type SeriesSummary, summarizeSeries } from './series_summary.ts';

// Reads a file and holds its series, so that the page's main thread never touches them. Answers are copies.

/** How to read a file, as plain data. */
export type ReadChoices = Omit<ReadOptions, 'found' | 'foundFormat' | 'progress'>;

/** All of prepared series that can be sent to another thread. */
export type Prepared = Omit<PreparedSeries, 'ready'>;

/** The questions and their answers. The series must be read first. */
export interface SeriesQuestions {
  /** Series that must be like those of a model are predicted: they need no labels. */
  read: (question: { file: SeriesFile; choices: ReadChoices }) => SeriesSummary;
  /** Everything that a run needs. */
  prepare: (settings: SeriesSettings) => Prepared;
  /** The validation series of such a run, or all series if none validate, as the run has them. */
  unseen: (settings: SeriesSettings) => Ready<SeriesSet>;
  /** All series. */
  all: (standardisation: Standardisation | undefined) => Ready<Unseen>;
}

export interface SeriesQuestion {
  id: number;
  name: keyof SeriesQuestions;
  question: unknown;
}

export type SeriesAnswer =
  | { type: 'progress'; share: number }
  | { type: 'format'; format: SeriesFormat }
  | { type: 'table'; table: CsvTable }
  | { type: 'answer'; id: number; answer: unknown }
  | { type: 'failed'; id: number; code: FailureCode; message: string };

/** A wide file has only its steps and the label. */
const MOST_COLUMNS = 1100;
const COLUMN_LETTERS = 60;
/** Time between two reports of the progress. */
const REPORT_MS = 100;

let held: Unseen | undefined;

const answers: { [Name in keyof SeriesQuestions]: (question: never) => unknown } = {
  async read({ file, choices }: Parameters<SeriesQuestions['read']>[0]): Promise<SeriesSummary> {
    let reported = 0;
    const options: ReadOptions = {
      ...choices,
      foundFormat: (format) => send({ type: 'format', format }),
      found: (table) => send({ type: 'table', table: { ...table, columns: showable(table.columns) } }),
      progress(share) {
        const now = performance.now();
        if (now - reported < REPORT_MS) return;
        reported = now;
        send({ type: 'progress', share });
      },
    };
    const { like } = choices;
    held = like ? { target: like.target, ...(await readUnlabelled(file, options)) } : await readSeries(file, options);
    return summarizeSeries(held);
  },

  prepare(settings: SeriesSettings): Prepared {
    const { ready: _, ...prepared } = prepareSeries(copy(labelled()), settings, formLabel);
    return prepared;
  },

  unseen(settings: SeriesSettings): Ready<SeriesSet> {
    const { set, parts } = prepareSeries(copy(labelled()), settings);
    return parts.validation > 0 ? copy(splitAt(set, parts.training).validation) : set;
  },

  all: (standardisation: Standardisation | undefined): Ready<Unseen> => readyFor(copy(series()), standardisation),
};

addEventListener('message', async ({ data: { id, name, question } }: MessageEvent<SeriesQuestion>) => {
  try {
    const answer = await answers[name](question as never);
    send({ type: 'answer', id, answer }, buffersOf(answer));
  } catch (error) {
    const { code, message } = asFailure(error);
    send({ type: 'failed', id, code, message });
  }
});

/** Columns to choose from, by their index; names are cut to a length that can be shown. */
function showable(columns: string[]): string[] {
  return columns.slice(0, MOST_COLUMNS).map((name) => shorten(name, COLUMN_LETTERS));
}

function series(): Unseen {
  if (!held) throw new Failure('internal', 'no series are held: choose their file again');
  return held;
}

function labelled(): SeriesSet {
  const set = series();
  if (!isLabelled(set)) throw new Failure('internal', 'the series have no labels: choose a file that has some');
  return set;
}

/** A copy with arrays of its own. */
function copy<Set extends Series & { y?: Float32Array }>(set: Set): Set {
  return { ...set, x: set.x.slice(), y: set.y?.slice(), places: set.places?.slice(), lengths: set.lengths?.slice() };
}

/** The arrays of an answer's series, which are transferred instead of copied once more. */
function buffersOf(answer: unknown): Transferable[] {
  const set = (answer as Partial<Prepared>).set ?? (answer as Partial<Unseen>);
  return [set.x, set.y, set.places, set.lengths].flatMap((array) => (array ? [array.buffer] : []));
}

function send(answer: SeriesAnswer, transfer: Transferable[] = []): void {
  postMessage(answer, { transfer });
}
