/** What the adapter is used for; as the middle of a sentence: "… while a training run is under way". */
export type Use = 'training' | 'prediction' | 'benchmark' | 'profile' | 'workbench';

const IN_WORDS: Record<Use, string> = {
  training: 'a training run',
  prediction: 'a prediction',
  benchmark: 'a benchmark',
  profile: 'a profile',
  workbench: 'a kernel’s run',
};

/** Lets one job at a time have the adapter: two side by side would measure each other. */
export class AdapterUse {
  private current: Use | undefined;
  private readonly listeners: (() => void)[] = [];

  /** Takes the adapter; false when another use has it. */
  claim(use: Use): boolean {
    if (this.current !== undefined) return false;
    this.current = use;
    this.tell();
    return true;
  }

  /** Gives it back; does nothing when `use` has not got it. */
  release(use: Use): void {
    if (this.current !== use) return;
    this.current = undefined;
    this.tell();
  }

  /** Why `use` cannot start now, as a sentence, or undefined when it can or is under way itself. */
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
