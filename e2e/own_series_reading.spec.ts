import { writeFile } from 'node:fs/promises';
import { zipSync } from 'fflate';
import type { Page } from 'playwright/test';
import { bytesOf, npy } from '../test/series_files.ts';
import { expect, test } from './fixtures.ts';
import { dropFiles, longCsv, numbersCsv, STEPS, textFile, wideCsv } from './own_series_files.ts';
import { choice, choose, error, HOSTILE, openMore, read, SMALL_OWN, seriesFile } from './own_series_page.ts';
import { traceTasks } from './page_tools.ts';
import { button, field, reached, status } from './train_page.ts';

test('dropped files are taken for what their names say', async ({ page }) => {
  await page.goto('./?units=8&batchSize=16&epochs=1');
  await expect(page.getByRole('radio', { name: 'Planted column' })).toBeChecked();
  const csv = wideCsv(['no', 'yes'], 40, 3).replaceAll('season', 'label');
  await dropFiles(page, [textFile('Rain_TEST.csv', csv), textFile('Rain_TRAIN.csv', csv)]);
  await expect(page.getByRole('radio', { name: 'Your series' })).toBeChecked();
  await expect(read(page)).toHaveText(/^Rain_TRAIN\.csv: 40 series/);
  await expect(page.locator('#test-file-status')).toHaveText(/^Rain_TEST\.csv: 40 series/);
  await expect
    .poll(() => seriesFile(page).evaluate(({ files }: HTMLInputElement) => files?.[0].name))
    .toBe('Rain_TRAIN.csv');
  expect(new URL(page.url()).searchParams.get('data')).toBe('series');
  await dropFiles(page, [textFile('a.csv', csv), textFile('b.csv', csv)]);
  await expect(error(page)).toHaveText('Drop one file of series, one of test series and one model at most.');
  await expect(read(page)).toHaveText(/^Rain_TRAIN\.csv: 40 series/);

  // Not during training, because the run keeps its series.
  await field(page, 'Epochs').fill('5000');
  await button(page, 'Start').click();
  await expect(seriesFile(page)).toBeDisabled();
  // Before that, each step of the preparation has its own sentence.
  await reached(page, 1);
  await dropFiles(page, [textFile('late.csv', csv)]);
  await expect(status(page)).toHaveText('A run is under way: drop files when it has ended.');
  await reached(page, 2);
  await expect(read(page)).toHaveText(/^Rain_TRAIN\.csv: 40 series/);
});

test('NumPy’s arrays are read with the file of their labels', async ({ page }) => {
  const x = npy({
    descr: '<f4',
    shape: [40, 2, STEPS],
    data: bytesOf(Float32Array.from({ length: 640 }, (_, i) => i % 7)),
  });
  const y = npy({ descr: '<i4', shape: [40], data: bytesOf(Int32Array.from({ length: 40 }, (_, n) => n % 2)) });
  const files = [
    { ...textFile('rain_X.npy', ''), buffer: Buffer.from(x) },
    { ...textFile('rain_y.npy', ''), buffer: Buffer.from(y) },
  ];
  await page.goto(`./?${SMALL_OWN}`);
  await seriesFile(page).setInputFiles(files[0]);
  await expect(error(page)).toHaveText(/^rain_X\.npy holds no labels: give a \.npy file of y too/);
  await button(page, 'Its labels, a .npy file').setInputFiles(files[1]);
  await expect(read(page)).toHaveText('rain_X.npy: 40 series of 2 steps, 8 channels; 2 classes');
  await page.getByRole('checkbox', { name: 'Channels before steps' }).check();
  await expect(read(page)).toHaveText('rain_X.npy: 40 series of 8 steps, 2 channels; 2 classes');

  // Dropped together they are one data set.
  await button(page, 'Remove series').click();
  await expect(page.locator('#series-panel')).toBeHidden();
  await dropFiles(page, files.toReversed());
  await expect(read(page)).toHaveText(/^rain_X\.npy: 40 series of 2 steps/);
});

