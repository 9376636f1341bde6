import { readFile } from 'node:fs/promises';
import { readModel } from '../src/formats/model_file.ts';
import { expectAccessible, expectAccessibleOnPhone } from './accessible.ts';
import { expect, test } from './fixtures.ts';
import { dropFiles, longCsv, numbersCsv, PLANTED, STEPS, textFile, wideCsv } from './own_series_files.ts';
import {
  accuracyOf,
  CLASSES,
  choice,
  choose,
  download,
  HOSTILE,
  openMore,
  read,
  SMALL_OWN,
  seriesFile,
  summary,
  textOf,
  trainOwn,
} from './own_series_page.ts';
import { delayReading, expectDrawn, fillStorage, settled } from './page_tools.ts';
import {
  button,
  countKept,
  epochLine,
  epochsOf,
  field,
  hashOf,
  leftButton,
  reached,
  status,
  stopAfter,
  tab,
} from './train_page.ts';

test('a file is chosen, seen, trained on, and judged by class', async ({ page }) => {
  await page.goto(`./?${SMALL_OWN}`);
  await expect(field(page, 'Samples')).toBeHidden();
  await seriesFile(page).setInputFiles(textFile('seasons.csv', wideCsv(CLASSES, 240, 1)));
  await choice(page, 'Label column').selectOption('season');
  await expect(read(page)).toHaveText(`seasons.csv: 240 series of ${STEPS} steps, 1 channel; 3 classes`);
  await expect(page.locator('#series-sizes dd')).toHaveText(['240', String(STEPS), '1']);
  await expect(page.locator('#balance-table tbody tr')).toHaveText(
    [...CLASSES].sort().map((name) => `${name}8033.3 %`),
  );
  await expect(page.getByRole('img', { name: /^winter, series 2, values from / })).toBeVisible();
  await expect(page.locator('#previews polyline')).toHaveCount(3);

  await trainOwn(page);
  await expect(page.locator('#series-warnings')).toBeHidden();
  await expect(epochLine(page, '40/40')).toHaveText(/accuracy: \S+ - val_loss/);
  await expect(summary(page)).toHaveText(/^Validation: accuracy [01]\.\d{4}: \d+ of 60 series\.$/);
  expect(Number(await accuracyOf(page))).toBeGreaterThan(0.95);
  await expect(page.locator('#attention-summary')).toHaveText(/^Largest at time step 3: \S+\.$/);
  await expect(page.locator('#attention-formation')).toHaveText(/^Largest at time step 3 since epoch \d+\.$/);
  for (const chart of ['confusion-map', 'class-attention-chart', 'attention-map', 'metric-chart']) {
    await expectDrawn(page, `#${chart}`);
  }
  const rows = page.locator('#class-table tbody tr');
  await expect(rows.locator('th')).toHaveText([...CLASSES].sort());
  const support = await rows.locator('td:last-child').allTextContents();
  expect(support.map(Number).reduce((sum, count) => sum + count)).toBe(60);
  await page.getByText('Confusion matrix as a table').click();
  // A part that is opened is filled in a task of its own.
  await expect(page.locator('#confusion-table td')).toHaveCount(9);
  const counts = (await page.locator('#confusion-table td').allTextContents()).map(Number);
  expect(counts.reduce((sum, count) => sum + count)).toBe(60);
  expect((counts[0] + counts[4] + counts[8]) / 60).toBeCloseTo(Number(await accuracyOf(page)), 4);

  await tab(page, 'Samples').click();
  await expect(page.locator('#sample-verdict')).toHaveText(
    /^Probability of (.+): \d\.\d{4}\. Predicted \1, the label is \1: right, after epoch 40\.$/,
  );
  await tab(page, 'Model').click();
  await expect(page.locator('#model-table')).toContainText('(None, 3)');
  expect(await page.title()).toBe('Attention + LSTM in WebGPU');
  await expect(page.locator('#train img')).toHaveCount(0);
});

test('a validation part of few series says how little it can tell', async ({ page }) => {
  await page.goto(`./?data=series&units=4&epochs=2`);
  await choose(page, textFile('seasons.csv', wideCsv(CLASSES, 60, 1)));
  await trainOwn(page);
  await expect(page.locator('#series-warnings p')).toHaveText([
    'Only 6 series validate: their accuracy is known to ±40 points at best.',
  ]);
});

