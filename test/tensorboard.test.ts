import { unzipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { crc32, crc32c } from '../src/data/crc32.ts';
import { type LoggedEvent, type LogRun, logPath, TensorBoardLog } from '../src/formats/tensorboard/log.ts';
import { EXPERIMENT, type ExperimentConfig } from '../src/model/config.ts';
import { createArena, initialParameters, packArena } from '../src/model/parameters.ts';
import { countParameters, summarize } from '../src/model/summary.ts';
import { zipLog } from '../src/page/train/tensorboard_zip.ts';
import { WatchedEpochs } from '../src/page/train/watched_epochs.ts';
import type { EpochRecord } from '../src/train/history.ts';
import { type ReadLog, readLog, readRecords } from './tensorboard_reader.ts';

const CONFIG: ExperimentConfig = {
  ...EXPERIMENT,
  timeSteps: 6,
  inputDim: 2,
  units: 5,
  output: { kind: 'categorical', classes: 3 },
  schedule: { kind: 'step', everyEpochs: 2, factor: 0.5 },
};
const STARTED = new Date('2026-03-04T05:06:07.5Z');
const ARENA = createArena(CONFIG);

/** Metrics that no float32 holds exactly. */
const record = (epoch: number): EpochRecord => ({
  epoch,
  seconds: 0.5 + epoch / 8,
  loss: 0.7 / epoch,
  accuracy: 1 - 0.3 / epoch,
  valLoss: 0.9 / epoch,
  valAccuracy: 1 - 0.4 / epoch,
});
const HISTORY = [1, 2, 3].map(record);

const parametersOf = (epoch: number) => packArena(ARENA, initialParameters(CONFIG, epoch));
const attentionOf = (epoch: number) => ({
  timeSteps: 6,
  inputDim: 2,
  values: Array.from({ length: 12 }, (_, i) => (i + epoch) / 100),
});

/** The events of `fit` over three epochs. */
const EVENTS: LoggedEvent[] = [
  { type: 'parameters', epoch: 0, parameters: parametersOf(0) },
  { type: 'parameters', epoch: 1, step: 1, parameters: parametersOf(9) },
  ...HISTORY.flatMap((metrics): LoggedEvent[] => [
    { type: 'epoch', ...metrics },
    { type: 'attention', epoch: metrics.epoch, attention: attentionOf(metrics.epoch) },
    { type: 'parameters', epoch: metrics.epoch, parameters: parametersOf(metrics.epoch) },
  ]),
];

function write(events: LoggedEvent[], config = CONFIG): Record<LogRun, Buffer> {
  const log = new TensorBoardLog(config, STARTED);
  const files = { train: [log.header('train')], validation: [log.header('validation')] };
  for (const event of events) for (const [run, records] of log.add(event)) files[run].push(records);
  return { train: Buffer.concat(files.train), validation: Buffer.concat(files.validation) };
}

async function read(events = EVENTS, config = CONFIG): Promise<Record<LogRun, ReadLog>> {
  const { train, validation } = write(events, config);
  return { train: await readLog(train), validation: await readLog(validation) };
}

/** A parameter's values after an epoch, in its layout. */
function valuesOf(name: string, epoch: number): { shape: number[]; values: number[] } {
  const spec = ARENA.specs.find((candidate) => candidate.name === name);
  if (!spec) throw new Error(`no parameter ${name}`);
  const { shape, offset, length } = spec;
  return { shape, values: [...parametersOf(epoch).subarray(offset, offset + length)] };
}

test('checksums are those of the published examples', () => {
  const digits = new TextEncoder().encode('123456789');
  expect(crc32(digits)).toBe(0xcbf43926);
  expect(crc32(digits.subarray(4), crc32(digits.subarray(0, 4)))).toBe(0xcbf43926);
  expect(crc32c(digits)).toBe(0xe3069283);
  // RFC 3720, B.4.
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
});

describe('scalars', () => {
  test('are the history, bit for bit as float32, under the tags and steps of Keras', async () => {
    const { train, validation } = await read();
    expect([...train.scalars.keys()]).toEqual(['epoch_loss', 'epoch_accuracy', 'epoch_learning_rate']);
    expect([...validation.scalars.keys()]).toEqual(['epoch_loss', 'epoch_accuracy']);
    for (const [{ scalars }, tag, key] of [
      [train, 'epoch_loss', 'loss'],
      [train, 'epoch_accuracy', 'accuracy'],
      [validation, 'epoch_loss', 'valLoss'],
      [validation, 'epoch_accuracy', 'valAccuracy'],
    ] as [ReadLog, string, keyof EpochRecord][]) {
      const series = scalars.get(tag) ?? [];
      expect(series.map(({ step }) => step)).toEqual([0, 1, 2]);
      expect(series.map(({ value }) => value)).toEqual(
        HISTORY.map((metrics) => Math.fround(metrics[key] ?? Number.NaN)),
      );
    }
    const rates = train.scalars.get('epoch_learning_rate')?.map(({ value }) => value);
    expect(rates).toEqual([1e-3, 1e-3, 5e-4].map(Math.fround));
  });

  test('stand at the seconds that were trained since the start', async () => {
    const { train } = await read();
    const start = STARTED.getTime() / 1000;
    expect(train.scalars.get('epoch_loss')?.map(({ time }) => time - start)).toEqual([0.625, 1.375, 2.25]);
    expect(logPath('train', STARTED, 'host')).toBe('train/events.out.tfevents.1772600767.host');
  });

  test('of a model of numbers have their own metric; without a validation part nothing validates', async () => {
    const events: LoggedEvent[] = [{ type: 'epoch', epoch: 1, seconds: 1, loss: 0.3, meanAbsoluteError: 0.1 }];
    const { train, validation } = await read(events, { ...CONFIG, output: { kind: 'regression' } });
    expect(train.scalars.get('epoch_mean_absolute_error')?.[0].value).toBe(Math.fround(0.1));
    expect(train.scalars.has('epoch_accuracy')).toBe(false);
    expect(validation.scalars.size).toBe(0);
  });
});

describe('histograms', () => {
  test('count every element of a parameter in the bucket where it lies', async () => {
    const { histograms } = (await read()).train;
    for (const { name } of ARENA.specs) {
      const series = histograms.get(`${name.replace('_', '/')}/histogram`) ?? [];
      expect(series.map(({ step }) => step)).toEqual([0, 1, 2]);
      for (const { step, buckets } of series) {
        const { values } = valuesOf(name, step + 1);
        expect(buckets).toHaveLength(30);
        expect(buckets[0][0]).toBe(Math.min(...values));
        expect(buckets[29][1]).toBe(Math.max(...values));
        expect(buckets.reduce((sum, [, , count]) => sum + count, 0)).toBe(values.length);
        for (const [i, [left, right, count]] of buckets.entries()) {
          if (i > 0) expect(left).toBe(buckets[i - 1][1]);
          if (left === right) continue;
          const isLast = i === 29;
          expect(count).toBe(values.filter((value) => value >= left && (isLast || value < right)).length);
        }
      }
    }
  });

  test('of equal values have them all in the last bucket', async () => {
    const buckets = (await read()).train.histograms.get('attention/bias/histogram')?.[0].buckets;
    expect(buckets).toHaveLength(30);
    expect(buckets?.slice(0, -1).every((bucket) => bucket.join() === '0,0,0')).toBe(true);
    expect(buckets?.at(-1)).toEqual([0, 0, 6]);
  });

  test('show the mean attention over the time steps', async () => {
    const series = (await read()).train.histograms.get('attention/mean_by_step/histogram') ?? [];
    expect(series).toHaveLength(3);
    for (const { step, buckets } of series) {
      const { values } = attentionOf(step + 1);
      expect(buckets).toEqual(Array.from({ length: 6 }, (_, t) => [t, t + 1, (values[2 * t] + values[2 * t + 1]) / 2]));
    }
  });
});

describe('images', () => {
  test('go from black, the least value, to white, the greatest; what is high lies on its side', async () => {
    const { images } = (await read()).train;
    expect(images.size).toBe(ARENA.specs.length);
    for (const { name } of ARENA.specs) {
      const series = images.get(`${name.replace('_', '/')}/image`) ?? [];
      expect(series.map(({ step }) => step)).toEqual([0, 1, 2]);
      for (const { step, width, height, pixels } of series) {
        const { shape, values } = valuesOf(name, step + 1);
        const [rows, columns] = shape.length === 1 ? [1, shape[0]] : shape;
        expect([width, height]).toEqual(rows > columns ? [rows, columns] : [columns, rows]);
        const [least, greatest] = [Math.min(...values), Math.max(...values)];
        for (const [i, value] of values.entries()) {
          const [row, column] = [Math.floor(i / columns), i % columns];
          const pixel = rows > columns ? pixels[column * width + row] : pixels[row * width + column];
          const share = greatest > least ? (value - least) / (greatest - least) : 0;
          expect(Math.abs(pixel - 255 * share), `${name} ${i}`).toBeLessThanOrEqual(0.5 + 1e-9);
        }
      }
    }
  });

  test('one is on its side in this model, one stands', async () => {
    const { images } = (await read()).train;
    expect(images.get('output/kernel/image')?.[0]).toMatchObject({ width: 5, height: 3 });
    expect(images.get('lstm/recurrent_kernel/image')?.[0]).toMatchObject({ width: 20, height: 5 });
  });
});

describe('the graph', () => {
  test.each([false, true])('has the layers, each after its inputs (single attention vector: %s)', async (single) => {
    const config = { ...CONFIG, singleAttentionVector: single };
    const layers = summarize(config);
    const { train, validation } = await read([], config);
    const graph = train.graph ?? [];
    expect(validation.graph).toBeUndefined();
    expect(graph.map(({ name, op, input }) => ({ name, type: op, from: input }))).toEqual(
      layers.map(({ name, type, from }) => ({ name, type, from })),
    );
    for (const [i, { input }] of graph.entries()) {
      for (const name of input) expect(graph.slice(0, i).map((node) => node.name)).toContain(name);
    }
    expect(graph.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(countParameters(layers));
    expect(graph.at(0)?.shape).toEqual([-1, 6, 2]);
    expect(graph.at(-1)?.shape).toEqual([-1, 3]);
  });
});

test('every file says its version, and a byte that is flipped anywhere is found', async () => {
  const { train, validation } = write(EVENTS);
  expect((await readLog(train)).version).toBe('brain.Event:2');
  expect((await readLog(validation)).version).toBe('brain.Event:2');
  for (const [file, distance] of [
    [validation, 1],
    [train, 97],
  ] as const) {
    for (let at = 0; at < file.length; at += distance) {
      const wrong = Buffer.from(file);
      wrong[at] ^= 1 << (at % 8);
      await expect(readRecords(wrong), `byte ${at}`).rejects.toThrow();
    }
  }
});

describe('what the page holds', () => {
  const watch = (most: number, epochs: number) => {
    const watched = new WatchedEpochs(most);
    for (let epoch = 0; epoch <= epochs; epoch++) {
      if (epoch > 0) watched.add({ type: 'attention', epoch, attention: attentionOf(epoch) });
      watched.add({ type: 'parameters', epoch, parameters: parametersOf(epoch % 5) });
      expect(watched.epochs.length).toBeLessThanOrEqual(most);
    }
    return watched.epochs.map(({ epoch }) => epoch);
  };

  test('all epochs of a short run, of a long one some at even distances and the newest', () => {
    expect(watch(8, 5)).toEqual([1, 2, 3, 4, 5]);
    expect(watch(4, 5)).toEqual([1, 3, 5]);
    expect(watch(4, 97)).toEqual([1, 33, 65, 97]);
    expect(watch(4, 100)).toEqual([1, 65, 100]);
    expect(watch(2, 50)).toEqual([1, 50]);
  });

  test('no epoch twice where a resumed run tells it again, and none for an update', () => {
    const watched = new WatchedEpochs(8);
    const add = (epoch: number, step?: number) =>
      watched.add({ type: 'parameters', epoch, step, parameters: parametersOf(epoch) });
    watched.add({ type: 'attention', epoch: 1, attention: attentionOf(1) });
    for (const epoch of [1, 2, 1, 3, 3]) add(epoch);
    add(4, 1);
    expect(watched.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(watched.epochs.map(({ attention, parameters }) => [attention?.epoch, parameters?.epoch])).toEqual([
      [1, 1],
      [undefined, 2],
      [undefined, 3],
    ]);
  });

  test('becomes an archive of the same files', async () => {
    const watched = new WatchedEpochs(2);
    for (const event of EVENTS) if (event.type !== 'epoch') watched.add(event);
    const blob = await zipLog({ config: CONFIG, started: STARTED, history: HISTORY, watched: watched.epochs });
    const files = unzipSync(new Uint8Array(await blob.arrayBuffer()));
    expect(Object.keys(files)).toEqual(
      ['train', 'validation'].map((run) => `${run}/events.out.tfevents.1772600767.browser`),
    );
    const [train, validation] = await Promise.all(Object.values(files).map(readLog));
    const whole = await read();
    expect(train.scalars).toEqual(whole.train.scalars);
    expect(train.graph).toEqual(whole.train.graph);
    expect(validation).toEqual(whole.validation);
    expect(train.images.get('lstm/kernel/image')).toEqual(
      whole.train.images.get('lstm/kernel/image')?.filter(({ step }) => step !== 1),
    );
  });
});
