import type { LayerOptions, LayerSettings, LayerType } from '../settings/layers.ts';

// The layers of a model, for the list in its config: `layers: [lstm({ units: 32, returnSequences: true }), attention(),
// flatten()]`.

/** Makes layers of a type; options without which it cannot be must be given. */
function layerOf<Type extends LayerType>(type: Type) {
  return (...[options]: object extends LayerOptions<Type> ? [LayerOptions<Type>?] : [LayerOptions<Type>]) =>
    ({ type, ...options }) as LayerSettings;
}

/** Attention over the time steps, channel by channel: the sequence times its shares. */
export const attention = layerOf('attention');
/** An LSTM: its last hidden state, or all of them, in one direction or both. */
export const lstm = layerOf('lstm');
/** A gated recurrent unit, with the same options. */
export const gru = layerOf('gru');
/** Luong's or Bahdanau's attention over the states of a recurrent layer, scored by the last one. */
export const scoreAttention = layerOf('score_attention');
/** A sequence as one row. */
export const flatten = layerOf('flatten');
/** A dense layer of one row. */
export const dense = layerOf('dense');