test('predictions and model are downloaded, and the model predicts again without training', async ({ page }) => {
  const training = textFile('seasons.csv', wideCsv(CLASSES, 240, 1));
  const testing = textFile('others.csv', wideCsv(CLASSES, 60, 2));
  await page.goto(`./?${SMALL_OWN}`);
  await seriesFile(page).setInputFiles(training);
  await choice(page, 'Label column').selectOption('season');
  await openMore(page);
  await button(page, 'Test series').setInputFiles(testing);
  await expect(page.locator('#test-file-status')).toHaveText(/^others\.csv: 60 series/);
  await trainOwn(page);
  await expect(summary(page)).toHaveText(/^Test: accuracy .* of 60 series/);
  const accuracy = await accuracyOf(page);

  const predictions = await download(page, 'Predictions CSV');
  expect(predictions.suggestedFilename()).toBe('predictions-test.csv');
  const lines = (await textOf(predictions)).trimEnd().split('\n');
  expect(lines[0]).toBe(
    `series,label,predicted,"probability ${HOSTILE.replaceAll('"', '""')}",probability autumn,probability winter`,
  );
  expect(lines).toHaveLength(61);
  const right = lines.slice(1).filter((line) => /^\d+,(autumn|winter|".*?"),\1,/.test(line)).length;
  expect((right / 60).toFixed(4)).toBe(accuracy);

  const attention = (await textOf(await download(page, 'Mean attention CSV'))).trimEnd().split('\n');
  expect(attention).toHaveLength(1 + STEPS);
  const values = attention.slice(1).map((line) => Number(line.split(',')[1]));
  expect(values.indexOf(Math.max(...values))).toBe(PLANTED);
  const each = (await textOf(await download(page, 'Attention of each series CSV'))).trimEnd().split('\n');
  expect(each).toHaveLength(61);

  // Another part of the series has files of its own.
  await page.locator('#outcome-part').selectOption('Validation');
  await expect(summary(page)).toHaveText(/^Validation: /);
  expect((await download(page, 'Predictions CSV')).suggestedFilename()).toBe('predictions-validation.csv');

  const saved = await download(page, 'Model: safetensors');
  const bytes = await readFile(await saved.path());
  const model = readModel('model', new Uint8Array(bytes));
  expect(model.series.target).toEqual({ kind: 'class', name: 'season', classes: [...CLASSES].sort() });
  expect(model.standardisation?.mean).toHaveLength(1);
  expect(model.history).toHaveLength(40);

  await page.reload();
  await dropFiles(page, [testing, { ...textFile('model.safetensors', ''), buffer: bytes }]);
  await expect(page.locator('#model-file-status')).toHaveText(
    `model.safetensors: ${STEPS} steps, 1 channel, 8 units; 3 classes`,
  );
  await choice(page, 'Label column').selectOption('season');
  await expect(read(page)).toHaveText(/3 classes/);
  await button(page, 'Predict with this model').click();
  await expect(summary(page)).toHaveText(/^others\.csv: accuracy .* of 60 series/, { timeout: 180_000 });
  expect(await accuracyOf(page)).toBe(accuracy);
  await expect(page.locator('#outcome-heading')).toBeFocused();
  await expect(button(page, 'Start')).toBeEnabled();
});

test('test series that come after the training are predicted with its model, until they are removed', async ({
  page,
}) => {
  await page.goto(`./?${SMALL_OWN}&epochs=10`);
  await choose(page, textFile('rain.csv', wideCsv(['no', 'yes'], 120, 20).replace('season', 'label')));
  await trainOwn(page);
  await expect(page.locator('#outcome-part')).toBeHidden();
  await openMore(page);
  await button(page, 'Test series').setInputFiles(
    textFile('new.csv', wideCsv(['no', 'yes'], 30, 21).replace('season', 'label')),
  );
  await expect(summary(page)).toHaveText(/^Test: accuracy .* of 30 series/, { timeout: 180_000 });
  await expect(page.locator('#outcome-part option')).toHaveText(['Validation', 'Test']);
  await button(page, 'Remove test series').click();
  await expect(button(page, 'Test series')).toBeFocused();
  await expect(page.locator('#test-file-status')).toHaveText('');
  await trainOwn(page);
  await expect(summary(page)).toHaveText(/^Validation: /);
  await expect(page.locator('#outcome-part')).toBeHidden();
});

