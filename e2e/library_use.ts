import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import {
  AttentionLstm,
  Failure,
  type FitEvent,
  type LabelledSeries,
  readUnlabelled,
  requestDevice,
} from '../src/index.node.ts';
import { predictionView } from '../src/model/model_layers.ts';
import { ModelReference } from '../src/model/reference.ts';
import { type Case, outcomesOf } from './case_outcomes.ts';

// A program for Node: uses the library as a user would, and sends the names of the cases with their errors.

const T = 8;
const D = 2;
const CONFIG = { timeSteps: T, inputDim: D, units: 6, seed: 3 };
const FIT = { batchSize: 16, epochs: 3, learningRate: 0.02, validationSplit: 0.25 };

/** Series whose label is the sign, or the value, of one step. */
function makeSeries(
  samples: number,
  labelOf: (value: number) => number,
  seed = 1,
): LabelledSeries & { x: Float32Array; y: Float32Array } {
  const x = Float32Array.from({ length: samples * T * D }, (_, i) => 50 + 10 * Math.sin(12.9898 * (i + seed) ** 1.1));
  const y = Float32Array.from({ length: samples }, (_, n) => labelOf(x[(n * T + 3) * D] - 50));
  return { x, y };
}

const sign = (value: number) => (value > 0 ? 1 : 0);
const device = await requestDevice({ adapter: 'software' });
const cases: Case[] = [];
const check = (name: string, work: () => Promise<void>) => cases.push([name, work]);

async function failureOf(work: PromiseLike<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    assert(error instanceof Failure, inspect(error));
    return `${error.code}: ${error.message}`;
  }
  throw new Error('it did not fail');
}

check('a model holds memory of the device while it is used, and none after dispose', async () => {
  const model = await AttentionLstm.create(device, CONFIG);
  assert.equal(model.gpuBytes, 0);
  let during = 0;
  const callbacks = { epoch: () => (during = model.gpuBytes) };
  const history = await model.fit(makeSeries(64, sign), { ...FIT, callbacks });
  assert(during > 64 * T * D * 4);
  assert.equal(model.gpuBytes, 0);
  assert.deepEqual(Object.keys(history.history), ['loss', 'accuracy', 'val_loss', 'val_accuracy']);
  await model.predict(makeSeries(5, sign));
  const held = model.gpuBytes;
  assert(held > 0);
  await model.predict(makeSeries(5, sign));
  assert.equal(model.gpuBytes, held);
  await model.predict(makeSeries(500, sign));
  assert(model.gpuBytes > held);
  model.dispose();
  model.dispose();
  assert.equal(model.gpuBytes, 0);
  const after = await failureOf(model.predict(makeSeries(1, sign)));
  assert.equal(after, 'invalid-option: the model is disposed: make or load another');
});

check('it learns, its attention finds the step, and it predicts what the float64 reference does', async () => {
  const model = await AttentionLstm.create(device, CONFIG);
  const series = makeSeries(600, sign);
  const { attention } = await model.fit(series, { ...FIT, epochs: 40 });
  const other = makeSeries(300, sign, 9e3);
  const { accuracy, loss, classification } = await model.evaluate(other);
  assert(accuracy !== undefined && accuracy > 0.95, `accuracy ${accuracy}`);
  assert.equal(accuracy, classification?.accuracy);
  assert.equal(attention.values.length, T * D);
  const { values, attention: each } = await model.predict(other);
  const { config, parameters, standardisation } = model.snapshot();
  assert(standardisation && Math.abs(standardisation.mean[0] - 50) < 2);
  const x = other.x.map((value, i) => (value - standardisation.mean[i % D]) / standardisation.deviation[i % D]);
  const dataset = { samples: 300, timeSteps: T, inputDim: D, x, y: other.y };
  const reference = new ModelReference(config, 300, dataset, parameters);
  reference.forward({ first: 0, count: 300, slot: 0, stepSize: 0 });
  const expected = reference.tensor(predictionView(config).tensor);
  let sum = 0;
  values.forEach((value, n) => {
    assert(Math.abs(value - expected[n]) < 1e-5, `series ${n}: ${value}, not ${expected[n]}`);
    sum -= Math.log(other.y[n] === 1 ? expected[n] : 1 - expected[n]) / 300;
  });
  assert(Math.abs(sum - loss) < 1e-4, `loss ${loss}, not ${sum}`);
  assert.deepEqual(each, await model.attention(other));
  const steps = Array.from({ length: T }, (_, t) => each[t * D]);
  assert(Math.abs(steps.reduce((a, b) => a + b) - 1) < 1e-5);
});

