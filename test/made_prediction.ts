import type { SeriesSet, Target } from '../src/data/series_set.ts';
import type { Prediction } from '../src/train/predict.ts';

export const T = 4;
export const D = 2;
export const CLASSES = ['spring', 'summer', 'winter'];

export interface Made {
  set: SeriesSet;
  prediction: Prediction;
}

/**
 * Six series of three alternating classes. The attention of each is all on the step with its label's index. The second
 * series is taken for winter.
 */
export function made(target: Target = { kind: 'class', name: 'season', classes: CLASSES }): Made {
  const samples = 6;
  const y = Float32Array.from({ length: samples }, (_, n) => n % 3);
  const x = Float32Array.from({ length: samples * T * D }, (_, i) => i % 5);
  const channelNames = ['u', 'v,"w"'];
  const set = { name: 'test.csv', samples, timeSteps: T, inputDim: D, channelNames, target, x, y };
  const attention = Float32Array.from({ length: samples * T * D }, (_, i) => {
    const [n, t] = [Math.floor(i / (T * D)), Math.floor(i / D) % T];
    return t === y[n] ? 1 : 0;
  });
  const outputs = target.kind === 'class' ? 3 : 1;
  const values = new Float32Array(samples * outputs);
  y.forEach((label, n) => {
    if (outputs === 1) values[n] = label + 0.25;
    else values[n * outputs + (n === 1 ? 2 : label)] = 0.75;
  });
  return { set, prediction: { samples, outputs, values, attention } };
}

/** Names of classes that would break a picture if they were not escaped. */
export const HOSTILE = [
  '</title><script>alert("1")</script>',
  '\u0000\u001b[31m\ud800\uffff\u202e&amp;',
  `'"><img src=x onerror=1>`,
];