test('the attention of each channel, as it forms', async ({ page }) => {
  await page.goto(`./?${SMALL_OWN}&epochs=20`);
  const csv = longCsv(120, 6).replace('day;hour', 'id;time').replace(';valve', ';label');
  await choose(page, textFile('valves.csv', csv));
  await page.getByRole('checkbox', { name: 'row' }).uncheck();
  await expect(read(page)).toHaveText(/2 channels/);
  await trainOwn(page);
  const channel = choice(page, 'Attention of');
  await expect(channel.locator('option')).toHaveText(['Mean of all channels', 'heat', 'wind']);
  await page.getByText('Attention as a table').click();
  const cells = page.locator('#attention-table td:nth-child(2)');
  const shown = async () => (await cells.allTextContents()).map(Number);
  await expect(cells).toHaveCount(STEPS);
  await settled(page);
  const mean = await shown();
  await channel.selectOption('heat');
  const heat = await shown();
  await channel.selectOption('wind');
  const wind = await shown();
  expect(heat.reduce((sum, value) => sum + value)).toBeCloseTo(1, 3);
  expect(heat).not.toEqual(wind);
  for (const [t, value] of mean.entries()) expect((heat[t] + wind[t]) / 2).toBeCloseTo(value, 3);
  await expect(page.locator('#attention-formation')).toHaveText(/^Largest at time step \d since epoch \d+\.$/);
});

test('numbers are predicted, with their own metric and errors', async ({ page }) => {
  await page.goto(`./?${SMALL_OWN}&schedule=cosine`);
  // Far from zero, as prices are.
  const prices = numbersCsv(200, 7).replaceAll(/,(-?[\d.]+)\n/g, (_, load) => `,${3000 + 1000 * Number(load)}\n`);
  await choose(page, textFile('loads.csv', prices));
  await expect(page.locator('#balance-table tbody tr')).toHaveText([
    /^Least1200\.0000$/,
    /^Mean/,
    /^Greatest4800\.0000$/,
    /^Standard/,
  ]);
  await page.getByText('More settings').click();
  await field(page, 'Label smoothing').fill('0.1');
  await expect(page.locator('#labelSmoothing-error')).toHaveText(
    'Label smoothing is for classes, but numbers are predicted: leave it out.',
  );
  await field(page, 'Label smoothing').fill('0');
  await trainOwn(page);
  await expect(page.getByRole('heading', { name: 'Loss and mean absolute error' })).toBeVisible();
  await expect(epochLine(page, '40/40')).toHaveText(/val_mean_absolute_error: \S+$/);
  await page.getByText('History as a table').click();
  await expect(page.getByRole('columnheader', { name: 'Validation mean absolute error' })).toBeVisible();
  await expect(summary(page)).toHaveText(
    /^Validation: mean absolute error \S+, root mean square \S+, R² \S+, of 50 series\.$/,
  );
  expect(Number(/R² ([\d.]+),/.exec((await summary(page).textContent()) ?? '')?.[1])).toBeGreaterThan(0.7);
  await expectDrawn(page, '#scatter-chart');
  await expect(page.locator('#confusion-map')).toBeHidden();
  await tab(page, 'Samples').click();
  const verdict = /^Predicted (\d+)(?:\.\d+)?, the label is (\d+): \S+ off, after epoch 40\.$/;
  await expect(page.locator('#sample-verdict')).toHaveText(verdict);
  const [, predicted, label] = verdict.exec((await page.locator('#sample-verdict').textContent()) ?? '') ?? [];
  expect(Math.abs(Number(predicted) - Number(label))).toBeLessThan(1000);
  expect(Number(label)).toBeGreaterThan(1000);
});

