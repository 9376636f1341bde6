import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright/test';
import { expect, test } from './fixtures.ts';
import { expectDrawn, prependToWorker } from './page_tools.ts';
import { button, epochLine, field, SMALL, status } from './train_page.ts';

const start = (page: Page) => button(page, 'Start');

/** How often the numbers of the progress change within this time. */
function progressChanges(page: Page, ms: number): Promise<number> {
  return page.locator('.stats').evaluate(
    (stats, duration) =>
      new Promise<number>((resolve) => {
        let changes = 0;
        const observer = new MutationObserver(() => changes++);
        observer.observe(stats, { subtree: true, childList: true, characterData: true });
        setTimeout(() => {
          observer.disconnect();
          resolve(changes);
        }, duration);
      }),
    ms,
  );
}

function replaceRequestAdapter(page: Page, implementation: string): Promise<void> {
  return prependToWorker(page, `Object.defineProperty(GPU.prototype, 'requestAdapter', { value: ${implementation} });`);
}

/** So much work that a run gains by measuring tiles, on any machine. */
const TUNED = 'samples=1800&units=16&epochs=100000';

/** Returns the stored tiles of the page, or replaces them: idb-keyval's entry. */
function keptTiles(page: Page, replacement?: Record<string, object>): Promise<Record<string, object> | undefined> {
  return page.evaluate(
    (value) =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open('keyval-store');
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const store = opening.result.transaction('keyval', 'readwrite').objectStore('keyval');
          if (value) store.put(value, 'attention-lstm tiles');
          const reading = store.get('attention-lstm tiles');
          reading.onsuccess = () => resolve(reading.result);
          reading.onerror = () => reject(reading.error);
        };
      }),
    replacement,
  );
}

test('trains a small run to its end, shows it in charts, words and tables, and saves its history', async ({ page }) => {
  await page.goto('./');
  await expect(status(page)).toHaveText(/^Nothing trained yet/);
  await expect(page.locator('#model-total')).toHaveText('8,545');
  const settings = {
    Samples: 1000,
    'Time steps': 16,
    'Planted time step': 5,
    'LSTM units': 8,
    'Batch size': 64,
    Epochs: 12,
    'Learning rate': 0.01,
  };
  for (const [label, value] of Object.entries(settings)) await field(page, label).fill(String(value));
  await expect(page.locator('#model-total')).toHaveText('601');
  await start(page).click();
  await expect(field(page, 'Batch size')).toBeDisabled();
  await expect(status(page)).toHaveText(/^Trained 12 epochs in /, { timeout: 120_000 });

  await expect(page.locator('#log p')).toHaveCount(12);
  await expect(epochLine(page, '12/12')).toHaveText(
    /15\/15 - \d+s - loss: \S+ - accuracy: \S+ - val_loss: \S+ - val_accuracy: \S+$/,
  );
  await expect(page.locator('#announcement')).toHaveText(/^Epoch 12 of 12: loss /);
  await expect(page.locator('#stat-epoch')).toHaveText('12 / 12');
  for (const chart of ['#loss-chart', '#metric-chart', '#attention-chart']) {
    await expectDrawn(page, chart);
  }

  const { history } = await page.evaluate(() => window.trainResult);
  await page.getByText('History as a table').click();
  const rows = page.locator('#history-table tbody tr');
  await expect(rows).toHaveCount(12);
  await expect(rows.nth(0).locator('td').nth(1)).toHaveText(history[0].loss.toFixed(4));

  await page.getByText('Attention as a table').click();
  await expect(page.locator('#attention-table tbody tr')).toHaveCount(16);
  await expect(page.locator('#attention-table tbody tr').filter({ hasText: 'planted' })).toHaveText(
    /^5.*planted, largest$/,
  );
  await expect(page.locator('#attention-summary')).toHaveText(
    /^Largest at time step 5: .* where the label is planted\.$/,
  );
  await test.step('saved as CSV and JSON', () => savesHistory(page));
  await test.step('nothing is cut off on a narrow screen', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  });
});

