import { KERNELS } from '../../shaders/index.ts';
import type { Dispatch } from '../gpu/kernel.ts';
import type { AdamConfig, UpdateOptions } from './config.ts';
import { dispatchOf, SHARED } from './dispatch.ts';
import type { Arena } from './parameters.ts';

/**
 * The dispatches behind the layers' gradients: their sums over the parts, penalty and clipping if there are any, Adam.
 */
export function updateDispatches(
  { length, specs }: Arena,
  parts: number,
  given: Omit<AdamConfig, 'learningRate'>,
  { l2, clipNorm, optimizer = 'adam' }: UpdateOptions,
): Dispatch[] {
  const { beta1, beta2, epsilon } = optimizer === 'adam' ? given : OPTIMIZERS[optimizer];
  const { partials, gradients, gradientNorm: norm, parameters, firstMoment, secondMoment } = SHARED;
  const { gradientSum, kernelPenalty, gradientNorm, gradientClip, adam } = KERNELS;
  const kernels = specs.filter(({ decays }) => decays);
  const ranges = kernels.map(({ offset, length }): [number, number] => [offset, offset + length]);
  return [
    dispatchOf(gradientSum, { parts, length }, { partials, gradients }),
    ...(l2 ? [dispatchOf(kernelPenalty, { length, kernels: ranges, l2 }, { parameters, gradients })] : []),
    ...(clipNorm
      ? [
          dispatchOf(gradientNorm, { length }, { gradients, norm }),
          dispatchOf(gradientClip, { length, largestNorm: clipNorm }, { gradients, norm }),
        ]
      : []),
    dispatchOf(adam, { length, beta1, beta2, epsilon }, { gradients, parameters, firstMoment, secondMoment }),
  ];
}

/** An optimizer as constants of Adam's update, and its step size as a multiple of the learning rate. */
interface Optimizer extends Omit<AdamConfig, 'learningRate'> {
  scale: number;
}

/**
 * The optimizers beside Adam, all of which its kernel computes. Keras' RMSprop keeps no mean of the gradients; SGD
 * divides by nothing, and its velocity is Adam's first moment divided by 1 − β₁.
 */
const OPTIMIZERS: Record<Exclude<NonNullable<UpdateOptions['optimizer']>, 'adam'>, Optimizer> = {
  rmsprop: { beta1: 0, beta2: 0.9, epsilon: 1e-7, scale: 1 },
  momentum: { beta1: 0.9, beta2: 1, epsilon: 1, scale: 10 },
  sgd: { beta1: 0, beta2: 1, epsilon: 1, scale: 1 },
};

/** The step size at update `t` (from 1); `adam` has the learning rate. */
export function stepSizeOf({ optimizer = 'adam' }: UpdateOptions, adam: AdamConfig, t: number): number {
  return optimizer === 'adam' ? adamStepSize(adam, t) : OPTIMIZERS[optimizer].scale * adam.learningRate;
}

/** Adam's step size at update `t` (from 1), with TensorFlow 2.4's bias correction. */
export function adamStepSize({ learningRate, beta1, beta2 }: AdamConfig, t: number): number {
  return (learningRate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
}
