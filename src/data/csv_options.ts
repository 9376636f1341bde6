import type { ColumnChoice } from './csv_columns.ts';
import type { Delimiter } from './csv_rows.ts';
import type { Task } from './labels.ts';
import type { SeriesShape } from './series_set.ts';

export interface CsvOptions {
  task?: Task;
  like?: SeriesShape;
  /** Found from the first rows when absent. */
  delimiter?: Delimiter;
  /** Whether the first row names the columns; found from the first two rows when absent. */
  header?: boolean;
  /** `wide`: one row a series; `long`: one row a step. Long when there are columns for the series and the time, or they are chosen. */
  layout?: 'wide' | 'long';
  /** The column of the labels; one called label, class, target or y when absent, else the last. */
  label?: ColumnChoice;
  /** Long: the columns that tell the series and the time. */
  id?: ColumnChoice;
  time?: ColumnChoice;
  /** Long: the columns that are channels, in the order of the file; all that are left when absent. */
  channels?: ColumnChoice[];
  /** Gets what the file looks like before its series are read, even where they cannot be. */
  found?: (table: CsvTable) => void;
}

/** What a CSV file looks like. Columns are numbers from 0. */
export interface CsvTable {
  delimiter: Delimiter;
  header: boolean;
  layout: 'wide' | 'long';
  /** What the columns are called. */
  columns: string[];
  /** The columns that are taken where none is chosen; of id and time there may be none. */
  label: number;
  id?: number;
  time?: number;
}
