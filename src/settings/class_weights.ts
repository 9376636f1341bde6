import { describeMisfit, parseNumber, real, written } from './bounds.ts';

/** What a sample of each class counts for in loss and gradient; `balanced` lets every class count the same in all. */
export type ClassWeights = 'balanced' | readonly number[];

const WEIGHT = real(0, 1e6, 'what a sample of the class counts for');

/** The weights that a text says: `balanced`, or a number for each class as in `1,2.5`. Throws invalid-option. */
export function parseClassWeights(label: string, text: string): ClassWeights {
  return text.trim() === 'balanced' ? 'balanced' : text.split(',').map((part) => parseNumber(label, part, WEIGHT));
}

/** The reverse of `parseClassWeights`. */
export function formatClassWeights(weights: ClassWeights): string {
  return String(weights);
}

/** `classes` is how many there are, undefined if that is not known yet. */
export function describeWeightsMisfit(label: string, weights: ClassWeights, classes?: number): string | undefined {
  if (weights === 'balanced') return undefined;
  if (!Array.isArray(weights)) return `${label} is ${written(weights)}: give balanced, or a number for each class`;
  if (classes !== undefined && weights.length !== classes) {
    return `${label} has ${weights.length} weights, but there are ${classes} classes: give one for each`;
  }
  for (const weight of weights) {
    const misfit = describeMisfit(label, weight, WEIGHT);
    if (misfit) return misfit;
  }
  return undefined;
}
