import { describe, expect, it } from 'vitest';
import type { Dataset } from '../src/data/dataset.ts';
import { asFailure, Failure } from '../src/errors.ts';
import type { Checkpoint } from '../src/train/checkpoint.ts';
import { type FitOptions, fitModel } from '../src/train/fit.ts';
import { REFERENCE_STEPPERS } from '../src/train/reference_stepper.ts';
import type { StepperFactory } from '../src/train/stepper.ts';
import {
  CONFIG,
  dataOf,
  EPOCH_MS,
  milliseconds,
  nothingTold,
  PARTS,
  type Spoilt,
  timed,
  train,
  useClock,
} from './timed_training.ts';

// How a training fails, on a clock that goes on only when told to.

useClock();

describe('a training that cannot begin', () => {
  const source = (load: () => Dataset) => ({ samples: 35, parts: PARTS, load });
  const unread = () => {
    throw new Error('the data were read');
  };

  it('says so before its data are read', async () => {
    const tight: StepperFactory = {
      ...REFERENCE_STEPPERS,
      requireFit: (options) => {
        throw new Error(JSON.stringify({ ...options, config: undefined, update: undefined }));
      },
    };
    // Sixteen slots: twelve updates and four of validation.
    await expect(fitModel(tight, CONFIG, source(unread)).next()).rejects.toThrow(
      JSON.stringify({ batchSize: 2, samples: 35, slots: 16 }),
    );
    const { result } = await train();
    const resume: Checkpoint = { ...result.checkpoint, config: { ...CONFIG, units: 2 } };
    await expect(fitModel(REFERENCE_STEPPERS, CONFIG, source(unread), { resume }).next()).rejects.toThrow(
      'has units 2',
    );
  });
});

describe('a training whose numbers become infinite or NaN', () => {
  /** The message of its failure, and the checkpoints that came before. */
  async function failureOf(spoilt: Spoilt, options: FitOptions = {}, config = CONFIG) {
    const told = nothingTold();
    const data = dataOf(PARTS);
    const source = { samples: data.samples, parts: PARTS, load: () => data };
    const checkpoints: Checkpoint[] = [];
    try {
      for await (const event of fitModel(timed(told, spoilt), config, source, options)) {
        if (event.type === 'checkpoint') checkpoints.push(event.checkpoint);
      }
    } catch (error) {
      const { code, message } = asFailure(error);
      expect([code, told.disposed]).toEqual(['not-finite', 1]);
      return { message, checkpoints };
    }
    throw new Error('it did not fail');
  }

  const slower = 'use a smaller learning rate than 0.01';

  it.each([
    [
      1,
      0,
      `the loss is not a finite number in step 1 of epoch 1: the series or the numbers to predict are too large, so scale them down`,
    ],
    [1, 1, `the loss is no longer a finite number in step 2 of epoch 1: ${slower}`],
    [2, 0, `the loss is no longer a finite number in step 1 of epoch 2: ${slower}`],
    [2, 11, `the loss is no longer a finite number in step 12 of epoch 2: ${slower}`],
    [2, 12, `the validation loss is no longer a finite number in step 1 of epoch 2: ${slower}`],
    [1, 15, `the validation loss is no longer a finite number in step 4 of epoch 1: ${slower}`],
  ])('names the epoch %i and the step of slot %i', async (epoch, slot, message) => {
    expect(await failureOf({ loss: { epoch, slot } })).toEqual({ message, checkpoints: [] });
  });

  it('tells the state before the epoch, with the seconds until then, if nothing newer was told', async () => {
    const { checkpoints } = await failureOf({ loss: { epoch: 2, slot: 12 } }, { watch: { checkpointSeconds: 1e6 } });
    // One after the first submission, and that before the second epoch.
    expect(checkpoints.map(({ epoch, step, history }) => [epoch, step, history.length])).toEqual([
      [0, 1, 0],
      [1, 0, 1],
    ]);
    expect(milliseconds(checkpoints.slice(1))).toEqual([EPOCH_MS]);
    expect(checkpoints[1].metrics).toEqual(new Float32Array(0));
    const watching = { watch: { checkpointSeconds: 0 } };
    const newer = await failureOf({ loss: { epoch: 1, slot: 12 } }, watching);
    expect(newer.checkpoints.map(({ epoch, step }) => [epoch, step])).toEqual([
      [0, 1],
      [0, 11],
    ]);
  });

  it('tells no state that is not finite itself', async () => {
    const watch = { checkpointSeconds: 1e6 };
    const { checkpoints } = await failureOf({ loss: { epoch: 2, slot: 3 }, copy: true }, { watch });
    expect(checkpoints.map(({ epoch, step }) => [epoch, step])).toEqual([[0, 1]]);
  });

  it('tells the best epoch until the state, and none that is later', async () => {
    const config = { ...CONFIG, batchSize: 24, patience: 3 };
    const watch = { checkpointSeconds: 0 };
    // The first reading is of the best epoch, the second of the checkpoint behind it.
    const { message, checkpoints } = await failureOf({ reading: 2 }, { watch }, config);
    expect(message).toBe(`a parameter is no longer a finite number after epoch 1: ${slower}`);
    expect(checkpoints).toMatchObject([{ epoch: 0, step: 0, seconds: 0, history: [], best: undefined }]);
    const later = await failureOf({ reading: 4 }, { watch }, { ...config, epochs: 3 });
    // The second epoch is better still, and not in the state before it.
    expect(later.checkpoints.map(({ epoch, best }) => [epoch, best?.epoch])).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  it('names the step of a loss that a checkpoint finds', async () => {
    const { message } = await failureOf({ loss: { epoch: 1, slot: 3 } }, { watch: { checkpointSeconds: 0 } });
    expect(message).toBe(`the loss is no longer a finite number in step 4 of epoch 1: ${slower}`);
  });

  it('tells no state if something else failed', async () => {
    const data = dataOf(PARTS);
    const source = { samples: data.samples, parts: PARTS, load: () => data };
    for (const thrown of [new Failure('internal', 'a fault'), new Error('a fault')]) {
      const places: number[][] = [];
      const steppers = timed(nothingTold(), { error: { epoch: 2, thrown } });
      const training = fitModel(steppers, CONFIG, source, { watch: { checkpointSeconds: 1e6 } });
      const all = async () => {
        for await (const event of training) {
          if (event.type === 'checkpoint') places.push([event.checkpoint.epoch, event.checkpoint.step]);
        }
      };
      await expect(all()).rejects.toBe(thrown);
      expect(places).toEqual([[0, 1]]);
    }
  });

  it('names the place of a parameter in the middle of an epoch', async () => {
    const { message } = await failureOf({ reading: 1 }, { watch: { checkpointSeconds: 0 } });
    expect(message).toBe(`a parameter is no longer a finite number after step 1 of epoch 1: ${slower}`);
  });

  it('is noticed by its attention too', async () => {
    const { message } = await failureOf({ attention: true });
    expect(message).toBe(`the attention is no longer a finite number after the last update: ${slower}`);
  });
});
