import { metricSum } from '../../../shaders/binary_output.ts';
import { denseForward, denseParameterGradient } from '../../../shaders/dense.ts';
import { lstmBackward, lstmForward } from '../../../shaders/lstm.ts';
import { lstmParameterGradient } from '../../../shaders/lstm_parameter_gradient.ts';
import { outputParameterGradient } from '../../../shaders/output.ts';
import { outputLoss } from '../../../shaders/output_loss.ts';
import { parameterGradients, parameterGradientsMisfit } from '../../../shaders/parameter_gradients.ts';
import { sampleStep, sampleStepMisfit } from '../../../shaders/sample_step.ts';
import { softmaxMultiplyBackward, softmaxMultiplyForward } from '../../../shaders/softmax_multiply.ts';
import { type Dispatch, type TensorSlice, type TileDevice, writesBinding } from '../../gpu/kernel.ts';
import { dispatchOf, SHARED } from '../dispatch.ts';
import { isSame, runs } from './rule.ts';

/** Tensors that only the combined kernels have. */
const OWN = {
  states: { tensor: 'sample_step/states' },
  flows: { tensor: 'sample_step/flows' },
  results: { tensor: 'sample_step/results' },
};

/**
 * An update whose samples go all the way, forward and back, in one dispatch each workgroup a sample: `sample_step` and
 * `parameter_gradients` in the place of ten dispatches. Between the batch and the gradients of the parameters no
 * sample needs another one. The list stays as it is if it has other dispatches in between (another model, another
 * output, chunks of a sequence), or if the device cannot run the combined kernels or gains nothing by them.
 */
export function bySample(update: Dispatch[], arenaLength: number, device: TileDevice): Dispatch[] {
  const first = update.findIndex((dispatch) => runs(dispatch, denseForward));
  const [dense, softmax, forward, loss, metric, ofOutput, backward, ofLstm, back, ofDense] = update.slice(first);
  if (!runs(dense, denseForward) || !runs(softmax, softmaxMultiplyForward) || !runs(forward, lstmForward))
    return update;
  if (!runs(loss, outputLoss) || !runs(metric, metricSum) || !runs(ofOutput, outputParameterGradient)) return update;
  if (!runs(backward, lstmBackward) || !runs(ofLstm, lstmParameterGradient)) return update;
  if (!runs(back, softmaxMultiplyBackward) || !runs(ofDense, denseParameterGradient)) return update;
  const pairs: [TensorSlice, TensorSlice][] = [
    [dense.tensors.input, softmax.tensors.x],
    [dense.tensors.output, softmax.tensors.logits],
    [softmax.tensors.product, forward.tensors.x],
    [forward.tensors.hidden, loss.tensors.hidden],
    [loss.tensors.stateGradient, backward.tensors.stateGradient],
    [backward.tensors.gates, forward.tensors.gates],
    [backward.tensors.inputGradient, back.tensors.productGradient],
    [back.tensors.logitGradient, ofDense.tensors.outputGradient],
  ];
  if (!pairs.every(([a, b]) => isSame(a, b))) return update;
  const replaced = [dense, softmax, forward, loss, metric, ofOutput, backward, ofLstm, back, ofDense];
  if (othersRead(update, replaced)) return update;
  const shape = {
    ...forward.shape,
    ...loss.shape,
    length: arenaLength,
    attention: dense.tensors.parameters.offset,
    lstm: forward.tensors.parameters.offset,
    output: loss.tensors.parameters.offset,
  };
  const gradients = { ...shape, parts: ofLstm.shape.parts, slots: metric.shape.slots };
  if (sampleStepMisfit(shape, device) ?? parameterGradientsMisfit(gradients, device)) return update;
  const { gates } = forward.tensors;
  const { gateGradient } = backward.tensors;
  const given = { x: dense.tensors.input, gateGradient, ...OWN };
  const { parameters, partials, metrics } = SHARED;
  const combined = [
    dispatchOf(sampleStep, shape, { ...given, y: loss.tensors.y, parameters, gates }),
    dispatchOf(parameterGradients, gradients, { ...given, partials, metrics }),
  ];
  return [...update.slice(0, first), ...combined, ...update.slice(first + replaced.length)];
}

/** Whether another dispatch binds a tensor that these write, beside those in which an update ends. */
function othersRead(update: Dispatch[], replaced: Dispatch[]): boolean {
  const ends: string[] = [SHARED.partials.tensor, SHARED.metrics.tensor];
  const tensorsOf = ({ kernel, tensors }: Dispatch, written: boolean) =>
    Object.entries(tensors).flatMap(([name, { tensor }]) =>
      !written || writesBinding(kernel.bindings[name]) ? [tensor] : [],
    );
  const others = new Set(update.filter((one) => !replaced.includes(one)).flatMap((one) => tensorsOf(one, false)));
  return replaced.flatMap((one) => tensorsOf(one, true)).some((tensor) => !ends.includes(tensor) && others.has(tensor));
}
