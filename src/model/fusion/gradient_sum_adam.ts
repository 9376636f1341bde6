import { adam } from '../../../shaders/adam.ts';
import { gradientSum } from '../../../shaders/gradient_sum.ts';
import { gradientSumAdam } from '../../../shaders/gradient_sum_adam.ts';
import { dispatchOf } from '../dispatch.ts';
import { type FusionRule, isSame, replacePairs, runs } from './rule.ts';

/** The sum of the gradients' parts and the update, if nothing changes the gradients in between. */
export const sumAndUpdate: FusionRule = ({ forward, backward }) => ({
  forward,
  backward: replacePairs(backward, (sum, update) => {
    if (!runs(sum, gradientSum) || !runs(update, adam)) return undefined;
    if (!isSame(sum.tensors.gradients, update.tensors.gradients)) return undefined;
    const { partials } = sum.tensors;
    const { gradients, parameters, firstMoment, secondMoment } = update.tensors;
    return dispatchOf(
      gradientSumAdam,
      { ...sum.shape, ...update.shape },
      { partials, gradients, parameters, firstMoment, secondMoment },
    );
  }),
});
