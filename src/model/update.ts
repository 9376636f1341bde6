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
  { beta1, beta2, epsilon }: Omit<AdamConfig, 'learningRate'>,
  { l2, clipNorm }: UpdateOptions,
): Dispatch[] {
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

/** Adam's step size at update `t` (from 1), with TensorFlow 2.4's bias correction. */
export function adamStepSize({ learningRate, beta1, beta2 }: AdamConfig, t: number): number {
  return (learningRate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
}
