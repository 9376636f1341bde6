/** A sentence that needs a whole run: docs/errors.md shows it, and e2e/not_finite.spec.ts expects it. */
export const TOO_LARGE =
  'the loss is no finite number in step 1 of epoch 1: the series or the numbers to predict are too large, so scale them down';
