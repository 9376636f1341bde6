import type { ColumnChoice } from './csv_columns.ts';
import type { Delimiter } from './csv_rows.ts';
import type { DecimalMark } from './decimal.ts';
import type { Task } from './labels.ts';
import type { Fits, SeriesShape } from './series_set.ts';

export interface CsvOptions {
  /** Whether labels are classes or numbers. If absent or `auto`, the labels decide. */
  task?: Task;
  /** Series without labels are read too. @internal */
  optionalLabels?: boolean;
  /** Series that these must be like, such as those that trained: same steps, channels and classes. */
  like?: SeriesShape;
  /** If absent, found from the first rows. */
  delimiter?: Delimiter;
  /** What divides the whole part of a number from its fraction. If absent, found from the first rows. */
  decimal?: DecimalMark;
  /** Steps of every series: longer ones are cut, shorter ones padded. If absent, those of the longest series. */
  length?: number;
  /** Called when it is known how large the series are, and again as more is known; reading ends as it rejects. */
  fits?: Fits;
  /** Whether the first row names the columns. If absent, found from the first rows. */
  header?: boolean;
  /**
   * `wide`: one row a series; `long`: one row a step. If absent, long if the file has columns for id and time, or they
   * are chosen.
   */
  layout?: 'wide' | 'long';
  /** The column of the labels. If absent, one with a usual name, else the last or first that looks like classes. */
  label?: ColumnChoice;
  /** The column of the series' id. If absent, one with a usual name. */
  id?: ColumnChoice;
  /** Long: the column of the time. If absent, one with a usual name. */
  time?: ColumnChoice;
  /** Long: the columns that are channels, in the order of the file. If absent, all remaining columns. */
  channels?: ColumnChoice[];
  /** Called with the file's look before its series are read, so also if they cannot be read. */
  found?: (table: CsvTable) => void;
}

/** The look of a CSV file. Columns are numbers from 0. */
export interface CsvTable {
  /** What divides cells. */
  delimiter: Delimiter;
  /** What divides the whole part of a number from its fraction. */
  decimal: DecimalMark;
  /** Whether the first row names the columns. */
  header: boolean;
  /** `wide`: one row a series; `long`: one row a step. */
  layout: 'wide' | 'long';
  /** The names of the columns. */
  columns: string[];
  /** The column of the labels, if there is one. */
  label?: number;
  /** The column of the series' ids, if there is one. */
  id?: number;
  /** The column of the times, if there is one. */
  time?: number;
  /** The names of the channels; an empty one for a single channel without a name. */
  channels: string[];
}