check('validationData validates as evaluate does, and labels of a plain array will do', async () => {
  const model = await AttentionLstm.create(device, CONFIG);
  const validationData = makeSeries(40, sign, 77);
  const series = makeSeries(64, sign);
  const before = series.x.slice();
  const { epochs } = await model.fit({ ...series, y: [...series.y] }, { ...FIT, validationData });
  const { loss, accuracy } = await model.evaluate(validationData);
  assert(Math.abs(loss - (epochs[2].valLoss ?? 0)) < 1e-6);
  assert.equal(accuracy, epochs[2].valAccuracy);
  assert.deepEqual(series.x, before, 'the caller’s series have changed');
});

check('a saved model is the same bit for bit, and goes on with its run as if it had not been interrupted', async () => {
  const series = makeSeries(70, sign);
  const options = { ...FIT, epochs: 6, patience: 9, schedule: { kind: 'step' as const, everyEpochs: 2, factor: 0.5 } };
  const whole = await AttentionLstm.create(device, CONFIG);
  const { history } = await whole.fit(series, options);
  const half = await AttentionLstm.create(device, CONFIG);
  await half.fit(series, { ...options, epochs: 3 });
  const loaded = await AttentionLstm.load(device, await half.save());
  assert.deepEqual(await loaded.predict(series), await half.predict(series));
  const resumed = await loaded.fit(series, { ...options, resume: true });
  assert.deepEqual(resumed.history, history);
  assert.deepEqual(loaded.snapshot().parameters, whole.snapshot().parameters);
  const blob = await AttentionLstm.load(device, new Blob([await whole.save()]));
  assert.deepEqual(blob.snapshot(), whole.snapshot());
  const other = await failureOf(loaded.fit(series, { ...options, epochs: 9, learningRate: 1, resume: true }));
  assert.match(other, /^invalid-option: the checkpoint has learningRate 0.02, this run 1/);
});

check('a gap in series is filled for a model that is trained on series as they are', async () => {
  const model = await AttentionLstm.create(device, CONFIG);
  await model.fit(makeSeries(64, sign), { ...FIT, standardise: false });
  const file = {
    name: 'new.csv',
    blob: new Blob(['id,time,a,b\n', ...Array.from({ length: T }, (_, t) => `1,${t},${t ? 50 : ''},49\n`)]),
  };
  const read = await readUnlabelled(file, { channels: ['a', 'b'] });
  assert(Number.isNaN(read.x[0]));
  const filled = await model.predict(read.x.with(0, 50));
  assert.deepEqual(await model.predict(read), filled);
});

check('a loaded model is trained further from its parameters, on series as it knows them', async () => {
  const frozen = { epochs: 1, batchSize: 16, learningRate: 0 };
  for (const standardise of [true, false]) {
    const model = await AttentionLstm.create(device, CONFIG);
    const series = makeSeries(64, sign);
    await model.fit(series, { ...FIT, standardise });
    const loaded = await AttentionLstm.load(device, { ...model.snapshot(), checkpoint: undefined });
    await loaded.fit(makeSeries(32, sign, 99), frozen);
    assert.deepEqual(loaded.snapshot().standardisation, model.snapshot().standardisation);
    assert.deepEqual(await loaded.predict(series), await model.predict(series));
    const { loss } = await model.evaluate(series);
    const { epochs } = await loaded.fit(series, { ...FIT, batchSize: 64, validationSplit: 0 });
    assert(Math.abs(epochs[0].loss - loss) < 1e-5, `loss ${epochs[0].loss}, not ${loss}`);
    assert.match(
      await failureOf(loaded.fit(series, { standardise: !standardise })),
      /^invalid-option: standardise does not fit the model: leave it out/,
    );
  }
});

