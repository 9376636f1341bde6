import type { TrainingConfig } from '../model/config.ts';
import { type Checkpoint, describePlace } from './checkpoint.ts';
import type { EpochRecord } from './history.ts';
import { notFinite, requireFiniteLosses } from './not_finite.ts';
import type { Stepper } from './stepper.ts';

/** The states of a training that are kept: checkpoints, the state before the present epoch, and the best epoch's. */
export class StateKeeper {
  /** The place of the copy that the stepper keeps, and the best epoch until then; undefined once a newer checkpoint was handed over. */
  private kept: Pick<Checkpoint, 'epoch' | 'best'> | undefined;

  /** `history` grows during training; `best` is the best epoch so far, if early stopping may restore it. */
  constructor(
    private readonly stepper: Stepper,
    private readonly config: TrainingConfig,
    private readonly history: readonly EpochRecord[],
    private best: Checkpoint['best'],
  ) {}

  /** The present state, after `step` updates of an epoch and `seconds` of training. Throws not-finite. */
  async checkpoint(step: number, seconds: number): Promise<Checkpoint> {
    const { stepper, config } = this;
    const epoch = this.history.length;
    const measured = await stepper.readMetrics(0, step);
    requireFiniteLosses(measured, epoch + 1, step, config);
    const state = await stepper.readState();
    if (!state.parameters.every(Number.isFinite)) {
      throw notFinite('a parameter', `after ${describePlace({ epoch, step })}`, config);
    }
    const metrics = Float32Array.from(measured.flatMap(({ loss, second }) => [loss, second]));
    return { config, epoch, step, metrics, history: this.history.slice(), seconds, state, best: this.best };
  }

  /** Keeps the state between two epochs. */
  keepEpoch(): void {
    this.stepper.keepState();
    this.kept = { epoch: this.history.length, best: this.best };
  }

  /** Call this when a newer checkpoint was handed over: the copy is not needed any more. */
  forgetEpoch(): void {
    this.kept = undefined;
  }

  /** The state that `keepEpoch` kept; undefined if it kept none, or if it is not finite. */
  async keptCheckpoint(): Promise<Checkpoint | undefined> {
    const { config, kept } = this;
    if (!kept) return undefined;
    const state = await this.stepper.readKeptState();
    if (!state?.parameters.every(Number.isFinite)) return undefined;
    const history = this.history.slice(0, kept.epoch);
    const seconds = history.reduce((sum, record) => sum + record.seconds, 0);
    return { config, ...kept, step: 0, metrics: new Float32Array(0), history, seconds, state };
  }

  /** Keeps the state of the epoch that has just ended as the best one. */
  async keepBest(): Promise<void> {
    this.best = { epoch: this.history.length, state: await this.stepper.readState() };
  }

  /**
   * Restores the best epoch's parameters, unless they are the present ones. `step`: updates since the last epoch.
   * Returns the best epoch's number if it restored it.
   */
  restoreBest(step: number): number | undefined {
    const { best, history } = this;
    if (!best || (best.epoch === history.length && step === 0)) return undefined;
    this.stepper.restore(best.state);
    return best.epoch;
  }
}
