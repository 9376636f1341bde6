import type { TrainingConfig } from '../model/config.ts';
import type { EpochRecord } from './history.ts';

/** The learning rate from epoch to epoch, as the schedule has it. */
export class LearningRate {
  private readonly standstill = new Standstill();
  private epoch = 0;
  /** Epochs since the last plateau. */
  private waited = 0;
  private plateaus = 0;

  constructor(private readonly config: TrainingConfig) {}

  saw(record: EpochRecord): void {
    this.epoch++;
    this.waited++;
    this.standstill.saw(record);
    const { schedule } = this.config;
    if (schedule?.kind !== 'plateau') return;
    if (Math.min(this.waited, this.standstill.epochs) < schedule.patience) return;
    this.plateaus++;
    this.waited = 0;
  }

  /** Of the next epoch. */
  get next(): number {
    const { learningRate, epochs, schedule } = this.config;
    switch (schedule?.kind) {
      case 'step':
        return learningRate * schedule.factor ** Math.floor(this.epoch / schedule.everyEpochs);
      case 'cosine':
        return (learningRate / 2) * (1 + Math.cos((Math.PI * this.epoch) / epochs));
      case 'plateau':
        return learningRate * schedule.factor ** this.plateaus;
      default:
        return learningRate;
    }
  }
}

/** Counts the epochs without a smaller loss: of validation if there is one, else of training. */
export class Standstill {
  /** Epochs since the best one; 0 right after it. */
  epochs = 0;
  private best = Number.POSITIVE_INFINITY;

  saw({ loss, valLoss }: EpochRecord): void {
    const now = valLoss ?? loss;
    this.epochs++;
    if (!(now < this.best)) return;
    this.best = now;
    this.epochs = 0;
  }
}