check('fit again goes on from the parameters', async () => {
  const series = makeSeries(200, sign);
  const model = await AttentionLstm.create(device, CONFIG);
  const first = await model.fit(series, FIT);
  const second = await model.fit(series, FIT);
  assert(second.epochs[0].loss < first.epochs[1].loss);
  const fresh = await AttentionLstm.create(device, CONFIG);
  assert.deepEqual((await fresh.fit(series, FIT)).history, first.history, 'the same seed, other figures');
});

check('events are taken one by one, and callbacks waited for', async () => {
  const model = await AttentionLstm.create(device, CONFIG);
  const called: string[] = [];
  const callbacks = {
    epoch: async ({ epoch }: { epoch: number }) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      called.push(`called ${epoch}`);
    },
  };
  const run = model.fit(makeSeries(64, sign), { ...FIT, callbacks, watch: { attention: true } });
  const types = new Set<FitEvent['type']>();
  for await (const event of run) {
    types.add(event.type);
    if (event.type === 'epoch') called.push(`taken ${event.epoch}`);
  }
  assert.deepEqual(
    called,
    [1, 2, 3].flatMap((n) => [`called ${n}`, `taken ${n}`]),
  );
  assert.deepEqual([...types], ['warning', 'data', 'ready', 'step', 'epoch', 'attention']);
  assert.equal((await run).epochs.length, 3);
});

check('a signal stops it with what it has, and a loop that is left ends the run', async () => {
  const model = await AttentionLstm.create(device, CONFIG);
  const controller = new AbortController();
  const callbacks = { epoch: ({ epoch }: { epoch: number }) => epoch === 2 && controller.abort() };
  const { stopped, epochs } = await model.fit(makeSeries(64, sign), {
    ...FIT,
    epochs: 1000,
    signal: controller.signal,
    callbacks,
  });
  assert.deepEqual([stopped, epochs.length], [true, 2]);
  const run = model.fit(makeSeries(64, sign), { ...FIT, epochs: 1000 });
  for await (const event of run) {
    if (event.type !== 'epoch') continue;
    assert.match(await failureOf(model.fit(makeSeries(64, sign))), /the model is training: wait for it/);
    assert.match(await failureOf(model.predict(makeSeries(1, sign))), /the model is training: wait for it/);
    assert.throws(() => model.dispose(), /the model is training: wait for it/);
    if (event.epoch === 2) break;
  }
  const history = await run;
  assert.deepEqual([history.stopped, history.epochs.length], [true, 2]);
  const throwing = model.fit(makeSeries(64, sign), FIT);
  const before = model.snapshot().parameters;
  await assert.rejects(async () => {
    for await (const event of throwing) if (event.type === 'epoch') throw new RangeError('mine');
  }, RangeError);
  assert.equal((await throwing).stopped, true);
  assert.notDeepEqual(model.snapshot().parameters, before);
  const thrower = { epoch: () => assert.fail('mine') };
  await assert.rejects(model.fit(makeSeries(64, sign), { ...FIT, callbacks: thrower }), /mine/);
  const [first, second] = await Promise.allSettled([1, 2].map(() => model.fit(makeSeries(64, sign), FIT)));
  assert.deepEqual([first.status, second.status], ['fulfilled', 'rejected']);
  assert.equal(model.gpuBytes, 0);
  await model.predict(makeSeries(1, sign));
});

