import { expect, test } from 'playwright/test';
import { runDawnProgram } from './dawn_program.ts';
import { SOAK_SECONDS, type SoakSample, slope } from './soak.ts';

/** Objects that an epoch may leave: one in every hundredth epoch. The samples themselves are two in 500. */
const EPOCH_OBJECTS = 0.01;
/** Bytes that the engine compiles and caches for code that runs for the first time, and bytes that an epoch may add. */
const HEAP_BYTES = 2 ** 20;
const EPOCH_BYTES = 10;

/** Models after which the engine compiles and caches little more. */
const WARM_UP = 4;

test('thousands of epochs of models that come and go leave no memory behind', async () => {
  test.setTimeout(600_000 + 2000 * SOAK_SECONDS);
  const [{ gpuBytes }, ...later] = await runDawnProgram<SoakSample[]>('library_soak');
  // The first ones are measured before everything is compiled and cached.
  const samples = later.slice(WARM_UP - 1);
  const [first, last] = [samples[0], samples.at(-1) as SoakSample];
  const epochs = last.epochs - first.epochs;
  const objects = slope(samples.map((sample) => [sample.epochs, sample.objects]));
  const heapBytes = last.heapBytes - first.heapBytes;
  process.stdout.write(`${epochs} epochs in Node: each leaves ${objects} objects; ${heapBytes} bytes in all\n`);
  expect(objects).toBeLessThan(EPOCH_OBJECTS);
  expect(heapBytes).toBeLessThan(HEAP_BYTES + EPOCH_BYTES * epochs);
  expect(last.residentBytes).toBeLessThan(1.5 * first.residentBytes);
  // Constant after the first epoch, in every model.
  expect(gpuBytes).toHaveLength(1);
  for (const sample of samples) expect(sample.gpuBytes).toEqual(gpuBytes);
});
