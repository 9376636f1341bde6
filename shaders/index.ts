import type { AnyKernel } from '../src/gpu/kernel.ts';
import { accumulate, clear } from './accumulate.ts';
import { activationBackward, activationForward } from './activation.ts';
import { adam } from './adam.ts';
import { attentionInputGradient } from './attention_input.ts';
import { binaryOutput, metricSum } from './binary_output.ts';
import { categoricalOutput } from './categorical_output.ts';
import { channelMean } from './channel_mean.ts';
import { denseForward, denseParameterGradient } from './dense.ts';
import { gatherBatch } from './gather_batch.ts';
import { gradientClip, gradientNorm } from './gradient_clip.ts';
import { gradientSum } from './gradient_sum.ts';
import { gradientSumAdam } from './gradient_sum_adam.ts';
import { gruForward } from './gru.ts';
import { gruBackward, gruSequenceBackward } from './gru_backward.ts';
import { gruParameterGradient } from './gru_parameter_gradient.ts';
import { kernelPenalty } from './kernel_penalty.ts';
import { lstmBackward, lstmForward, lstmSequenceBackward } from './lstm.ts';
import { lstmParameterGradient } from './lstm_parameter_gradient.ts';
import { multiplyBackward, multiplyForward } from './multiply.ts';
import { outputBackward, outputForward, outputParameterGradient } from './output.ts';
import { outputLoss } from './output_loss.ts';
import { parameterGradients } from './parameter_gradients.ts';
import { regressionOutput } from './regression_output.ts';
import { copyBandwidth, multiplyAddPeak } from './roofline.ts';
import { rowsParameterGradient, rowsProduct } from './rows_product.ts';
import { sampleStep } from './sample_step.ts';
import { concatBackward, concatForward, stateGradient, stateScores, stateSum } from './score_attention.ts';
import { softmaxBackward, softmaxForward } from './softmax.ts';
import { softmaxMultiplyBackward, softmaxMultiplyForward } from './softmax_multiply.ts';
import { reverseSteps, turnToFeatures, turnToSamples } from './turn.ts';

/** Every kernel in the order of a training step, then those of the roofline. Layers dispatch kernels by these names. */
export const KERNELS = {
  gatherBatch,
  denseForward,
  softmaxForward,
  channelMean,
  multiplyForward,
  softmaxMultiplyForward,
  lstmForward,
  gruForward,
  rowsProduct,
  concatForward,
  stateScores,
  stateSum,
  activationForward,
  reverseSteps,
  turnToSamples,
  turnToFeatures,
  outputForward,
  binaryOutput,
  categoricalOutput,
  regressionOutput,
  outputLoss,
  metricSum,
  sampleStep,
  parameterGradients,
  outputBackward,
  outputParameterGradient,
  activationBackward,
  concatBackward,
  stateGradient,
  rowsParameterGradient,
  accumulate,
  clear,
  lstmBackward,
  lstmSequenceBackward,
  gruBackward,
  gruSequenceBackward,
  gruParameterGradient,
  lstmParameterGradient,
  multiplyBackward,
  softmaxBackward,
  softmaxMultiplyBackward,
  attentionInputGradient,
  denseParameterGradient,
  gradientSum,
  kernelPenalty,
  gradientNorm,
  gradientClip,
  adam,
  gradientSumAdam,
  multiplyAddPeak,
  copyBandwidth,
};

/** The same as a list. Tests and verifier walk it. */
export const kernels: AnyKernel[] = Object.values<AnyKernel>(KERNELS);