check('a run is a promise, starts by itself, and tells a loop that begins late the events from then on', async () => {
  const model = await AttentionLstm.create(device, CONFIG);
  const seen: string[] = [];
  const run = model.fit(makeSeries(64, sign), { ...FIT, callbacks: { epoch: ({ epoch }) => seen.push(`${epoch}`) } });
  assert(run instanceof Promise);
  assert.match(await failureOf(model.predict(makeSeries(1, sign))), /the model is training/);
  const { epochs } = await run.finally(() => seen.push('finally'));
  assert.deepEqual([epochs.length, seen], [3, ['1', '2', '3', 'finally']]);
  for await (const event of run) assert.fail(`${event.type} came after the end`);
  const late = model.fit(makeSeries(64, sign), { ...FIT, epochs: 500 });
  await new Promise((resolve) => setTimeout(resolve, 50));
  const types = new Set<string>();
  for await (const event of late) if (types.add(event.type).has('epoch')) break;
  assert((await late).epochs.length >= 1);
  const caught = await model.fit(makeSeries(64, sign), { ...FIT, epochs: 0 }).catch((error: Failure) => error.code);
  assert.equal(caught, 'invalid-option');
});

check('classes and numbers are evaluated as such', async () => {
  const level = (value: number) => (value > 4 ? 2 : value > -4 ? 1 : 0);
  const classes = await AttentionLstm.create(device, { ...CONFIG, output: { kind: 'categorical', classes: 3 } });
  await classes.fit(makeSeries(600, level), { ...FIT, epochs: 30, classWeights: 'balanced' });
  const { classification } = await classes.evaluate(makeSeries(100, level, 55));
  assert(classification && classification.accuracy > 0.8, `accuracy ${classification?.accuracy}`);
  assert.equal(
    classification.confusion.flat().reduce((a, b) => a + b),
    100,
  );
  assert.equal((await classes.predict(makeSeries(4, level))).values.length, 12);
  const numbers = await AttentionLstm.create(device, { ...CONFIG, output: { kind: 'regression' } });
  // Numbers far from zero are standardised, and predicted in their own unit.
  const price = (value: number) => 300_000 + 2000 * value;
  const { epochs } = await numbers.fit(makeSeries(600, price), { ...FIT, epochs: 30 });
  const { regression, meanAbsoluteError } = await numbers.evaluate(makeSeries(100, price, 55));
  assert(regression && regression.r2 > 0.8, `r² ${regression?.r2}`);
  assert(Math.abs(regression.meanAbsoluteError - (meanAbsoluteError ?? 0)) < 1);
  assert((epochs.at(-1)?.valMeanAbsoluteError ?? 0) > 100, 'the error of an epoch is not in the unit of the labels');
  const reread = await AttentionLstm.load(device, await numbers.save());
  assert.deepEqual(await reread.predict(makeSeries(4, price)), await numbers.predict(makeSeries(4, price)));
});

check('series come in lists of any depth, to every call alike', async () => {
  const model = await AttentionLstm.create(device, CONFIG);
  const { x, y } = makeSeries(40, sign);
  const rows = Array.from({ length: 40 }, (_, n) => Array.from(x.subarray(n * T * D, (n + 1) * T * D)));
  const steps = rows.map((row) => Array.from({ length: T }, (_, t) => row.slice(t * D, (t + 1) * D)));
  await model.fit({ x: steps, y: [...y] }, { ...FIT, validationData: { x: rows, y } });
  const fresh = await AttentionLstm.create(device, CONFIG);
  await fresh.fit({ x, y }, { ...FIT, validationData: { x, y } });
  assert.deepEqual(model.snapshot().parameters, fresh.snapshot().parameters);
  const prediction = await model.predict(x);
  const evaluation = await model.evaluate({ x, y });
  for (const form of [Array.from(x), Float64Array.from(x), rows, steps, { x: steps }]) {
    assert.deepEqual(await model.predict(form), prediction);
    assert.deepEqual(await model.attention(form), prediction.attention);
    if (!('x' in form)) assert.deepEqual(await model.evaluate({ x: form, y: Array.from(y) }), evaluation);
  }
  assert.match(await failureOf(model.fit(rows as never)), /^invalid-option: series has nothing in y: give an index/);
  assert.match(
    await failureOf(model.evaluate(rows as never)),
    /^invalid-option: series has nothing in y: give an index/,
  );
  for (const call of ['predict', 'predictClasses', 'attention'] as const) {
    assert.match(await failureOf(model[call](rows[0].slice(1))), /series has 15 values, and a series has 8 · 2/);
    assert.match(
      await failureOf(model[call](x.with(3, Number.POSITIVE_INFINITY))),
      /series has Infinity in series 0, step 1/,
    );
  }
});

