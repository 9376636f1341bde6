import { digits, percent } from '../../bench/figures.ts';
import { attained, type ProfileRow } from '../../bench/profile_result.ts';
import { byId, tableBody, tableRow } from '../dom.ts';
import { formatCount } from '../text.ts';

interface Column {
  /** The value that the rows are sorted by. */
  value(row: ProfileRow): number | string;
  text(row: ProfileRow): string;
}

/** A column of milliseconds. */
function milliseconds(name: 'totalMs' | 'meanMs' | 'p95Ms'): Column {
  return { value: (row) => row[name], text: (row) => digits(row[name]) };
}

function figure(value: (row: ProfileRow) => number, text = digits): Column {
  return { value, text: (row) => text(value(row)) };
}

/** In the order of the markup, under its names. */
const COLUMNS: Record<string, Column> = {
  name: { value: ({ name }) => name, text: ({ name }) => name },
  count: figure(({ count }) => count, formatCount),
  totalMs: milliseconds('totalMs'),
  meanMs: milliseconds('meanMs'),
  p95Ms: milliseconds('p95Ms'),
  share: figure(({ share }) => share, percent),
  flops: figure(({ flops }) => flops / 1e6),
  bytes: figure(({ bytes }) => bytes / 1e6),
  intensity: figure(({ flops, bytes }) => flops / bytes),
  gflops: figure((row) => attained(row).gflops),
  gbs: figure((row) => attained(row).gbs),
  shareOfLimit: figure(({ shareOfLimit }) => shareOfLimit, percent),
};

/** The kernels of a profile, sorted by the column whose heading was pressed last. */
export class ProfileTable {
  private readonly headings = [...byId('profile-table', HTMLTableElement).querySelectorAll('th')];
  private readonly body = tableBody('profile-table');
  private rows: ProfileRow[] = [];
  private sortedBy = 'totalMs';
  private descending = true;

  constructor() {
    for (const heading of this.headings) {
      heading.querySelector('button')?.addEventListener('click', () => this.sortBy(heading.dataset.column ?? ''));
    }
  }

  show(rows: ProfileRow[]): void {
    this.rows = rows;
    this.draw();
  }

  /** Numbers start with the largest, names with A. A second press reverses the order. */
  private sortBy(column: string): void {
    this.descending = column === this.sortedBy ? !this.descending : column !== 'name';
    this.sortedBy = column;
    this.draw();
  }

  private draw(): void {
    for (const heading of this.headings) {
      if (heading.dataset.column !== this.sortedBy) heading.removeAttribute('aria-sort');
      else heading.setAttribute('aria-sort', this.descending ? 'descending' : 'ascending');
    }
    const { value } = COLUMNS[this.sortedBy];
    const ascending = this.rows.toSorted((a, b) => (value(a) < value(b) ? -1 : Number(value(a) > value(b))));
    const rows = this.descending ? ascending.reverse() : ascending;
    this.body.replaceChildren(...rows.map((row) => tableRow(Object.values(COLUMNS).map(({ text }) => text(row)))));
  }
}
