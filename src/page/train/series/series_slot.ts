import type { CsvTable } from '../../../data/csv_options.ts';
import { SERIES_ENDINGS, type SeriesFormat } from '../../../data/series_formats.ts';
import { asFailure } from '../../../errors.ts';
import { byId } from '../../dom.ts';
import { formatCount } from '../../text.ts';
import type { SavedSeries } from '../training_plan.ts';
import { FileField, listOf } from './file_field.ts';
import { SeriesReader } from './series_reader.ts';
import type { SeriesSummary } from './series_summary.ts';
import type { ReadChoices } from './series_worker.ts';

/** Follows a file of series. */
export interface SlotListener {
  /** The choices for reading the file; undefined while it cannot be read. */
  choices(): ReadChoices | undefined;
  /**
   * Another file was chosen, or the choice was removed. Earlier knowledge is void; `choices` may come with the new
   * file.
   */
  onFile?(choices: ReadChoices): void;
  onFormat?(format: SeriesFormat): void;
  onTable?(table: CsvTable): void;
  /** The series have arrived or gone. */
  onSeries(): void;
}

/** A file of series. It is read when it is chosen, and again whenever the choices for reading it change. */
export class SeriesSlot {
  readonly field: FileField;
  /** The file's summary; undefined until it has been read. */
  summary: SeriesSummary | undefined;
  reader: SeriesReader | undefined;
  source: SavedSeries | undefined;
  private readonly labels: HTMLInputElement;
  private dropped: ReadChoices = {};
  private reading: Promise<void> | undefined;

  constructor(
    private readonly id: string,
    private readonly listener: SlotListener,
  ) {
    this.labels = byId(`${id}-labels`, HTMLInputElement);
    this.labels.addEventListener('change', () => void this.read());
    this.field = new FileField(id, SERIES_ENDINGS, () => {
      const { labels, ...choices } = this.dropped;
      this.dropped = {};
      this.labels.files = listOf(...(labels ? [new File([labels.blob], labels.name)] : []));
      this.listener.onFile?.(choices);
      this.reading = this.read();
    });
  }

  /** Reads the file with the current choices and drops earlier results. */
  async read(): Promise<void> {
    const { field, listener } = this;
    this.forget();
    const { file } = field;
    const choices = listener.choices();
    byId(`${this.id}-labels-part`, HTMLElement).hidden = !file?.name.toLowerCase().endsWith('.npy');
    if (file && !choices) field.end('It is read when the series are.');
    if (!file || !choices) return;
    const reader = new SeriesReader({
      progress: (share) => field.showProgress(share),
      format: (format) => listener.onFormat?.(format),
      table: (table) => listener.onTable?.(table),
    });
    this.reader = reader;
    field.begin();
    try {
      const source = { file, choices: { ...choices, labels: this.labelFile } };
      const summary = await reader.read({ name: file.name, blob: file }, source.choices);
      this.summary = summary;
      this.source = source;
      field.end(describeSummary(summary));
      listener.onSeries();
    } catch (error) {
      if (asFailure(error).code === 'stopped') return;
      this.reader = undefined;
      reader.close();
      field.fail(error);
    }
  }

  get isReading(): boolean {
    return this.reader !== undefined && this.summary === undefined;
  }

  /** The file need not be one to train on: that it is none is no error any more. */
  forgive(): void {
    const { field, reader } = this;
    if (field.file && !reader) field.say(`${field.file.name} is predicted by the model; it is no file to train on.`);
  }

  /** Takes a file as if it had been chosen, if necessary with its choices. Resolves when it was read or has failed. */
  async take({ file, choices }: SavedSeries): Promise<void> {
    this.dropped = choices;
    this.field.drop(file);
    await this.reading;
  }

  private get labelFile(): ReadChoices['labels'] {
    const [file] = this.labels.files ?? [];
    return file && { name: file.name, blob: file };
  }

  private forget(): void {
    this.reader?.close();
    this.reader = undefined;
    this.source = undefined;
    const hadSeries = this.summary !== undefined;
    this.summary = undefined;
    if (hadSeries) this.listener.onSeries();
  }
}

/** The content of a file, in words. */
export function describeSummary(summary: SeriesSummary): string {
  const { name, samples, timeSteps, inputDim, target, isLabelled, shortest, filled } = summary;
  const channels = inputDim === 1 ? '1 channel' : `${inputDim} channels`;
  const meaning = target.kind === 'class' ? `${target.classes.length} classes` : 'numbers to predict';
  const labels = isLabelled ? meaning : 'without labels';
  const padded = shortest === undefined || shortest === timeSteps ? '' : `; the shortest has ${shortest} steps, padded`;
  const gaps = filled ? `; ${formatCount(filled)} missing values filled` : '';
  return `${name}: ${formatCount(samples)} series of ${timeSteps} steps, ${channels}; ${labels}${padded}${gaps}`;
}