test('more settings: in the form, in the address, and in what is trained', async ({ page }) => {
  await page.goto(
    `./?${SMALL_OWN}&epochs=400&split=stratified&patience=3&classWeights=balanced&schedule=step:5:0.5&standardise=0`,
  );
  await page.getByText('More settings').click();
  await expect(choice(page, 'Split order')).toHaveValue('stratified');
  await expect(page.getByRole('textbox', { name: 'Class weights' })).toHaveValue('balanced');
  await expect(page.getByRole('checkbox', { name: 'Standardise channels' })).not.toBeChecked();
  await expect(field(page, 'Every so many epochs')).toHaveValue('5');
  await field(page, 'Patience').fill('0');
  await expect(page.locator('#patience-error')).toHaveText(
    'Patience is 0: give a whole number from 1 to 100000 (epochs without a smaller loss).',
  );
  await field(page, 'Factor').fill('0.1');
  await field(page, 'Patience').fill('4');
  const parameters = () => Object.fromEntries(new URL(page.url()).searchParams);
  await expect.poll(parameters).toEqual({
    view: 'train',
    data: 'series',
    units: '8',
    batchSize: '16',
    epochs: '400',
    learningRate: '0.02',
    validationSplit: '0.25',
    seed: '1337',
    singleAttentionVector: '0',
    split: 'stratified',
    standardise: '0',
    classWeights: 'balanced',
    patience: '4',
    schedule: 'step:5:0.1',
  });
  await field(page, 'Patience').fill('');
  await expect.poll(() => 'patience' in parameters()).toBe(false);
  await field(page, 'Patience').fill('4');

  await choose(page, textFile('rain.csv', wideCsv(['no', 'yes'], 80, 8).replace('season', 'label')));
  await button(page, 'Start').click();
  await expect(status(page)).toHaveText(
    /^Trained (\d+) of 400 epochs in \S+ s: the loss stopped falling\. The parameters are those of epoch \d+, the best\./,
    { timeout: 180_000 },
  );
  const config = await page.evaluate(async () => (await window.trainResult).config);
  expect(config).toMatchObject({
    schedule: { kind: 'step', everyEpochs: 5, factor: 0.1 },
    patience: 4,
    classWeights: [1, 1],
  });
});

test('a run on own series pauses, steps, stops, goes on to the same bits, and is reset', async ({ page }) => {
  // In the order of the file: then only the worker's own copy keeps the series for the next run.
  await page.goto(`./?${SMALL_OWN}&split=end`);
  await choose(page, textFile('rain.csv', wideCsv(['no', 'yes'], 240, 10).replace('season', 'label')));
  await trainOwn(page);
  const whole = await hashOf(page);

  await button(page, 'Step').click();
  await expect(status(page)).toHaveText('Paused after step 1 of epoch 1.', { timeout: 180_000 });
  await expect(page.locator('#outcome')).toBeHidden();
  await button(page, 'Step').click();
  await expect(status(page)).toHaveText('Paused after step 2 of epoch 1.');
  await button(page, 'Resume').click();
  await stopAfter(page, 3);
  await expect(summary(page)).toBeVisible({ timeout: 180_000 });
  await button(page, /^Resume from (step \d+ of )?epoch \d+$/).click();
  await expect(status(page)).toHaveText(/^Trained 40 epochs in /, { timeout: 180_000 });
  expect(await hashOf(page)).toBe(whole);

  await button(page, 'Reset').click();
  await expect(page.locator('#outcome')).toBeHidden();
  await expect(status(page)).toHaveText(/^Nothing trained yet/);
  await expect(read(page)).toHaveText(/^rain\.csv/);
  // The experiment is still there, with its own settings.
  await page.getByRole('radio', { name: 'Planted column' }).check();
  await expect(field(page, 'Samples')).toHaveValue('60000');
  expect(new URL(page.url()).searchParams.get('data')).toBeNull();
});

