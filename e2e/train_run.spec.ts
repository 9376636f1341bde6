import { readFileSync } from 'node:fs';
import type { Page } from 'playwright/test';
import { readModel } from '../src/formats/model_file.ts';
import { expect, test } from './fixtures.ts';
import { prependToWorker } from './page_tools.ts';
import {
  button,
  epochLine,
  epochsOf,
  field,
  hashOf,
  LONG,
  SMALL,
  status,
  stopAfter,
  tab,
  train,
} from './train_page.ts';

/** Collects the epochs of the run's numbers from now on. The returned function gives them. */
async function watchEpochs(page: Page): Promise<() => Promise<number[]>> {
  const shown = await page.locator('#stat-epoch').evaluateHandle((stat) => {
    const epochs: number[] = [];
    new MutationObserver(() => {
      const epoch = Number.parseInt(stat.textContent ?? '', 10);
      if (epoch > 0) epochs.push(epoch);
    }).observe(stat, { childList: true, characterData: true, subtree: true });
    return epochs;
  });
  return () => shown.jsonValue();
}

test('single steps: from the start, again, and then on and on', async ({ page }) => {
  await page.goto(`./?${LONG}`);
  await tab(page, 'Parameters').click();
  await button(page, 'Step').click();
  await expect(status(page)).toHaveText('Paused after step 1 of epoch 1.', { timeout: 180_000 });
  await expect(page.locator('#stat-step')).toHaveText('1 / 15');
  await expect(page.locator('#parameters-moment')).toHaveText('The parameters after step 1 of epoch 1.');
  const rows = page.locator('#parameter-table tbody tr');
  const first = await rows.nth(0).textContent();

  // The button keeps the focus: another press makes another step.
  await expect(button(page, 'Step')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(status(page)).toHaveText('Paused after step 2 of epoch 1.');
  await expect(page.locator('#parameters-moment')).toHaveText('The parameters after step 2 of epoch 1.');
  await expect(rows.nth(0)).not.toHaveText(first ?? '');
  await expect(page.locator('#stat-step')).toHaveText('2 / 15');

  await button(page, 'Resume').click();
  // The place depends on the speed; it is beyond the first epoch.
  await expect(page.locator('#stat-epoch')).toHaveText(/^(?!1 \/)[\d,]+ \/ 5,000$/, { timeout: 180_000 });
});

test('reset ends a run and clears its results, and the settings stay', async ({ page }) => {
  await page.goto(`./?${LONG}&run=1`);
  await expect(epochLine(page, '2/5000')).toBeVisible({ timeout: 180_000 });
  await button(page, 'Reset').click();
  await expect(status(page)).toHaveText(/^Nothing trained yet/);
  await expect(page.locator('#log')).toHaveText('Nothing trained yet. Every epoch adds a line here.');
  await expect(page.locator('#stat-epoch')).toHaveText('–');
  for (const chart of ['loss', 'metric']) await expect(page.locator(`#${chart}-chart`)).toBeHidden();
  await expect(page.locator('#attention-map')).toBeHidden();
  await expect(button(page, 'Download CSV')).toBeDisabled();
  await expect(button(page, 'Reset')).toBeDisabled();
  await expect(field(page, 'LSTM units')).toHaveValue('8');

  // The adapter is free again.
  await field(page, 'Epochs').fill('1');
  await button(page, 'Start').click();
  await expect(status(page)).toHaveText(/^Trained 1 epoch in /, { timeout: 180_000 });
  await button(page, 'Defaults').click();
  await expect(field(page, 'Samples')).toHaveValue('60000');
  await expect(page.locator('#model-total')).toHaveText('8,545');
  expect(new URL(page.url()).searchParams.get('samples')).toBe('60000');
});

test('a stopped run goes on where it stopped, to the same bits', async ({ page }) => {
  await train(page, SMALL, 40);
  const whole = await hashOf(page);
  await button(page, 'Start').click();
  await stopAfter(page, 3);
  // It goes on with its own settings, even if the form has changed.
  await field(page, 'LSTM units').fill('5');
  const resume = button(page, /^Resume from (step \d+ of )?epoch \d+$/);
  const [, step, epoch] =
    /(step)?.* (\d+)$/.exec((await resume.textContent())?.replace('Resume from ', '') ?? '') ?? [];
  const last = Number(epoch) - (step ? 1 : 0);
  const shown = await watchEpochs(page);
  await resume.click();
  await expect(status(page)).toHaveText(/^Trained 40 epochs in /, { timeout: 180_000 });
  await expect(field(page, 'LSTM units')).toHaveValue('8');
  await expect(resume).toBeHidden();
  expect(Math.min(...(await shown())), 'the first epoch that was trained again').toBe(last + 1);
  expect(await hashOf(page)).toBe(whole);
  expect(await epochsOf(page)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
});

test('if the GPU has no memory, a smaller batch is suggested', async ({ page }) => {
  await prependToWorker(page, "GPUDevice.prototype.popErrorScope = async () => new GPUOutOfMemoryError('none left');");
  await page.goto(`./?${SMALL}&run=1`);
  await expect(page.getByRole('alert')).toHaveText(/no memory .*use a smaller batch/, { timeout: 180_000 });
});

test('a run that does not fit leaves the one before as it is', async ({ page }) => {
  await page.goto(`./?${SMALL}&epochs=5000&run=1`);
  await expect(epochLine(page, '3/5000')).toBeVisible({ timeout: 180_000 });
  await button(page, 'Stop').click();
  await expect(status(page)).toHaveText(/^Stopped after /);
  const epochs = await epochsOf(page);
  await field(page, 'Samples').fill('73000');
  await field(page, 'Time steps').fill('1024');
  await field(page, 'Batch size').fill('65536');
  await button(page, 'Start').click();
  await expect(status(page)).toHaveText('Ended by an error.', { timeout: 180_000 });
  await expect(page.locator('#failure')).toHaveText(
    /^Tensor \S+ needs \w+ \d+, this adapter has \d+: use a smaller batch, .* What was trained until (step \d+ of )?epoch \d+ is kept: resume from there\.$/,
  );
  expect(await epochsOf(page)).toEqual(epochs);
  await expect(page.locator('#loss-chart')).toBeVisible();
  await expect(button(page, 'Download CSV')).toBeEnabled();
  // It goes on from its place.
  await page.locator('#go-on').click();
  await expect(field(page, 'Time steps')).toHaveValue('16');
  await expect(epochLine(page, `${epochs.length + 3}/5000`)).toBeAttached({ timeout: 180_000 });
  const listed = await epochsOf(page);
  expect(listed).toEqual(listed.map((_, i) => i + 1));
});

test('a loss that is not a number ends the run, and the last good parameters can be saved', async ({ page }) => {
  // One update an epoch, so that the failure comes after some epochs.
  await page.goto(`./?${SMALL}&batchSize=1000&validationSplit=0&learningRate=3e35&epochs=50&run=1`);
  await expect(status(page)).toHaveText('Ended by an error.', { timeout: 180_000 });
  await expect(page.locator('#failure')).toHaveText(
    'The loss is no longer a finite number in step 1 of epoch 2: use a smaller learning rate than 3e+35. The parameters of epoch 1 are kept: download the checkpoint.',
  );
  expect(await epochsOf(page)).toEqual([1]);
  // It would fail the same way again.
  await expect(page.locator('#go-on')).toBeHidden();
  const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Download checkpoint').click()]);
  const { parameters, history } = readModel('checkpoint', readFileSync(await download.path()));
  expect(history).toHaveLength(1);
  for (const values of Object.values(parameters)) expect(values.every(Number.isFinite)).toBe(true);

  // A later page is not offered it either.
  await page.goto('./');
  await expect(status(page)).toHaveText(/^Nothing trained yet/);
  await expect(page.locator('#go-on')).toBeHidden();
});

test('while a benchmark has the adapter, no run can start; afterwards one can', async ({ page }) => {
  await page.goto(`./?view=benchmark&${SMALL}&run=1`);
  const views = page.getByRole('navigation', { name: 'Views' });
  await expect(page.locator('#bench-stop')).toBeEnabled({ timeout: 180_000 });
  await views.getByRole('link', { name: 'Train' }).click();
  await expect(status(page)).toHaveText('The adapter is taken by a benchmark: wait for its end or stop it first.');
  await expect(button(page, 'Start')).toBeDisabled();
  await expect(button(page, 'Step')).toBeDisabled();
  await views.getByRole('link', { name: 'Benchmark' }).click();
  await page.locator('#bench-stop').click();
  await views.getByRole('link', { name: 'Train' }).click();
  await expect(status(page)).toHaveText(/^Nothing trained yet/, { timeout: 180_000 });
  await expect(button(page, 'Start')).toBeEnabled();
});
