import type { Trainer } from '../train/trainer.ts';
import { type Check, check, largestError, relativeL2 } from './check.ts';

/**
 * Another order of summation changes float32 by about 1e-6; a sample that is left out or counted twice changes it by
 * 1e-2.
 */
const TOLERANCE = 1e-4;

/**
 * Compares the step in slot 0 of `many` with that of `one`. The batch of `many` has every series of `one` `copies`
 * times, so that mean loss and gradients are the same. This checks a batch that is too large for the float64 references
 * by one that they have checked.
 */
export async function* checkCopiedBatch(one: Trainer, many: Trainer, copies: number): AsyncGenerator<Check> {
  const compare = (name: string, error: number) =>
    check('training step', `${name} with ${copies} copies of the batch`, error, TOLERANCE);
  for (const trainer of [one, many]) trainer.submitUpdates(0, 1);
  const [[expected], [actual]] = [await one.readMetrics(0, 1), await many.readMetrics(0, 1)];
  yield compare('loss', largestError([actual.loss / copies], [expected.loss]));
  const gradients = await one.readArena('gradients');
  const copied = await many.readArena('gradients');
  for (const name of Object.keys(gradients) as (keyof typeof gradients)[]) {
    yield compare(`gradient of ${name}`, relativeL2(copied[name], gradients[name]));
  }
}
