import type { CsvTable } from '../../../data/csv_options.ts';
import type { SeriesFormat } from '../../../data/read_series.ts';
import { asFailure } from '../../../errors.ts';
import { byId } from '../../dom.ts';
import { formatCount } from '../../text.ts';
import type { SavedSeries } from '../training_plan.ts';
import { FileField, listOf } from './file_field.ts';
import { SeriesReader } from './series_reader.ts';
import type { SeriesSummary } from './series_summary.ts';
import type { ReadChoices } from './series_worker.ts';

/** What somebody wants to know of a file of series. */
export interface SlotListener {
  /** How the file is to be read; undefined while it cannot be. */
  choices(): ReadChoices | undefined;
  /** Another file was chosen, or none any more: nothing is known of it, but how it is to be read where that came with it. */
  onFile?(choices: ReadChoices): void;
  onFormat?(format: SeriesFormat): void;
  onTable?(table: CsvTable): void;
  /** Its series are there, or no longer. */
  onSeries(): void;
}

/** A file of series: chosen, and read at once and whenever it is to be read in another way. */
export class SeriesSlot {
  readonly field: FileField;
  /** Its series, who holds them, and what was read; undefined while there are none. */
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
    this.field = new FileField(id, () => {
      const { labels, ...choices } = this.dropped;
      this.dropped = {};
      this.labels.files = listOf(...(labels ? [new File([labels.blob], labels.name)] : []));
      this.listener.onFile?.(choices);
      this.reading = this.read();
    });
  }

  /** Reads the file, as it is to be read now; what was read before goes. */
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

  /** Takes a file as if it had been chosen, perhaps with how it is to be read. Resolves when it was read, or could not be. */
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

/** What a file holds, in words. */
export function describeSummary({ name, samples, timeSteps, inputDim, target }: SeriesSummary): string {
  const channels = inputDim === 1 ? '1 channel' : `${inputDim} channels`;
  const labels = target.kind === 'class' ? `${target.classes.length} classes` : 'numbers to predict';
  return `${name}: ${formatCount(samples)} series of ${timeSteps} steps, ${channels}; ${labels}`;
}
