import { EXPERIMENT, type ExperimentConfig } from '../model/config.ts';
import { namesFor } from '../settings/table.ts';
import type { EpochRecord } from './history.ts';

/**
 * The experiment's Keras run (TensorFlow 2.4.1), as its author q943413302 printed it on CSDN, "[深度学习实验]通过keras实现
 * Attenion注意力机制": seconds, loss, accuracy, val_loss, val_accuracy of each epoch. Initial values and order came from
 * TensorFlow's own random numbers, so another run is alike, not equal.
 */
const PRINTED = `
7 0.6932 0.5004 0.693 0.5027
6 0.6352 0.6069 0.4977 0.7533
6 0.3382 0.8504 0.2163 0.9142
6 0.1476 0.9439 0.1129 0.9592
6 0.0753 0.9731 0.0662 0.9743
6 0.0405 0.9861 0.0502 0.9822
6 0.0231 0.9926 0.0378 0.9868
6 0.0129 0.996 0.0291 0.9903
6 0.0078 0.9979 0.0228 0.9923
6 0.0044 0.9988 0.0229 0.9928
6 0.0034 0.9991 0.0197 0.9938
6 0.0049 0.9984 0.0113 0.9958
6 8.9616e-4 0.9998 0.0105 0.9965
6 4.5989e-4 0.9999 0.0111 0.9968
6 1.8766e-4 1 0.0108 0.997
6 1.2927e-4 1 0.0114 0.9967
6 8.2761e-5 1 0.0111 0.9968
6 6.1741e-5 1 0.0118 0.9967
6 5.4057e-5 1 0.0114 0.9968
6 4.067e-5 1 0.0112 0.997
`;

export const KERAS_RUN: readonly EpochRecord[] = PRINTED.trim()
  .split('\n')
  .map((line, i) => {
    const [seconds, loss, accuracy, valLoss, valAccuracy] = line.split(' ').map(Number);
    return { epoch: i + 1, seconds, loss, accuracy, valLoss, valAccuracy };
  });

/**
 * Whether a run with these settings can be compared with it: all are the experiment's, except the seed and the epochs.
 */
export function isComparable(config: ExperimentConfig): boolean {
  const { seed, epochs } = config;
  const like: ExperimentConfig = { ...EXPERIMENT, seed, epochs };
  return namesFor('planted').every((name) => config[name] === like[name]);
}
