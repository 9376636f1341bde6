import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright/test';
import { expect, test } from './fixtures.ts';
import { longCsv, textFile } from './own_series_files.ts';
import { traceTasks } from './page_tools.ts';

const FIRST_LOAD_KB = 150;

test('the first load is small, and TensorFlow.js is no part of it', async ({ page }) => {
  const urls: string[] = [];
  page.on('response', (response) => urls.push(response.url()));
  await page.goto('./');
  await expect(page.locator('#status')).toHaveText(/^Nothing trained yet/);
  const sizes = await Promise.all(
    urls.map(async (url) => ({ url, bytes: gzipSync(await (await page.request.get(url)).body()).length })),
  );
  expect(sizes.some(({ url }) => url.includes('worker-'))).toBe(true);
  expect(sizes.filter(({ url }) => url.includes('tfjs'))).toEqual([]);
  const kilobytes = sizes.reduce((sum, { bytes }) => sum + bytes, 0) / 1000;
  expect(kilobytes, JSON.stringify(sizes)).toBeLessThan(FIRST_LOAD_KB);
});

/**
 * Holds a page's long tasks against all of its tasks, in 300 frames from an epoch of the run on that is about to start.
 */
async function expectToAnswer(page: Page): Promise<void> {
  await expect(page.locator('#log p').filter({ hasText: 'Epoch 1/' })).toBeVisible({ timeout: 100_000 });
  const tasks = await traceTasks(page, () =>
    page.evaluate(async () => {
      for (let i = 0; i < 300; i++) await new Promise(requestAnimationFrame);
    }),
  );
  expect(tasks.length).toBeGreaterThanOrEqual(300);
  const long = tasks.map(({ processorMs }) => processorMs).filter((ms) => ms >= 50);
  expect(long.length / tasks.length, `${long.length} of ${tasks.length}: ${long} ms`).toBeLessThan(0.01);
  // Waits included, which depend on the machine's other work.
  expect(Math.max(...tasks.map(({ ms }) => ms)), 'longest task, in ms').toBeLessThan(1000);
}

test.describe('99 % of the main thread’s tasks take less than 50 ms while it trains', { tag: '@alone' }, () => {
  for (const [name, settings] of [
    ['an epoch every moment', 'samples=1000&timeSteps=16&units=8&batchSize=64&epochs=2000&learningRate=0.01'],
    ['the experiment’s sizes', 'samples=6000'],
  ]) {
    test(name, async ({ page }) => {
      await page.goto(`./?${settings}&run=1`);
      await expectToAnswer(page);
    });
  }

  test('own series of several channels', async ({ page }) => {
    await page.goto('./?data=series&units=8&batchSize=16&epochs=5000');
    const csv = longCsv(160, 1).replace('day;hour', 'id;time');
    await page.locator('#series-file').setInputFiles(textFile('valves.csv', csv));
    await expect(page.locator('#series-file-status')).toHaveText(/3 channels/);
    await page.getByRole('button', { name: 'Start' }).click();
    await expectToAnswer(page);
  });
});
