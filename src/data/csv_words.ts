import { quote } from '../text/quote.ts';
import type { CsvTable } from './csv_options.ts';
import type { Delimiter } from './csv_rows.ts';

/** The signs between cells, in words. */
export const DELIMITER_WORDS: Record<Delimiter, string> = {
  ',': 'commas',
  ';': 'semicolons',
  '\t': 'tabs',
  '|': 'bars',
  ' ': 'blanks',
};

/** How a table was read: `cells divided by commas, with a header, a row a series, label in "kind"`. */
export function describeTable(table: CsvTable): string {
  const { delimiter, decimal, header, layout, columns } = table;
  const roles = (['label', 'id', 'time'] as const).flatMap((role) => {
    const column = table[role];
    return column === undefined ? [] : [`${role} in ${quote(columns[column])}`];
  });
  const parts = [
    `cells divided by ${DELIMITER_WORDS[delimiter]}`,
    ...(decimal === ',' ? ['decimal commas'] : []),
    header ? 'with a header' : 'without a header',
    layout === 'wide' ? 'a row a series' : 'a row a time step',
    ...roles,
  ];
  return parts.join(', ');
}