async function savesHistory(page: Page): Promise<void> {
  const { history, parametersSha256 } = await page.evaluate(() => window.trainResult);
  const saved = async (name: string) => {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name }).click();
    return readFile(await (await download).path(), 'utf8');
  };
  const csv = (await saved('Download CSV')).trimEnd().split('\n');
  expect(csv[0]).toBe('epoch,seconds,loss,accuracy,valLoss,valAccuracy');
  expect(csv).toHaveLength(1 + 12);
  expect(csv[2].split(',').map(Number).slice(2, 4)).toEqual([history[1].loss, history[1].accuracy]);
  const json = JSON.parse(await saved('Download JSON'));
  expect(json).toMatchObject({ history, parametersSha256 });
}

/** Waits for the first epoch of a long run, and stops it. */
async function trainAnEpoch(page: Page): Promise<void> {
  await expect(epochLine(page, '1/100000')).toBeVisible({ timeout: 180_000 });
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(status(page)).toHaveText(/^Stopped after /, { timeout: 180_000 });
}

test('the tiles that a run measured serve the next one, also after the page is loaded anew', async ({ page }) => {
  await page.goto(`./?${TUNED}&run=1`);
  await trainAnEpoch(page);
  const [[key, tiles], ...others] = Object.entries((await keptTiles(page)) ?? {});
  expect(others).toEqual([]);
  expect(key).toMatch(/ \| D1 \| U16 \| B256$/);
  expect(tiles).toEqual({ lstm_forward: expect.any(String), lstm_backward: expect.any(String) });

  // A new measurement would store a choice without this mark.
  const marked = { [key]: { ...tiles, mark: true } };
  await keptTiles(page, marked);
  await page.goto(`./?${TUNED}&run=1`);
  await trainAnEpoch(page);
  expect(await keptTiles(page)).toEqual(marked);

  // Another shape is measured, and stored beside it.
  await field(page, 'Batch size').fill('128');
  await start(page).click();
  await trainAnEpoch(page);
  const after = await keptTiles(page);
  expect(Object.keys(after ?? {})).toHaveLength(2);
  expect(after).toMatchObject(marked);
});

test('a browser that keeps nothing measures each time, and trains', async ({ page }) => {
  await page.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('no access', 'SecurityError');
    };
  });
  await page.goto(`./?${TUNED}&run=1`);
  await trainAnEpoch(page);
});

