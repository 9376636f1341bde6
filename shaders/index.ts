import type { AnyKernel } from '../src/gpu/kernel.ts';
import { adam } from './adam.ts';
import { binaryOutput, metricSum } from './binary_output.ts';
import { channelMean } from './channel_mean.ts';
import { denseForward, denseInputGradient, denseParameterGradient } from './dense.ts';
import { gatherBatch } from './gather_batch.ts';
import { gradientSum } from './gradient_sum.ts';
import { lstmBackward, lstmForward } from './lstm.ts';
import { multiplyBackward, multiplyForward } from './multiply.ts';
import { copyBandwidth, multiplyAddPeak } from './roofline.ts';
import { softmaxBackward, softmaxForward } from './softmax.ts';

/** Every kernel, in the order a training step meets them, then the roofline's. Tests and verifier walk this list. */
export const kernels: AnyKernel[] = [
  gatherBatch,
  denseForward,
  softmaxForward,
  channelMean,
  multiplyForward,
  lstmForward,
  binaryOutput,
  metricSum,
  denseInputGradient,
  lstmBackward,
  multiplyBackward,
  softmaxBackward,
  denseParameterGradient,
  gradientSum,
  adam,
  multiplyAddPeak,
  copyBandwidth,
];
