import type { FitEvent } from '../../train/fit_event.ts';

type AttentionEvent = Extract<FitEvent, { type: 'attention' }>;
type ParametersEvent = Extract<FitEvent, { type: 'parameters' }>;

/** Attention and parameters at the end of an epoch. */
export interface WatchedEpoch {
  epoch: number;
  attention?: AttentionEvent;
  parameters?: ParametersEvent;
}

/**
 * Attention and parameters of some epochs of a run, at even distances, and of the newest; in a long run every second,
 * fourth … epoch.
 */
export class WatchedEpochs {
  private kept: WatchedEpoch[] = [];
  private interval = 1;

  /** Holds at most this many epochs, at least two. */
  constructor(private readonly most: number) {}

  /**
   * Epochs come in order. Values before training or within an epoch are not kept, nor epochs that a resumed run reports
   * again.
   */
  add(event: AttentionEvent | ParametersEvent): void {
    const { epoch } = event;
    const newest = this.kept.at(-1)?.epoch ?? 0;
    if (epoch === 0 || epoch < newest || (event.type === 'parameters' && event.step !== undefined)) return;
    if (epoch > newest) this.begin(epoch);
    const watched = this.kept[this.kept.length - 1];
    if (event.type === 'attention') watched.attention = event;
    else watched.parameters = event;
  }

  /** The epochs that are held now. */
  get epochs(): readonly WatchedEpoch[] {
    return this.kept;
  }

  private begin(epoch: number): void {
    this.kept = this.kept.filter((held) => this.isHeld(held));
    while (this.kept.length >= this.most) {
      this.interval *= 2;
      this.kept = this.kept.filter((held) => this.isHeld(held));
    }
    this.kept.push({ epoch });
  }

  private isHeld({ epoch }: WatchedEpoch): boolean {
    return (epoch - 1) % this.interval === 0;
  }
}