check('classes have names, and several predictions may be asked for at once', async () => {
  const target = { kind: 'class' as const, name: 'weather', classes: ['calm', 'storm'] };
  const model = await AttentionLstm.create(device, CONFIG);
  assert.deepEqual(model.classes, ['0', '1']);
  const series = { ...makeSeries(300, sign), target };
  await model.fit(series, { ...FIT, epochs: 30 });
  assert.deepEqual(model.classes, target.classes);
  const [{ values }, names, one, { accuracy }] = await Promise.all([
    model.predict(series),
    model.predictClasses(series),
    model.predictClasses(series.x.subarray(0, T * D)),
    model.evaluate(series),
  ]);
  assert.deepEqual(
    names,
    Array.from(values, (value) => target.classes[value > 0.5 ? 1 : 0]),
  );
  assert.deepEqual(one, names.slice(0, 1));
  const right = names.filter((name, n) => name === target.classes[series.y[n]]).length / 300;
  assert.equal(accuracy, right);
  const predicting = model.predict(series);
  assert.throws(() => model.dispose(), /the model is predicting: wait for it/);
  const refit = model.fit(series, FIT);
  assert.deepEqual((await predicting).values, values);
  assert.equal((await refit).epochs.length, 3);
  model.dispose();
  const level = (value: number) => (value > 4 ? 2 : value > -4 ? 1 : 0);
  const several = await AttentionLstm.create(device, { ...CONFIG, output: { kind: 'categorical', classes: 3 } });
  await several.fit(makeSeries(64, level), FIT);
  const likeliest = (row: Float32Array) => String(row.indexOf(Math.max(...row)));
  const { values: shares } = await several.predict(makeSeries(9, level));
  const expected = Array.from({ length: 9 }, (_, n) => likeliest(shares.subarray(3 * n, 3 * n + 3)));
  assert.deepEqual(await several.predictClasses(makeSeries(9, level)), expected);
  const numbers = await AttentionLstm.create(device, { ...CONFIG, output: { kind: 'regression' } });
  assert.equal(numbers.classes, undefined);
  assert.match(await failureOf(numbers.predictClasses(series)), /^invalid-option: the model predicts numbers: predict/);
});

check('sizes follow from the series, and what a split cannot tell is said before training', async () => {
  const series = makeSeries(70, sign);
  const told: string[] = [];
  const train = async (options: object) => {
    told.length = 0;
    const stopper = new AbortController();
    const model = await AttentionLstm.create(device, CONFIG);
    const callbacks = {
      warning: ({ message }: { message: string }) => told.push(message),
      epoch: ({ epochs, steps }: { epochs: number; steps: number }) => {
        told.push(`${epochs} epochs of ${steps} steps`);
        stopper.abort();
      },
    };
    const { warnings } = await model.fit(series, { callbacks, signal: stopper.signal, ...options });
    assert.deepEqual(told.slice(0, warnings.length), warnings);
    return told;
  };
  const sizes = (training: number) =>
    `For ${training} training series: batches of 16, 200 epochs, a learning rate of 0.003, gradients clipped to the norm 5 and a cosine schedule (batchSize, epochs, learningRate, clipNorm and schedule change that)`;
  assert.deepEqual(await train({}), [sizes(70), '200 epochs of 5 steps']);
  const end =
    'The last 7 series of the file validate (split end): if the file is in the order of time or of classes, they differ from those that train';
  const few = 'Only 7 series validate: their accuracy is known to ±37 points at best';
  assert.deepEqual(await train({ validationSplit: 0.1, split: 'end', epochs: 5, batchSize: 32, learningRate: 0.02 }), [
    end,
    few,
    '5 epochs of 2 steps',
  ]);
});