test('the way to read a file is found, and can be chosen', async ({ page }) => {
  await page.goto(`./?${SMALL_OWN}&epochs=2`);
  await seriesFile(page).setInputFiles(textFile('valves.csv', longCsv(40, 4)));
  await expect(error(page)).toHaveText(
    'valves.csv, row 2, column "day": "day 0" is not a number: correct it, only the label may be text.',
  );
  await expect(page.locator('#read-found')).toHaveText(
    'Read as CSV: cells divided by semicolons, with a header, a row a series, label in "valve", id in "row".',
  );
  await choice(page, 'A row is').selectOption('a time step');
  await expect(error(page)).toHaveText(/no column that is called time: choose one of /);
  await choice(page, 'Series column').selectOption('day');
  await choice(page, 'Time column').selectOption('hour');
  await expect(read(page)).toHaveText(`valves.csv: 40 series of ${STEPS} steps, 3 channels; 2 classes`);
  await expect(error(page)).toHaveText('');
  await expect(page.locator('#previews-legend')).toHaveText('heatwindrow');

  // A column that only counts is not a channel; the box keeps the focus.
  await page.getByRole('checkbox', { name: 'row' }).focus();
  await page.keyboard.press('Space');
  await expect(read(page)).toHaveText(/2 channels/);
  await expect(page.getByRole('checkbox', { name: 'row' })).toBeFocused();
  await expect(page.locator('#previews-legend')).toHaveText('heatwind');

  await choice(page, 'Label column').selectOption('row');
  await expect(error(page)).toHaveText(/^valves\.csv, row 2, column "valve": "shut" is not a number/);
  await choice(page, 'Label column').selectOption('valve');
  await expect(read(page)).toHaveText(/3 channels; 2 classes$/);
  await choice(page, 'First row').selectOption('data');
  await expect(error(page)).toHaveText(/valves\.csv, row/);

  // Another file is read without the earlier choices.
  await choose(page, textFile('loads.csv', numbersCsv(40, 5)));
  await expect(read(page)).toHaveText('loads.csv: 40 series of 8 steps, 1 channel; numbers to predict');
  await expect(choice(page, 'Labels are')).toHaveValue('regression');
  await choice(page, 'Labels are').selectOption('classes');
  await expect(read(page)).toHaveText(/37 classes$/);
});

test('the page tells ids, gaps and unequal lengths, and takes a chosen column for the ids', async ({ page }) => {
  await page.goto(`./?${SMALL_OWN}&epochs=2`);
  const rows = ['serial;t0;t1;t2;label', '7;0,5;1,5;2,5;a', '9;;2,5;1,5;b', '4;3,5;4,5;;a', '2;1,5;2,5;3,5;b'];
  await seriesFile(page).setInputFiles(textFile('plant.csv', rows.join('\n')));
  await expect(read(page)).toHaveText(
    'plant.csv: 4 series of 4 steps, 1 channel; 2 classes; the shortest has 3 steps, padded; 1 missing values filled',
  );
  await choice(page, 'Series column').selectOption('serial');
  await expect(read(page)).toHaveText(/^plant\.csv: 4 series of 3 steps, .*the shortest has 2 steps, padded/);
  await expect(page.locator('#read-found')).toHaveText(
    'Read as CSV: cells divided by semicolons, decimal commas, with a header, a row a series, label in "label", id in "serial".',
  );
});

test('delimiter, decimal mark, length and the arrays of an archive are chosen as on the command line', async ({
  page,
}) => {
  await page.goto(`./?${SMALL_OWN}&epochs=2`);
  // By these rows alone the commas may divide cells.
  const rows = ['1,5|2,5|9,5|a', '2,5|3,5|8,5|b', '3,5|1,5|7,5|a', '4,5|2,5|6,5|b'];
  await seriesFile(page).setInputFiles(textFile('bars.csv', rows.join('\n')));
  await choice(page, 'Delimiter').selectOption('commas');
  await expect(error(page)).toHaveText(/^bars\.csv, row 1, column \d: "5\|2" is not a number/);
  await choice(page, 'Delimiter').selectOption('bars');
  await choice(page, 'Decimal mark').selectOption('point');
  await expect(error(page)).toHaveText(/^bars\.csv, row 1, column 1: "2,5" is not a number/);
  await choice(page, 'Decimal mark').selectOption('comma');
  await expect(read(page)).toHaveText('bars.csv: 4 series of 3 steps, 1 channel; 2 classes');

  const length = field(page, 'Length of a series');
  await length.fill('two');
  await length.blur();
  await expect(page.locator('#choice-length-error')).toHaveText(
    'Length of a series is two: give a whole number from 1 to 1024 (the attention kernel is (T, T)).',
  );
  await length.fill('2');
  await length.blur();
  await expect(read(page)).toHaveText(/^bars\.csv: 4 series of 2 steps/);
  await expect(page.locator('#choice-length-error')).toHaveText('');
  await length.fill('');
  await length.blur();
  await expect(read(page)).toHaveText(/^bars\.csv: 4 series of 3 steps/);

  const arrays = Object.entries({ vib: [6, 4], load: [6, 5], grade: [6] }).map(([name, shape]) => {
    const size = shape.reduce((product, axis) => product * axis);
    const data = bytesOf(Float32Array.from({ length: size }, (_, i) => i % 2));
    return [`${name}.npy`, npy({ descr: '<f4', shape, data })];
  });
  const archive = Buffer.from(zipSync(Object.fromEntries(arrays)));
  await seriesFile(page).setInputFiles({ ...textFile('arrays.npz', ''), buffer: archive });
  await expect(error(page)).toHaveText(/^arrays\.npz has no array that is known to hold series: choose x among "vib"/);
  await page.getByRole('textbox', { name: 'Array of series' }).fill('load');
  await page.getByRole('textbox', { name: 'Array of labels' }).fill('grade');
  await page.getByRole('textbox', { name: 'Array of labels' }).blur();
  await expect(read(page)).toHaveText('arrays.npz: 6 series of 5 steps, 1 channel; 2 classes');
});

