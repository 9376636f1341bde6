import { Failure } from '../errors.ts';
import { describeMisfit, numberOf, real, written } from './bounds.ts';

/** The weight of each class's samples in loss and gradient; `balanced` gives all classes the same total weight. */
export type ClassWeights = 'balanced' | readonly number[];

const WEIGHT = real(0, 1e6, 'weight of a sample of the class');

/** How weights are written. */
export const WEIGHTS_FORM = 'balanced, or a number for each class as 1,2.5';

/** The weights in a text of the form `WEIGHTS_FORM`. Throws invalid-option. */
export function parseClassWeights(label: string, text: string): ClassWeights {
  if (text.trim() === 'balanced') return 'balanced';
  const weights = text.split(',').map(numberOf);
  if (weights.some(Number.isNaN)) throw new Failure('invalid-option', describeForm(label, text));
  const misfit = describeWeightsMisfit(label, weights);
  if (misfit) throw new Failure('invalid-option', misfit);
  return weights;
}

function describeForm(label: string, value: unknown): string {
  return `${label} is ${written(value)}: give ${WEIGHTS_FORM}`;
}

/** The reverse of `parseClassWeights`. */
export function formatClassWeights(weights: ClassWeights): string {
  return String(weights);
}

/** `classes` is the number of classes; undefined if it is not known yet. */
export function describeWeightsMisfit(label: string, weights: ClassWeights, classes?: number): string | undefined {
  if (weights === 'balanced') return undefined;
  if (!Array.isArray(weights)) return describeForm(label, weights);
  if (classes !== undefined && weights.length !== classes) {
    return `${label} is ${weights.join(',')}, but there are ${classes} classes: give a number for each`;
  }
  for (const weight of weights) {
    const misfit = describeMisfit(label, weight, WEIGHT);
    if (misfit) return misfit;
  }
  return undefined;
}
