import { describe, expect, it } from 'vitest';
import { EXPERIMENT, type TrainingConfig } from '../src/model/config.ts';
import { createArena } from '../src/model/parameters.ts';
import { type Checkpoint, describePlace, requireSameRun } from '../src/train/checkpoint.ts';

const CONFIG: TrainingConfig = { ...EXPERIMENT, timeSteps: 5, units: 3, epochs: 4 };
const { length } = createArena(CONFIG);
const stateOf = (elements: number) => ({
  parameters: new Float32Array(elements),
  firstMoment: new Float32Array(elements),
  secondMoment: new Float32Array(elements),
});
const CHECKPOINT: Checkpoint = {
  config: CONFIG,
  epoch: 3,
  step: 0,
  metrics: new Float32Array(0),
  history: [],
  seconds: 3,
  state: stateOf(length),
};

/** What keeps a run of `config` from resuming from the checkpoint. */
function hindrance(over: Partial<Checkpoint>, config: TrainingConfig = CONFIG): unknown {
  try {
    return requireSameRun({ ...CHECKPOINT, ...over }, config);
  } catch (error) {
    return error;
  }
}
const refused = (message: string) => expect.objectContaining({ code: 'invalid-option', message });

describe('a run goes on from a checkpoint', () => {
  it('with its own settings', () => {
    expect(hindrance({})).toBeUndefined();
    expect(hindrance({ best: { epoch: 2, state: stateOf(length) } })).toBeUndefined();
    const copy = JSON.parse(JSON.stringify({ ...CONFIG, schedule: { kind: 'step', everyEpochs: 2, factor: 0.5 } }));
    expect(hindrance({ config: copy }, { ...CONFIG, schedule: copy.schedule })).toBeUndefined();
  });

  it('with more epochs or fewer, as long as some are left', () => {
    expect(hindrance({}, { ...CONFIG, epochs: 9 })).toBeUndefined();
    expect(hindrance({ epoch: 2 }, { ...CONFIG, epochs: 3 })).toBeUndefined();
    expect(hindrance({}, { ...CONFIG, epochs: 3 })).toEqual(
      refused('the checkpoint is of epoch 3, and this run ends with epoch 3: give more epochs to resume it'),
    );
    expect(hindrance({ epoch: 4 }, { ...CONFIG, epochs: 3 })).toEqual(
      refused('the checkpoint is of epoch 4, and this run ends with epoch 3: give more epochs to resume it'),
    );
  });

  it('not with another setting, nor with one more or less', () => {
    expect(hindrance({}, { ...CONFIG, learningRate: 0.5 })).toEqual(
      refused('the checkpoint has learningRate 0.001, this run 0.5: resume it with its own settings'),
    );
    const shuffle = 'the checkpoint has shuffle undefined, this run false: resume it with its own settings';
    expect(hindrance({}, { ...CONFIG, shuffle: false })).toEqual(refused(shuffle));
    expect(hindrance({ config: { ...CONFIG, shuffle: false } })).toEqual(
      refused('the checkpoint has shuffle false, this run undefined: resume it with its own settings'),
    );
  });

  it('not with a state of another model', () => {
    expect(hindrance({ state: { ...stateOf(length), firstMoment: new Float32Array(7) } })).toEqual(
      refused(`the checkpoint has 7 elements of firstMoment, this model ${length}: start afresh`),
    );
    const best = { epoch: 2, state: { ...stateOf(length), parameters: new Float32Array(2 * length) } };
    expect(hindrance({ best })).toEqual(
      refused(`the checkpoint has ${2 * length} elements of parameters, this model ${length}: start afresh`),
    );
  });
});

it('the place of a checkpoint is a step, an epoch or the start', () => {
  const places: [number, number][] = [
    [0, 0],
    [0, 1],
    [3, 0],
    [3, 7],
  ];
  expect(places.map(([epoch, step]) => describePlace({ epoch, step }))).toEqual([
    'the start',
    'step 1 of epoch 1',
    'epoch 3',
    'step 7 of epoch 4',
  ]);
});
