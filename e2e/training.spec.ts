import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { runInChrome } from '../src/hosts/chrome.ts';
import { runInDawn } from '../src/hosts/dawn.ts';
import { attentionOverSteps } from '../src/train/mean_attention.ts';
import type { TrainResult } from '../src/train/train_result.ts';
import { cli, newFolder } from './command.ts';
import { runDawnProgram } from './dawn_program.ts';
import type { Outcome } from './interrupted_training.ts';
import { collect, plantedJob, SMALL, trainOn } from './jobs.ts';

test.setTimeout(300_000);

test('a small experiment reaches its goal and its attention finds the planted step', async () => {
  const { history, attention } = await trainOn(runInChrome, SMALL);
  expect(history).toHaveLength(SMALL.epochs);
  expect(history[0].loss).toBeGreaterThan(0.3);
  expect(history.at(-1)?.valAccuracy).toBeGreaterThan(0.99);
  expect(history.at(-1)?.loss).toBeLessThan(0.05);
  const steps = attentionOverSteps(attention);
  expect(steps.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
  expect(steps[SMALL.attentionColumn]).toBeGreaterThan(3 / SMALL.timeSteps);
  expect(steps.indexOf(Math.max(...steps))).toBe(SMALL.attentionColumn);
});

test('the same seed gives the same bits: in three processes with Dawn, and in Chrome', async () => {
  // Odd sizes and a short last batch, so that padding is tested too. Each process tunes for itself.
  const sizes = '--samples 501 --time-steps 12 --attention-column 4 --units 7 --input-dim 3 --batch-size 33 --epochs 2';
  const trained = async (...options: string[]) => {
    const folder = newFolder();
    const json = join(folder, 'result.json');
    const own = ['--adapter', 'software', '--out', join(folder, 'run'), '--json', json, ...options];
    const { status, stderr } = await cli(['train', ...sizes.split(' '), ...own]);
    expect(status, stderr).toBe(0);
    const { parametersSha256, history } = JSON.parse(readFileSync(json, 'utf8')) as TrainResult;
    return { parametersSha256, losses: history.map(({ loss, valLoss }) => [loss, valLoss]) };
  };
  const first = await trained('--runtime', 'dawn');
  expect(first.parametersSha256).toMatch(/^[0-9a-f]{64}$/);
  for (const runtime of ['dawn', 'dawn', 'chrome']) expect(await trained('--runtime', runtime), runtime).toEqual(first);
  const other = await trained('--runtime', 'dawn', '--seed', '1338');
  expect(other.parametersSha256).not.toBe(first.parametersSha256);
});

test('without a validation part the history has none', async () => {
  const { history } = await trainOn(runInDawn, { ...SMALL, samples: 100, epochs: 1, validationSplit: 0 });
  expect(history[0].valLoss).toBeUndefined();
  expect(history[0].loss).toBeGreaterThan(0.5);
});

test('the single attention vector is the same for every channel', async () => {
  const config = { ...SMALL, samples: 300, inputDim: 3, epochs: 1, singleAttentionVector: true };
  const { attention } = await trainOn(runInDawn, config);
  for (let t = 0; t < config.timeSteps; t++) {
    const [a, b, c] = attention.values.slice(3 * t, 3 * t + 3);
    expect(b).toBe(a);
    expect(c).toBe(a);
  }
});

test('a run that goes on between any two updates gets the bits of one that was not interrupted', async () => {
  const [whole, ...resumed] = await runDawnProgram<Outcome[]>('interrupted_training');
  const { bestEpoch, history } = whole;
  const epochs = JSON.parse(history).length;
  // Early stopping and the plateau's schedule must remember the earlier epochs.
  expect(epochs).toBeLessThan(5);
  expect(bestEpoch).toBe(epochs - 2);
  const places = Array.from({ length: epochs }, (_, epoch) => [
    ...(epoch === 0 ? [] : [`epoch ${epoch}`]),
    ...[1, 2, 3].map((step) => `step ${step} of epoch ${epoch + 1}`),
  ]);
  expect(resumed.map(({ from }) => from)).toEqual(places.flat());
  for (const { from, ...outcome } of resumed) expect({ ...outcome, from: undefined }, from).toEqual(whole);
});

test('a run that goes on from a checkpoint gets the bits of one that was not interrupted, in Dawn and in Chrome', async () => {
  const config = { ...SMALL, samples: 501, units: 7, batchSize: 33, epochs: 4 };
  const watch = { checkpointSeconds: 0 };
  const events = await collect(runInDawn, plantedJob(config, { watch }), 'software');
  const checkpoints = events
    .flatMap((event) => (event.type === 'checkpoint' ? [event.checkpoint] : []))
    .filter(({ step }) => step === 0);
  expect(checkpoints.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
  const whole = events.at(-1);
  if (whole?.type !== 'done' || whole.job !== 'train') throw new Error('the run has no result');
  for (const [host, resume] of [
    [runInDawn, checkpoints[0]],
    [runInDawn, checkpoints[2]],
    [runInChrome, checkpoints[1]],
  ] as const) {
    const resumed = await collect(host, plantedJob(config, { resume }), 'software');
    const epochs = resumed.flatMap((event) => (event.type === 'epoch' ? [event.epoch] : []));
    expect(epochs).toEqual([2, 3, 4].slice(resume.epoch - 1));
    const last = resumed.at(-1);
    if (last?.type !== 'done' || last.job !== 'train') throw new Error('the resumed run has no result');
    expect(last.result.parametersSha256).toBe(whole.result.parametersSha256);
    expect(last.result.history.slice(0, resume.epoch)).toEqual(resume.history);
    expect(last.result.history.map(({ loss, valAccuracy }) => [loss, valAccuracy])).toEqual(
      whole.result.history.map(({ loss, valAccuracy }) => [loss, valAccuracy]),
    );
  }
});

test('a checkpoint of another run is refused', async () => {
  const config = { ...SMALL, samples: 100, epochs: 2 };
  const events = await collect(runInDawn, plantedJob(config, { watch: { checkpointSeconds: 0 } }), 'software');
  const first = events.findLast((event) => event.type === 'checkpoint' && event.checkpoint.epoch === 1);
  if (first?.type !== 'checkpoint') throw new Error('the run gave no checkpoint');
  const resumeWith = (changes: object) =>
    collect(runInDawn, plantedJob({ ...config, ...changes }, { resume: first.checkpoint }), 'software');
  await expect(resumeWith({ seed: 1 })).rejects.toThrow('the checkpoint has seed 1337, this run 1');
  await expect(resumeWith({ epochs: 1 })).rejects.toThrow(
    'the checkpoint is of epoch 1, and this run ends with epoch 1',
  );
});

test('an inspection computes the same of a series as the adapter', async () => {
  const config = { ...SMALL, samples: 40, inputDim: 2, epochs: 1, validationSplit: 0.5 };
  const watch = { samples: 100, parameters: true };
  const events = await collect(runInDawn, plantedJob(config, { watch }));
  const samples = events.flatMap((event) => (event.type === 'samples' ? event.samples : []));
  // The whole validation part.
  expect(samples.map(({ index }) => index)).toEqual(Array.from({ length: 20 }, (_, i) => 20 + i));
  const parameters = events.flatMap((event) => (event.type === 'parameters' ? [event] : []));
  expect(parameters.map(({ epoch }) => epoch)).toEqual([0, 1]);
  let loss = 0;
  for (const { x, label } of samples) {
    expect(x[SMALL.attentionColumn * 2]).toBe(label);
    const [done] = await collect(runInDawn, { type: 'inspect', config, parameters: parameters[1].parameters, x });
    if (done.type !== 'done' || done.job !== 'inspect') throw new Error('the inspection has no result');
    const {
      outputs: [probability],
      attention,
      hidden,
    } = done.result;
    loss -= Math.log(label === 1 ? probability : 1 - probability) / samples.length;
    expect(hidden).toHaveLength(config.timeSteps * config.units);
    const sum = Array.from({ length: config.timeSteps }, (_, t) => attention[2 * t]).reduce((a, b) => a + b, 0);
    expect(sum).toBeCloseTo(1, 9);
  }
  const epoch = events.find((event) => event.type === 'epoch');
  if (epoch?.type !== 'epoch') throw new Error('the run had no epoch');
  expect(loss).toBeCloseTo(epoch.valLoss ?? Number.NaN, 5);
});

test('a stop keeps what was trained', async () => {
  const controller = new AbortController();
  const epochs: number[] = [];
  for await (const event of runInDawn(plantedJob({ ...SMALL, epochs: 1000 }), {
    adapter: 'auto',
    signal: controller.signal,
    log: () => {},
  })) {
    if (event.type === 'epoch') {
      epochs.push(event.epoch);
      if (event.epoch === 2) controller.abort();
    }
    if (event.type === 'done' && event.job === 'train') {
      expect(event.result.stopped).toBe(true);
      expect(event.result.history.map(({ epoch }) => epoch)).toEqual(epochs);
      expect(epochs.length).toBeLessThan(10);
      return;
    }
  }
  throw new Error('the job said neither done nor failed');
});

test('metrics come within the epoch only when watched', async () => {
  const config = { ...SMALL, samples: 300, epochs: 1 };
  const steps = async (metrics: boolean) => {
    const events = await collect(runInDawn, plantedJob(config, { watch: { metrics } }));
    return events.filter((event) => event.type === 'step');
  };
  expect((await steps(true)).every(({ loss }) => loss !== undefined && loss > 0)).toBe(true);
  expect((await steps(false)).every(({ loss }) => loss === undefined)).toBe(true);
});

test('a loss that is not finite ends the run and names the step', async () => {
  await expect(trainOn(runInDawn, { ...SMALL, learningRate: 1e38, samples: 200, epochs: 3 })).rejects.toThrow(
    /not-finite: the (validation )?loss is no longer a finite number in step \d+ of epoch 1: use a smaller learning rate than 1e\+38/,
  );
});

test('a data set larger than the adapter allows names limit, needed and available', async () => {
  // No memory holds that many series either; this must be known before anything is allocated.
  await expect(trainOn(runInDawn, { ...SMALL, samples: 10_000_000, timeSteps: 1024 }, 'software')).rejects.toThrow(
    /limit: tensor series needs max\w+ \d+, this adapter has \d+: use a smaller batch, fewer samples/,
  );
});
