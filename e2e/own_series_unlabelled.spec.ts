import { readFile } from 'node:fs/promises';
import { expectAccessible, expectAccessibleOnPhone } from './accessible.ts';
import { expect, test } from './fixtures.ts';
import { dropFiles, machinesCsv, STEPS, textFile } from './own_series_files.ts';
import {
  choice,
  choose,
  download,
  error,
  openMore,
  read,
  SMALL_OWN,
  summary,
  textOf,
  trainOwn,
} from './own_series_page.ts';
import { expectDrawn } from './page_tools.ts';
import { button, tab } from './train_page.ts';

const STATES = ['good', 'worn'];

test('series without labels are predicted with their ids, by the trained model and by its file', async ({ page }) => {
  const unlabelled = textFile('new.csv', machinesCsv(30, 2));
  await page.goto(`./?${SMALL_OWN}&epochs=10`);
  await choose(page, textFile('machines.csv', machinesCsv(120, 1, STATES)));
  await choice(page, 'Label column').selectOption('state');
  await choice(page, 'Series column').selectOption('machine');
  await expect(read(page)).toHaveText(`machines.csv: 120 series of ${STEPS} steps, 2 channels; 2 classes`);
  await trainOwn(page);
  const rows = page.locator('#prediction-table tbody tr');
  await page.getByText('Predictions as a table, the worst first').click();
  await expect(rows).toHaveCount(30);
  await expect(rows.first()).toHaveText(/^M-\d{3}\d+(good|worn)(good|worn)[01]\.\d{4}$/);

  await openMore(page);
  await button(page, 'Test series').setInputFiles(unlabelled);
  await expect(page.locator('#test-file-status')).toHaveText(
    `new.csv: 30 series of ${STEPS} steps, 2 channels; without labels`,
  );
  const words = /^(.+): predicted 30 series without labels: (?:good|worn) \d+(?:, (?:good|worn) \d+)?\.$/;
  await expect(summary(page)).toHaveText(words, { timeout: 180_000 });
  await expect(page.locator('#outcome-heading')).toHaveText('Predictions');
  for (const hidden of ['class-table', 'confusion-map', 'scatter-chart']) {
    await expect(page.locator(`#${hidden}`)).toBeHidden();
  }
  await expectDrawn(page, '#class-attention-chart');
  await expect(rows).toHaveCount(30);
  await expect(rows.first()).toHaveText(/^M-1000(good|worn)[01]\.\d{4}$/);
  const predictions = await textOf(await download(page, 'Predictions CSV'));
  expect(predictions.split('\n')[0]).toBe('series,id,predicted,probability good,probability worn');
  expect(predictions.split('\n')[2]).toMatch(/^1,M-101,(good|worn),/);
  const attention = await textOf(await download(page, 'Attention of each series CSV'));
  expect(attention.split('\n')[2]).toMatch(/^0,M-100,temp,/);
  await expectAccessible(page);
  await expectAccessibleOnPhone(page);

  // Labelled series have their scores again.
  await page.locator('#outcome-part').selectOption('Validation');
  await expect(summary(page)).toHaveText(/^Validation: accuracy /);
  await expect(page.locator('#confusion-map')).toBeVisible();
  await tab(page, 'Samples').click();
  await expect(page.locator('#sample-list label').first()).toHaveText(/M-\d{3}/);

  const saved = await readFile(await (await download(page, 'Model: safetensors')).path());
  await page.reload();
  await dropFiles(page, [unlabelled, { ...textFile('model.safetensors', ''), buffer: saved }]);
  await expect(page.locator('#model-file-status')).toHaveText(/2 classes$/);
  await expect(error(page)).not.toHaveText('');
  await button(page, 'Predict with this model').click();
  await expect(error(page)).toHaveText('');
  await expect(read(page)).toHaveText('new.csv is predicted by the model; it is no file to train on.');
  await expect(summary(page)).toHaveText(words, { timeout: 180_000 });
  expect(await textOf(await download(page, 'Predictions CSV'))).toBe(predictions);
});
