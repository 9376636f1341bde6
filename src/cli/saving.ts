import { asFailure } from '../errors.ts';

/** What a run saves while it trains: nothing that goes wrong with it ends the run. */
export class Saving {
  private problem = '';

  constructor(private readonly log: (line: string) => void) {}

  /** Whether it was saved. What is in the way is said once, until something is saved again. */
  async done(work: Promise<void>): Promise<boolean> {
    try {
      await work;
      this.problem = '';
      return true;
    } catch (error) {
      const { message } = asFailure(error);
      if (message !== this.problem) this.log(`Not saved: ${message}`);
      this.problem = message;
      return false;
    }
  }
}
