import { attention } from './attention.ts';
import { dense } from './dense.ts';
import { flatten } from './flatten.ts';
import { gru } from './gru.ts';
import { input } from './input.ts';
import type { Layer } from './layer.ts';
import { lstm } from './lstm.ts';
import { output } from './output.ts';
import { scoreAttention } from './score_attention.ts';

/** Every kind of layer. */
export const LAYERS = { input, attention, lstm, gru, score_attention: scoreAttention, flatten, dense, output } as const;

const byType: Record<string, Layer> = LAYERS;

/** What a node computes. */
export function layerOf({ type }: { type: string }): Layer {
  const layer = Object.hasOwn(byType, type) ? byType[type] : undefined;
  if (!layer) throw new Error(`unknown layer: ${type}`);
  return layer;
}

/** A part that a layer may lack. Throws an error if this one lacks it. */
export function partOf<Part>(part: Part | undefined, { type }: { type: string }): Part {
  if (part === undefined) throw new Error(`the layer ${type} has no form for these files`);
  return part;
}
