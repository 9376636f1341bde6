import { multiplyBackward, multiplyForward } from '../../../shaders/multiply.ts';
import { softmaxBackward, softmaxForward } from '../../../shaders/softmax.ts';
import { softmaxMultiplyBackward, softmaxMultiplyForward } from '../../../shaders/softmax_multiply.ts';
import { dispatchOf } from '../dispatch.ts';
import { type FusionRule, isSame, isTheirs, replacePairs, runs } from './rule.ts';

/** A softmax whose probabilities are multiplied at once, with nothing like a mean in between; and the way back. */
export const softmaxMultiply: FusionRule = (lists) => ({
  forward: replacePairs(lists.forward, (softmax, multiply) => {
    if (!runs(softmax, softmaxForward) || !runs(multiply, multiplyForward)) return undefined;
    const { logits, probabilities: attention } = softmax.tensors;
    const { x, product } = multiply.tensors;
    if (!isSame(attention, multiply.tensors.attention)) return undefined;
    return dispatchOf(softmaxMultiplyForward, softmax.shape, { logits, x, attention, product });
  }),
  backward: replacePairs(lists.backward, (multiply, softmax) => {
    if (!runs(multiply, multiplyBackward) || !runs(softmax, softmaxBackward)) return undefined;
    const { productGradient, x, attentionGradient } = multiply.tensors;
    const { probabilities: attention, gradient, logitGradient } = softmax.tensors;
    if (!isSame(attentionGradient, gradient) || !isTheirs(lists, gradient, [multiply, softmax])) return undefined;
    return dispatchOf(softmaxMultiplyBackward, softmax.shape, { productGradient, x, attention, logitGradient });
  }),
});
