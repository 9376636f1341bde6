import { binaryOutput } from '../../../shaders/binary_output.ts';
import { outputBackward, outputForward } from '../../../shaders/output.ts';
import { outputLoss } from '../../../shaders/output_loss.ts';
import { dispatchOf } from '../dispatch.ts';
import { type FusionRule, isSame, isTheirs, replacePairs, runs } from './rule.ts';

/** An output layer with one logit, its binary loss, and the way back to the state that the layer takes. */
export const outputWithLoss: FusionRule = (lists) => {
  let { backward } = lists;
  const forward = replacePairs(lists.forward, (layer, loss) => {
    if (!runs(layer, outputForward) || !runs(loss, binaryOutput)) return undefined;
    const { hidden, parameters, logits } = layer.tensors;
    const { y, probabilities, losses, correct, logitGradient } = loss.tensors;
    const back = backward.find((one) => runs(one, outputBackward) && isSame(one.tensors.logitGradient, logitGradient));
    if (!isSame(logits, loss.tensors.logits) || !isTheirs(lists, logits, [layer, loss])) return undefined;
    if (!runs(back, outputBackward)) return undefined;
    backward = backward.filter((one) => one !== back);
    const { stateGradient } = back.tensors;
    return dispatchOf(
      outputLoss,
      { ...layer.shape, ...loss.shape },
      { hidden, parameters, y, probabilities, losses, correct, logitGradient, stateGradient },
    );
  });
  return { forward, backward };
};