test('pause stops progress and resume goes on, with the keyboard alone', async ({ page }) => {
  await page.goto(`./?${SMALL}&epochs=5000`);
  await expect(start(page)).toBeEnabled();
  await field(page, 'Epochs').press('Enter');
  await expect(epochLine(page, '1/5000')).toBeVisible({ timeout: 180_000 });
  expect(await progressChanges(page, 1500)).toBeGreaterThan(0);

  await expect(page.getByRole('button', { name: 'Pause' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(status(page)).toHaveText('Paused.');
  // Events on their way still arrive; then no more do.
  await expect.poll(() => progressChanges(page, 500)).toBe(0);
  expect(await progressChanges(page, 1500)).toBe(0);
  const epoch = await page.locator('#stat-epoch').textContent();

  await expect(page.getByRole('button', { name: 'Resume' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(status(page)).toHaveText('Training on 900 series, validating on 100.');
  await expect(page.locator('#stat-epoch')).not.toHaveText(epoch ?? '', { timeout: 180_000 });
});

test('stop ends early and keeps what there is', async ({ page }) => {
  await page.goto(`./?${SMALL}&epochs=5000&run=1`);
  await expect(epochLine(page, '2/5000')).toBeVisible({ timeout: 180_000 });
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(status(page)).toHaveText(/^Stopped after \d+ of 5,000 epochs, /, { timeout: 180_000 });
  await expect(start(page)).toBeEnabled();
  await expect(start(page)).toBeFocused();
  await expect(epochLine(page, '2/5000')).toBeVisible();
  await expect(page.locator('#attention-summary')).toHaveText(/^Largest at time step \d+/);
  const { stopped, history } = await page.evaluate(() => window.trainResult);
  expect(stopped).toBe(true);
  await expect(page.locator('#log p')).toHaveCount(history.length);

  // A second run starts afresh.
  await field(page, 'Epochs').fill('1');
  await start(page).click();
  await expect(status(page)).toHaveText(/^Trained 1 epoch in /, { timeout: 180_000 });
  await expect(page.locator('#log p')).toHaveCount(1);
});

test('values out of bounds are named beside their field and refused', async ({ page }) => {
  await page.goto('./');
  await expect(start(page)).toBeEnabled();
  const batchSize = field(page, 'Batch size');
  await batchSize.fill('0');
  await expect(page.locator('#batchSize-error')).toHaveText(/^Batch size is 0: give a whole number from 1 to 65536 /);
  await start(page).click();
  await expect(batchSize).toBeFocused();
  await expect(batchSize).toHaveAttribute('aria-invalid', 'true');
  await expect(status(page)).toHaveText(/^Nothing trained yet/);

  await batchSize.fill('');
  await expect(page.locator('#batchSize-error')).toHaveText(/^Batch size is empty: /);
  await batchSize.fill('256');
  await expect(page.locator('#batchSize-error')).toBeEmpty();

  const planted = field(page, 'Planted time step');
  await planted.fill('64');
  await planted.press('Enter');
  await expect(page.locator('#attentionColumn-error')).toHaveText(
    /^Planted time step is 64, but there are 64 time steps: give 0 to 63, /,
  );
  await expect(planted).toBeFocused();
  await expect(page.locator('#train')).toHaveAttribute('data-state', 'idle');
});

test('bad parameters of the address are named and refused, and start no run', async ({ page }) => {
  await page.goto('./?batchSize=0&epochs=many&learningRate=0.01&sample=10&run=1');
  const notice = page.locator('#url-notice');
  await expect(notice).toContainText('batchSize is 0: give a whole number from 1 to 65536');
  await expect(notice).toContainText('epochs is many: give a whole number');
  await expect(notice).toContainText('sample is not a setting');
  await expect(notice).toContainText('the run was not started');
  await expect(field(page, 'Batch size')).toHaveValue('256');
  await expect(field(page, 'Epochs')).toHaveValue('20');
  await expect(field(page, 'Learning rate')).toHaveValue('0.01');
  await expect(start(page)).toBeEnabled();
});

test('a run that the adapter cannot hold fails in words', async ({ page }) => {
  await page.goto('./?samples=70000&timeSteps=1024&units=256&batchSize=65536&run=1');
  await expect(page.getByRole('alert')).toHaveText(/this adapter has \d+: use a smaller batch/, { timeout: 180_000 });
  await expect(status(page)).toHaveText('Ended by an error.');
  await expect(start(page)).toBeEnabled();
  const message = await page.evaluate(() => window.trainResult.catch((error) => error.message));
  expect(message).toContain('use a smaller batch');
});

test('without WebGPU it says why and what to do', async ({ page }) => {
  await prependToWorker(page, "Object.defineProperty(navigator, 'gpu', { value: undefined });");
  await page.goto('./?run=1');
  const note = page.locator('#adapter-note');
  await expect(note).toContainText('This browser has no WebGPU here');
  await expect(note).toContainText('In Chrome: update it');
  await expect(status(page)).toHaveText(/^Training needs a WebGPU adapter/);
  await expect(start(page)).toBeDisabled();
});

test('without an adapter it says why and what to do', async ({ page }) => {
  await replaceRequestAdapter(page, 'async () => null');
  await page.goto('./');
  const note = page.locator('#adapter-note');
  await expect(note).toContainText('WebGPU is here but offers no adapter');
  await expect(note).toContainText('In Chrome: turn on graphics acceleration');
  await expect(start(page)).toBeDisabled();
});

test('an adapter that never answers is given up', async ({ page }) => {
  await replaceRequestAdapter(page, '() => new Promise(() => {})');
  await page.goto('./');
  await expect(status(page)).toHaveText('Looking for an adapter…');
  await expect(page.locator('#adapter-note')).toContainText('has not answered in', { timeout: 180_000 });
  await expect(page.locator('#adapter-note')).toContainText('Quit Chrome, start it again');
  await expect(start(page)).toBeDisabled();
});

test('charts take the colours of the scheme when it changes', async ({ page }) => {
  const trainIn = async (colorScheme: 'light' | 'dark') => {
    await page.emulateMedia({ colorScheme });
    await page.goto(`./?${SMALL}&epochs=1&run=1`);
    await expect(status(page)).toHaveText(/^Trained 1 epoch in /, { timeout: 180_000 });
  };
  await trainIn('light');
  const image = () => page.locator('#attention-chart').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  const light = await image();
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(image).not.toBe(light);
  const dark = await image();
  await page.emulateMedia({ colorScheme: 'light' });
  await expect.poll(image).not.toBe(dark);
  expect(await image()).toBe(light);
  // The result is the same as without the change.
  await trainIn('dark');
  expect(await image()).toBe(dark);
});
