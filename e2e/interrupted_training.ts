import { create, globals } from 'webgpu';
import { NumpyRandom } from '../src/data/numpy_random.ts';
import { sha256 } from '../src/data/sha256.ts';
import { getData } from '../src/data/synthetic.ts';
import { readModel, writeModel } from '../src/formats/model_file.ts';
import { Gpu } from '../src/gpu/device.ts';
import type { TrainingConfig } from '../src/model/config.ts';
import { createArena, unpackArena } from '../src/model/parameters.ts';
import { type Checkpoint, describePlace } from '../src/train/checkpoint.ts';
import { fitModel } from '../src/train/fit.ts';
import { Pace } from '../src/train/pace.ts';
import { gpuSteppers } from '../src/train/trainer.ts';
import type { Trained } from '../src/train/training.ts';

// A program for Dawn's process: trains once without interruption, then resumes from every place between two updates,
// each time through a model file, and sends all results.

export interface Outcome {
  /** The place of the interruption; absent for the uninterrupted run. */
  from?: string;
  parametersSha256: string;
  stateSha256: string;
  /** The whole history except the seconds, as JSON. */
  history: string;
  attention: number[];
  bestEpoch?: number;
}

const CONFIG: TrainingConfig = {
  timeSteps: 9,
  inputDim: 2,
  units: 5,
  singleAttentionVector: false,
  batchSize: 8,
  epochs: 5,
  learningRate: 0.3,
  seed: 7,
  schedule: { kind: 'plateau', patience: 1, factor: 0.7 },
  patience: 2,
  classWeights: [1, 2],
  l2: 1e-3,
  clipNorm: 0.5,
};
const SAMPLES = 41;
const PARTS = { training: 29, validation: 12, attention: { first: 29, count: 12 } };

async function train(gpu: Gpu, resume: Checkpoint | undefined, checkpoints: Checkpoint[]): Promise<Trained> {
  const { timeSteps, inputDim, seed } = CONFIG;
  const load = () => getData(new NumpyRandom(seed), SAMPLES, timeSteps, inputDim, 3);
  const pace = new Pace();
  pace.singleStep();
  const watch = { checkpointSeconds: 0 };
  const run = fitModel(gpuSteppers(gpu), CONFIG, { samples: SAMPLES, parts: PARTS, load }, { watch, pace, resume });
  for (;;) {
    const { done, value } = await run.next();
    if (done) return value;
    if (value.type === 'step') pace.singleStep();
    if (value.type === 'checkpoint') checkpoints.push(value.checkpoint);
  }
}

async function outcomeOf(result: Trained, from?: Checkpoint): Promise<Outcome> {
  const { parameters, checkpoint, history, attention, bestEpoch } = result;
  const { state } = checkpoint;
  return {
    from: from && describePlace(from),
    parametersSha256: await sha256(parameters),
    stateSha256: await sha256(Float32Array.from(Object.values(state).flatMap((values) => [...values]))),
    history: JSON.stringify(history.map(({ seconds: _, ...record }) => record)),
    attention: attention.values,
    bestEpoch,
  };
}

/** The checkpoint as it comes back from a file. */
function throughFile(checkpoint: Checkpoint, { parameters, history }: Trained): Checkpoint {
  const { timeSteps, inputDim, units, singleAttentionVector } = CONFIG;
  const target = { kind: 'class' as const, name: 'label', classes: ['0', '1'] };
  const series = { timeSteps, inputDim, channelNames: ['a', 'b'], target };
  const config = { timeSteps, inputDim, units, singleAttentionVector };
  const model = {
    config,
    parameters: unpackArena(createArena(config), parameters),
    series,
    history: history.slice(0, checkpoint.epoch),
    checkpoint,
  };
  const read = readModel('model', writeModel(model)).checkpoint;
  if (!read) throw new Error('the file has no checkpoint');
  return read;
}

const dawn = create([]);
// A global keeps `dawn` alive: if it were collected earlier, its devices would go too.
Object.assign(globalThis, globals, { dawn });
const gpu = await Gpu.open(dawn);
const checkpoints: Checkpoint[] = [];
const whole = await train(gpu, undefined, checkpoints);
const outcomes = [await outcomeOf(whole)];
for (const checkpoint of checkpoints) {
  outcomes.push(await outcomeOf(await train(gpu, throughFile(checkpoint, whole), []), checkpoint));
}
process.send?.(outcomes, () => process.exit());