test('without series nothing starts, and a file that does not fit is refused', async ({ page }) => {
  await page.goto(`./?${SMALL_OWN}`);
  await button(page, 'Start').click();
  await expect(error(page)).toHaveText('Choose a file of series first.');
  await expect(seriesFile(page)).toBeFocused();
  await seriesFile(page).setInputFiles(textFile('empty.csv', ''));
  await expect(error(page)).toHaveText('empty.csv: it is empty: choose a file with series.');
  await seriesFile(page).setInputFiles(textFile(`${HOSTILE}.csv`, ''));
  await expect(error(page)).toContainText('<img src=x');
  await expect(page.locator('#train img')).toHaveCount(0);

  await choose(page, textFile('loads.csv', numbersCsv(40, 9)));
  await page.getByText('More settings').click();
  await choice(page, 'Split order').selectOption('stratified');
  await button(page, 'Start').click();
  await expect(page.locator('#failure')).toHaveText(/^A stratified split needs classes, and loads\.csv has numbers/);
  await openMore(page);
  await button(page, 'Model').setInputFiles(textFile('model.safetensors', 'no model'));
  await expect(page.locator('#model-file-error')).toHaveText(/model\.safetensors/);
  await expect(button(page, 'Predict with this model')).toBeDisabled();
  await button(page, 'Test series').setInputFiles(textFile('short.csv', 'a,b,load\n1,2,0.5\n3,4,1.5\n'));
  await expect(page.locator('#test-file-error')).toHaveText(
    /its series are \(2, 1\), steps by channels, the training series \(8, 1\)/,
  );
});

test('while a large file is read the page answers, and reading is cancelled at once', async ({ page }, info) => {
  await page.goto(`./?${SMALL_OWN}`);
  const rows = wideCsv(['no', 'yes'], 2000, 11).replace('season', 'label').split('\n');
  const body = `${rows.slice(1, -1).join('\n')}\n`;
  const megabytes = 48;
  const big = info.outputPath('big.csv');
  await writeFile(big, `${rows[0]}\n${body.repeat(Math.ceil((megabytes * 1e6) / body.length))}`);
  await pressDuringReading(page);
  await seriesFile(page).setInputFiles(big);
  await expect(read(page)).toHaveText('Reading was cancelled.', { timeout: 180_000 });
  await expect(seriesFile(page)).toBeFocused();
  const tasks = await traceTasks(page, async () => {
    await seriesFile(page).setInputFiles(big);
    await expect(read(page)).toHaveText(/^big\.csv: [\d,]+ series/, { timeout: 180_000 });
  });
  const longest = Math.max(...tasks.map(({ processorMs }) => processorMs));
  expect(longest, 'longest task, in ms of the processor').toBeLessThan(250);
});

/**
 * Presses Cancel as soon as the bar shows more than a tenth, because reading may end before a test has seen the bar.
 */
async function pressDuringReading(page: Page): Promise<void> {
  const bar = page.locator('#series-file-progress');
  await bar.evaluate((bar: HTMLProgressElement) => {
    const observer = new MutationObserver(() => {
      if (bar.value <= 0.1) return;
      observer.disconnect();
      document.querySelector<HTMLButtonElement>('#series-file-remove')?.click();
    });
    observer.observe(bar, { attributeFilter: ['value'] });
  });
}
