import { attention } from './attention.ts';
import { input } from './input.ts';
import type { Layer } from './layer.ts';
import { lstm } from './lstm.ts';
import { output } from './output.ts';

/** Every kind of layer. */
export const LAYERS = { input, attention, lstm, output } as const;

const byType: Record<string, Layer> = LAYERS;

/** What a node computes. */
export function layerOf({ type }: { type: string }): Layer {
  const layer = Object.hasOwn(byType, type) ? byType[type] : undefined;
  if (!layer) throw new Error(`unknown layer: ${type}`);
  return layer;
}
