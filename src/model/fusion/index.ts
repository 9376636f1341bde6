import { sumAndUpdate } from './gradient_sum_adam.ts';
import { outputWithLoss } from './output_loss.ts';
import type { FusionRule, Lists } from './rule.ts';
import { softmaxMultiply } from './softmax_multiply.ts';

/** Every rule, in the order in which they are applied. */
export const FUSION_RULES: FusionRule[] = [softmaxMultiply, outputWithLoss, sumAndUpdate];

/** The lists with combined kernels: these save dispatches and readings. */
export function fuse(lists: Lists): Lists {
  return FUSION_RULES.reduce((fused, rule) => rule(fused), lists);
}
