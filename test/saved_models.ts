import type { SafetensorsFile } from '../src/formats/safetensors.ts';
import type { SavedModel } from '../src/formats/saved_model.ts';
import { EXPERIMENT } from '../src/model/config.ts';
import { createArena, initialParameters, packArena } from '../src/model/parameters.ts';

/** Tensors of every rank, one empty, with odd numbers. */
export const FILE: SafetensorsFile = {
  tensors: new Map([
    ['kernel', { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, Number.NaN, 1e-40) }],
    ['bias', { shape: [3], data: Float32Array.of(7, 8, 9) }],
    ['nothing', { shape: [0, 4], data: new Float32Array(0) }],
    ['scalar', { shape: [], data: Float32Array.of(5) }],
  ]),
  metadata: new Map([['made by', 'a test: "ü"']]),
};

export const TRAINING = { ...EXPERIMENT, timeSteps: 5, units: 3 };
export const CONFIG = { timeSteps: 5, inputDim: 1, units: 3, singleAttentionVector: false };
/** A trained model of named series. */
export const MODEL: SavedModel = {
  config: CONFIG,
  parameters: initialParameters(CONFIG, 1),
  series: {
    timeSteps: 5,
    inputDim: 1,
    channelNames: ['power'],
    target: { kind: 'class' as const, name: 'season', classes: ['summer', '<b>winter</b>'] },
  },
  standardisation: { mean: [0.1 + 0.2], deviation: [3] },
  history: [{ epoch: 1, seconds: 0.5, loss: 0.61, accuracy: 0.5 }],
};
const state = (seed: number) => {
  const arena = createArena(CONFIG);
  const values = [1, 2, 3].map((part) => packArena(arena, initialParameters(CONFIG, 3 * seed + part)));
  return { parameters: values[0], firstMoment: values[1], secondMoment: values[2] };
};
/** The same with the state to resume training from. */
export const TRAINED: SavedModel = {
  ...MODEL,
  checkpoint: {
    config: TRAINING,
    epoch: 1,
    step: 2,
    seconds: 1 / 3,
    history: MODEL.history,
    metrics: Float32Array.of(0.5, 3, 0.1, 4),
    state: state(1),
    best: { epoch: 1, state: state(2) },
  },
};