check('what cannot be is refused in a sentence', async () => {
  const sized = (config: object) => failureOf(AttentionLstm.create(device, { ...CONFIG, ...config }));
  assert.match(await sized({ units: 0 }), /^invalid-option: units is 0: give a whole number from 1 to 256/);
  const model = await AttentionLstm.create(device, CONFIG);
  const series = makeSeries(10, sign);
  const failed = (change: object, options = {}) =>
    failureOf(model.fit({ ...series, ...change }, { ...FIT, ...options }));
  assert.match(
    await failed({ x: series.x.slice(1) }),
    /series has 159 values, and a series has 8 · 2: give \(N, 8, 2\) as a flat list/,
  );
  assert.match(await failed({ x: new Float32Array(0) }), /series has 0 values/);
  assert.match(await failed({ y: [1] }), /series has 1 labels for 10 series: give one for each/);
  assert.match(await failed({ y: series.y.map(() => 2) }), /has the label 2 for series 0: give a class from 0 to 1/);
  const gap = series.x.with(2 * T * D + 3 * D + 1, Number.NaN);
  assert.match(await failed({ x: gap }), /series has NaN in series 2, step 3, channel 1: leave the series out/);
  assert.match(await failed({}, { epoch: 2 }), /^invalid-option: fit has no option "epoch": do you mean epochs\?/);
  assert.match(await sized({ unit: 3 }), /^invalid-option: create has no option "unit": do you mean units\?/);
  assert.match(await sized({ epochs: 3 }), /^invalid-option: epochs is a setting of the training: give it to fit/);
  for (const call of ['predict', 'predictClasses', 'attention'] as const) {
    assert.match(
      await failureOf(model[call](series, { sinal: 1 } as object)),
      new RegExp(`^invalid-option: ${call} has no option "sinal": do you mean signal\\?`),
    );
  }
  assert.match(
    await failureOf(model.evaluate(series, new AbortController().signal as object)),
    /^invalid-option: evaluate takes its options by name: give an object with signal/,
  );
  assert.match(await failed({}, { epochs: 0 }), /epochs is 0: give a whole number/);
  assert.match(await failed({}, { resume: true }), /resume needs a model that was saved after fit/);
  assert.match(await failed({}, { learningRate: 1e38 }), /^not-finite: /);
  assert.match(await failureOf(AttentionLstm.load(device, new Uint8Array(3))), /^invalid-file: the model has 3 bytes/);
  // None of it has harmed the model.
  await model.fit(series, FIT);
});

check('a model of the sizes of one before compiles nothing', async () => {
  let compiled = 0;
  const compile = device.createComputePipelineAsync.bind(device);
  const value = (descriptor: GPUComputePipelineDescriptor) => {
    compiled++;
    return compile(descriptor);
  };
  Object.defineProperty(device, 'createComputePipelineAsync', { value, configurable: true });
  const useOne = async () => {
    const model = await AttentionLstm.create(device, { ...CONFIG, units: 5 });
    await model.fit(makeSeries(64, sign), { ...FIT, epochs: 1 });
    await model.predict(makeSeries(5, sign));
    model.dispose();
  };
  await useOne();
  const once = compiled;
  assert(once > 10);
  await useOne();
  assert.equal(compiled, once);
  Reflect.deleteProperty(device, 'createComputePipelineAsync');
});

const results = await outcomesOf(cases);
const lost = await AttentionLstm.create(device, CONFIG);
const run = lost.fit(makeSeries(64, sign), { ...FIT, epochs: 1000, callbacks: { epoch: () => device.destroy() } });
const problem = await Promise.race([
  run.then(
    () => 'it ended',
    (error: unknown) => (error as Failure).code,
  ),
  new Promise((r) => setTimeout(r, 10_000, 'it hung')),
]);
results.push([
  'a device that is destroyed ends the run',
  problem === 'it hung' || problem === 'it ended' ? problem : undefined,
]);
process.send?.(results, () => process.exit());
