import { expect, test } from '../e2e/fixtures.ts';
import { SOAK_SECONDS, slope } from '../e2e/soak.ts';
import { button, status } from '../e2e/train_page.ts';
import { workerHeap } from './worker_heap.ts';

/** From here the list of epochs is complete and shows no more lines. */
const FIRST_EPOCH = 1000;
/** Bytes that an epoch may leave for the rest of its run: its metrics, and the points of four curves. */
const EPOCH_BYTES = 1024;

test('a run of thousands of epochs leaves on the page no more than its history', async ({ page }) => {
  test.setTimeout(300_000 + 2000 * SOAK_SECONDS);
  const session = await page.context().newCDPSession(page);
  const worker = await workerHeap(session);
  await page.goto('./?samples=64&timeSteps=16&units=4&batchSize=64&epochs=100000&run=1');
  await expect(page.locator('#stat-epoch')).toHaveText(/^\d/, { timeout: 60_000 });

  const samples: { epochs: number; page: number; worker: number; nodes: number }[] = [];
  const start = performance.now();
  while (performance.now() - start < 1000 * SOAK_SECONDS) {
    await page.waitForTimeout(Math.min(5, SOAK_SECONDS / 4) * 1000);
    const epochs = Number.parseInt(((await page.locator('#stat-epoch').textContent()) ?? '').replaceAll(',', ''), 10);
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    const { nodes } = await session.send('Memory.getDOMCounters');
    samples.push({ epochs, page: usedSize, worker: await worker(), nodes });
  }
  const full = samples.filter(({ epochs }) => epochs >= FIRST_EPOCH);
  const by = (name: 'page' | 'worker' | 'nodes') => slope(full.map((sample) => [sample.epochs, sample[name]]));
  const last = samples.at(-1);
  const found = { epochs: last?.epochs, page: by('page'), worker: by('worker'), nodes: by('nodes'), last };
  process.stdout.write(`An epoch leaves (bytes, bytes, nodes): ${JSON.stringify(found)}\n`);
  expect(found.page).toBeLessThan(EPOCH_BYTES);
  expect(found.worker).toBeLessThan(EPOCH_BYTES);
  expect(found.nodes).toBeLessThan(0.1);
  await button(page, 'Stop').click();
  await expect(status(page)).toHaveText(/^Stopped/);
});
