import type { EpochRecord } from './history.ts';

/** Counts the epochs without a smaller loss: validation's where there is one. */
export class Standstill {
  /** Epochs since the best one; 0 right after it. */
  epochs = 0;
  private best = Number.POSITIVE_INFINITY;

  /** A loss is smaller only if it is so by more than `leastImprovement`. */
  constructor(private readonly leastImprovement = 0) {}

  saw({ loss, valLoss }: EpochRecord): void {
    const now = valLoss ?? loss;
    this.epochs++;
    if (!(now < this.best - this.leastImprovement)) return;
    this.best = now;
    this.epochs = 0;
  }
}
