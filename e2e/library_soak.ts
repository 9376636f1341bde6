import assert from 'node:assert/strict';
import { queryObjects, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { AttentionLstm, requestDevice } from '../src/index.node.ts';
import { SOAK_SECONDS, type SoakSample } from './soak.ts';

// A program for Node: makes, trains, uses, saves and drops models on one device, repeatedly, and sends the memory that
// was held meanwhile.

const T = 8;
const SAMPLES = 16;
const EPOCHS = 500;
/** Collections in a row that release nothing more. */
const CALM = 5;
/** A slope needs as many to bear the outliers: on a busy machine these take longer than the soak. */
const LEAST_SAMPLES = 14;
const x = Float32Array.from({ length: SAMPLES * T }, (_, i) => Math.sin(12.9898 * i ** 1.1));
const y = Float32Array.from({ length: SAMPLES }, (_, n) => (x[n * T + 3] > 0 ? 1 : 0));

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const device = await requestDevice({ adapter: 'software' });

/** A model's whole life. Returns the bytes of the device's memory after each of its epochs. */
async function live(): Promise<number[]> {
  const held: number[] = [];
  const model = await AttentionLstm.create(device, { timeSteps: T, inputDim: 1, units: 4 });
  const callbacks = { epoch: () => held.push(model.gpuBytes) };
  await model.fit({ x, y }, { epochs: EPOCHS, batchSize: 16, callbacks, watch: { metrics: true } });
  const loaded = await AttentionLstm.load(device, await model.save());
  await loaded.predict({ x });
  for (const used of [model, loaded]) {
    used.dispose();
    assert.equal(used.gpuBytes, 0);
  }
  return held;
}

/** The number of objects when it falls no more: on a busy machine the device releases its promises late. */
async function objectsLeft(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let calm = 0; calm < CALM; calm++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    collect();
    const objects = queryObjects(Object, { format: 'count' });
    if (objects < least) calm = 0;
    least = Math.min(least, objects);
  }
  return least;
}

const samples: SoakSample[] = [];
const start = performance.now();
let epochs = 0;
while (samples.length < LEAST_SAMPLES || performance.now() - start < 1000 * SOAK_SECONDS) {
  const held = await live();
  epochs += held.length;
  const objects = await objectsLeft();
  const { heapUsed, rss } = process.memoryUsage();
  samples.push({ epochs, heapBytes: heapUsed, objects, residentBytes: rss, gpuBytes: [...new Set(held)] });
}
device.destroy();
process.send?.(samples);
process.disconnect();
