import { Failure } from '../errors.ts';
import type { TrainingConfig } from '../model/config.ts';
import type { BatchMetrics } from './stepper.ts';

type Rate = Pick<TrainingConfig, 'learningRate'>;

/** The failure of a training whose numbers have become infinite or NaN. */
export function notFinite(what: string, where: string, { learningRate }: Rate): Failure {
  const advice = `use a smaller learning rate than ${learningRate}`;
  return new Failure('not-finite', `${what} is no longer a finite number ${where}: ${advice}`);
}

/**
 * Throws not-finite with the first batch of an epoch whose loss is not finite: `steps` updates come first, then
 * validation.
 */
export function requireFiniteLosses(metrics: BatchMetrics[], epoch: number, steps: number, config: Rate): void {
  const slot = metrics.findIndex(({ loss }) => !Number.isFinite(loss));
  if (slot < 0) return;
  const what = slot < steps ? 'the loss' : 'the validation loss';
  const where = `in step ${slot < steps ? slot + 1 : slot - steps + 1} of epoch ${epoch}`;
  if (slot === 0 && epoch === 1) {
    // There was no update yet, so no learning rate is to blame.
    throw new Failure(
      'not-finite',
      `${what} is not a finite number ${where}: the series or the numbers to predict are too large, so scale them down`,
    );
  }
  throw notFinite(what, where, config);
}
