import { expect, test } from 'playwright/test';
import { runInChrome } from '../src/hosts/chrome.ts';
import { runInDawn } from '../src/hosts/dawn.ts';
import { attentionOverSteps } from '../src/train/fit.ts';
import { collect, SMALL, trainOn } from './jobs.ts';

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

test('the same seed gives the same bits: twice in Chrome, and in Dawn', async () => {
  // Odd sizes and a short last batch, so that padding is part of the promise.
  const config = { ...SMALL, samples: 501, units: 7, inputDim: 3, batchSize: 33, epochs: 2 };
  const first = await trainOn(runInChrome, config, 'software');
  const second = await trainOn(runInChrome, config, 'software');
  const dawn = await trainOn(runInDawn, config, 'software');
  expect(first.parametersSha256).toMatch(/^[0-9a-f]{64}$/);
  expect(second.parametersSha256).toBe(first.parametersSha256);
  expect(dawn.parametersSha256).toBe(first.parametersSha256);
  expect(second.history.map(({ loss, valLoss }) => [loss, valLoss])).toEqual(
    first.history.map(({ loss, valLoss }) => [loss, valLoss]),
  );
  const other = await trainOn(runInDawn, { ...config, seed: 1338 }, 'software');
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

test('a stop keeps what was trained', async () => {
  const controller = new AbortController();
  const epochs: number[] = [];
  for await (const event of runInDawn(
    { type: 'train', config: { ...SMALL, epochs: 1000 } },
    { adapter: 'auto', signal: controller.signal, log: () => {} },
  )) {
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
    const events = await collect(runInDawn, { type: 'train', config, watch: { metrics } });
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
  const started = performance.now();
  await expect(trainOn(runInDawn, { ...SMALL, samples: 10_000_000, timeSteps: 1024 }, 'software')).rejects.toThrow(
    /limit: tensor series needs max\w+ \d+, this adapter has \d+: use a smaller batch, fewer samples/,
  );
  // Known before anything is made.
  expect(performance.now() - started).toBeLessThan(10_000);
});
