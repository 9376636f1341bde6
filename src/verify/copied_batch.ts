import type { Trainer } from '../train/trainer.ts';
import { type Check, check, largestError, relativeL2 } from './check.ts';

/** float32 in another order of summation differs by 1e-6 or so; a sample left out, or counted twice, by 1e-2. */
const TOLERANCE = 1e-4;

/**
 * Holds the step in slot 0 of `many`, whose batch has every series of `one`'s `copies` times, against that of `one`: the mean loss
 * and the gradients of the parameters are the same. So a batch too large for the float64 references is checked by one that
 * was checked by them.
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