test('a run on own series is offered by the next page, which reads them again as they were read', async ({ page }) => {
  const begin = async () => {
    await page.goto(`./?${SMALL_OWN}`);
    await seriesFile(page).setInputFiles(textFile('seasons.csv', wideCsv(CLASSES, 240, 1)));
    await choice(page, 'Label column').selectOption('season');
    await expect(read(page)).toHaveText(/3 classes/);
  };
  await begin();
  await trainOwn(page);
  const whole = await hashOf(page);
  const accuracy = await accuracyOf(page);

  await delayReading(page, 50);
  await begin();
  await button(page, 'Start').click();
  await reached(page, 5);
  await expect.poll(() => countKept(page, 'run'), { intervals: [50] }).toBe(1);
  await page.unrouteAll();
  await page.goto('./');
  await expect(leftButton(page)).toHaveText(/^Resume the run on seasons\.csv of /);
  await leftButton(page).click();
  await expect(status(page)).toHaveText(/^Trained 40 epochs in /, { timeout: 180_000 });
  await expect(read(page)).toHaveText(`seasons.csv: 240 series of ${STEPS} steps, 1 channel; 3 classes`);
  await expect(choice(page, 'Label column')).toHaveValue('0');
  await expect(field(page, 'LSTM units')).toHaveValue('8');
  expect(await hashOf(page)).toBe(whole);
  await expect.poll(() => accuracyOf(page)).toBe(accuracy);
  expect(await epochsOf(page)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
  await expect.poll(async () => [await countKept(page, 'run'), await countKept(page, 'series')]).toEqual([0, 0]);
});

test('if own series cannot be stored, training goes on, with one warning', async ({ page }) => {
  await fillStorage(page, 'series');
  await page.goto(`./?${SMALL_OWN}&epochs=5000`);
  await choose(page, textFile('rain.csv', wideCsv(['no', 'yes'], 240, 10).replace('season', 'label')));
  await button(page, 'Start').click();
  await expect(page.locator('#not-kept')).toHaveText(
    'Training goes on, but this run is not kept for when the page is closed: the browser’s storage is full.',
    { timeout: 180_000 },
  );
  // No checkpoint is kept either, because nothing could resume from it.
  expect(await countKept(page, 'run')).toBe(0);
  await expect(status(page)).toHaveText(/^Training on /);
  await button(page, 'Stop').click();
  await expect(status(page)).toHaveText(/^Stopped after /);
});

test('if the store is full, a run takes the place of those that closed pages have left', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 700 });
  const train = async (name: string) => {
    await page.goto(`./?${SMALL_OWN}&epochs=5000`);
    await choose(page, textFile(name, wideCsv(['no', 'yes'], 240, 10).replace('season', 'label')));
    await button(page, 'Start').click();
  };
  await train(`${'W'.repeat(60)}.csv`);
  await expect.poll(() => countKept(page, 'run')).toBe(1);
  await page.goto('./');
  await expect(leftButton(page)).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth), 'a long name is broken').toBe(320);

  // Full until something is removed.
  await page.addInitScript(() => {
    const { put, delete: remove } = IDBObjectStore.prototype;
    let isFull = true;
    Object.assign(window, { isStoreFull: () => isFull });
    IDBObjectStore.prototype.put = function (this: IDBObjectStore, value: unknown, key?: IDBValidKey) {
      if (isFull && String(key).startsWith('attention-lstm series')) throw new DOMException('', 'QuotaExceededError');
      return put.call(this, value, key);
    };
    IDBObjectStore.prototype.delete = function (this: IDBObjectStore, key: IDBValidKey | IDBKeyRange) {
      isFull = false;
      return remove.call(this, key);
    };
  });
  await train('next.csv');
  await page.waitForFunction(() => !(window as unknown as { isStoreFull(): boolean }).isStoreFull());
  await expect.poll(async () => [await countKept(page, 'run'), await countKept(page, 'series')]).toEqual([1, 1]);
  await expect(page.locator('#not-kept')).toBeHidden();
  await page.goto('./');
  await expect(leftButton(page)).toHaveText(/^Resume the run on next\.csv of /);
});

test('own series are accessible, by keyboard too, on a wide screen and on a phone', async ({ page }) => {
  await page.goto(`./?${SMALL_OWN}&epochs=3`);
  await page.getByRole('radio', { name: 'Your series' }).focus();
  await page.keyboard.press('Tab');
  await expect(seriesFile(page)).toBeFocused();
  await choose(page, textFile('rain.csv', wideCsv(CLASSES, 60, 12).replace('season', 'label')));
  await openMore(page);
  await page.getByText('More settings').click();
  await choice(page, 'Schedule').selectOption('by steps');
  await expectAccessible(page);
  await page.locator('#series-panel > summary').focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('#previews')).toBeHidden();
  await page.keyboard.press('Enter');
  await expect(page.locator('#previews')).toBeVisible();
  await trainOwn(page);
  await page.locator('#train .results details').evaluateAll((all) => {
    for (const details of all) details.setAttribute('open', '');
  });
  await expectAccessible(page);
  await expectAccessibleOnPhone(page);
});
