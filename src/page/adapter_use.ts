/** Uses of the adapter, worded to follow "while": "… while a training run is under way". */
export type Use = 'training' | 'prediction' | 'benchmark' | 'profile' | 'workbench';

const IN_WORDS: Record<Use, string> = {
  training: 'a training run',
  prediction: 'a prediction',
  benchmark: 'a benchmark',
  profile: 'a profile',
  workbench: 'a kernel’s run',
};

/** Gives the adapter to one job at a time, because two jobs would disturb each other's times. */
export class AdapterUse {
  private current: Use | undefined;
  private readonly listeners: (() => void)[] = [];

  /** Takes the adapter. Returns false if another use has it. */
  claim(use: Use): boolean {
    if (this.current !== undefined) return false;
    this.current = use;
    this.tell();
    return true;
  }

  /** Gives the adapter back. Does nothing if `use` does not have it. */
  release(use: Use): void {
    if (this.current !== use) return;
    this.current = undefined;
    this.tell();
  }

  /** Says in a sentence why `use` cannot start now; undefined if it can, or has the adapter itself. */
  hindrance(use: Use): string | undefined {
    if (this.current === undefined || this.current === use) return undefined;
    return `The adapter is taken by ${IN_WORDS[this.current]}: wait for its end or stop it first.`;
  }

  /** Calls `listener` whenever the adapter is taken or given back. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
