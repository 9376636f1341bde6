import type { ColumnChoice } from './csv_columns.ts';
import type { Delimiter } from './csv_rows.ts';
import type { Task } from './labels.ts';
import type { SeriesShape } from './series_set.ts';

export interface CsvOptions {
  task?: Task;
  like?: SeriesShape;
  /** If absent, found from the first rows. */
  delimiter?: Delimiter;
  /** Whether the first row names the columns. If absent, found from the first two rows. */
  header?: boolean;
  /**
   * `wide`: one row a series; `long`: one row a step. If absent, long if the file has columns for id and time, or they
   * are chosen.
   */
  layout?: 'wide' | 'long';
  /** The column of the labels. If absent, a column called label, class, target or y, else the last. */
  label?: ColumnChoice;
  /** Long: the columns of the series' id and of the time. */
  id?: ColumnChoice;
  time?: ColumnChoice;
  /** Long: the columns that are channels, in the order of the file. If absent, all remaining columns. */
  channels?: ColumnChoice[];
  /** Called with the file's look before its series are read, so also if they cannot be read. */
  found?: (table: CsvTable) => void;
}

/** The look of a CSV file. Columns are numbers from 0. */
export interface CsvTable {
  delimiter: Delimiter;
  header: boolean;
  layout: 'wide' | 'long';
  /** The names of the columns. */
  columns: string[];
  /** The columns that are taken without a choice. A file may lack id and time. */
  label: number;
  id?: number;
  time?: number;
}
