import type { Matrix } from '../color_scale.ts';

/** A picture with more rows would show no more. */
export const MAX_ROWS = 256;

/**
 * The attention over the time steps, epoch by epoch. In a long run a row is the mean of several epochs, which keeps the
 * picture small.
 */
export class AttentionHistory {
  epochsPerRow = 1;
  /** Number of epochs so far; they come one after the other from 1. */
  epochs = 0;
  /** The largest step, and the epoch since which it has been the largest without interruption. */
  largest = -1;
  largestSince = 0;
  /** Sums over the epochs of each row. */
  private sums: number[][] = [];

  /** `maxRows` is even. */
  constructor(
    private readonly timeSteps: number,
    private readonly maxRows = MAX_ROWS,
  ) {}

  /** Adds an epoch. A known epoch changes nothing; an epoch that was left out counts as zero. */
  add(epoch: number, attention: number[]): void {
    if (epoch <= this.epochs) return;
    const nothing = attention.map(() => 0);
    while (this.epochs < epoch - 1) this.append(nothing);
    this.append(attention);
    const largest = attention.indexOf(Math.max(...attention));
    if (largest !== this.largest) this.largestSince = epoch;
    this.largest = largest;
  }

  private append(attention: number[]): void {
    if (this.epochs === this.maxRows * this.epochsPerRow) this.mergeRows();
    const row = Math.floor(this.epochs / this.epochsPerRow);
    this.sums[row] = add(this.sums[row] ?? [], attention);
    this.epochs++;
  }

  /** Means: a row for every `epochsPerRow` epochs, the last row possibly for fewer. */
  matrix(): Matrix {
    const { sums, timeSteps, epochsPerRow } = this;
    const values = new Float32Array(sums.length * timeSteps);
    for (const [i, row] of sums.entries()) {
      const count = Math.min(epochsPerRow, this.epochs - i * epochsPerRow);
      for (let t = 0; t < timeSteps; t++) values[i * timeSteps + t] = row[t] / count;
    }
    return { rows: sums.length, columns: timeSteps, values };
  }

  /** The epochs of a row, in words. */
  nameRow(row: number): string {
    const first = row * this.epochsPerRow + 1;
    const last = Math.min(this.epochs, first + this.epochsPerRow - 1);
    return first === last ? `Epoch ${first}` : `Epochs ${first} to ${last}`;
  }

  private mergeRows(): void {
    this.sums = Array.from({ length: this.maxRows / 2 }, (_, i) => add(this.sums[2 * i], this.sums[2 * i + 1]));
    this.epochsPerRow *= 2;
  }
}

function add(sums: number[], values: number[]): number[] {
  return values.map((value, t) => (sums[t] ?? 0) + value);
}
