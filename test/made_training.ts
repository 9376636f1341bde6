import type { TrainingConfig } from '../src/model/config.ts';
import { createArena } from '../src/model/parameters.ts';
import { compare } from '../src/train/evaluation.ts';
import type { EpochRecord } from '../src/train/history.ts';
import type { TrainResult } from '../src/train/train_result.ts';

/** The parameters, the checkpoint, the evaluation and the verdict of a result that no training has made. */
export function madeEnd(
  config: TrainingConfig,
  history: EpochRecord[],
): Pick<TrainResult, 'parameters' | 'checkpoint' | 'evaluation' | 'verdict'> {
  const { length } = createArena(config);
  const parameters = new Float32Array(length).fill(0.25);
  const moments = { firstMoment: new Float32Array(length), secondMoment: new Float32Array(length) };
  const checkpoint = {
    config,
    epoch: history.length,
    step: 0,
    metrics: new Float32Array(0),
    history,
    seconds: 1,
    state: { parameters, ...moments },
  };
  const [values, labels] = [Float32Array.of(0.9, 0.2, 0.7), Float32Array.of(1, 0, 0)];
  const validation = { loss: 0.5, accuracy: 2 / 3, ...compare({}, values, labels) };
  const verdict = {
    learned: true,
    part: 'validation',
    samples: 3,
    loss: 0.1,
    constantLoss: 0.7,
    chance: 1e-3,
  } as const;
  return { parameters, checkpoint, evaluation: { validation }, verdict };
}
