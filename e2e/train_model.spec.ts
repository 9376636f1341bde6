import { readFile } from 'node:fs/promises';
import type { Locator, Page } from 'playwright/test';
import { expectAccessible } from './accessible.ts';
import { expect, test } from './fixtures.ts';
import { field, LONG, SMALL, tab, train } from './train_page.ts';

const SAMPLE_CHARTS = ['series-chart', 'product-chart', 'gates-chart', 'states-chart', 'hidden-map', 'cell-map'];

test('tabs: reached and changed with the keyboard', async ({ page }) => {
  await page.goto('./');
  await tab(page, 'Epochs').focus();
  await page.keyboard.press('ArrowRight');
  await expect(tab(page, 'Samples')).toBeFocused();
  await expect(page.getByRole('tabpanel', { name: 'Samples' })).toHaveText(
    /Nothing trained yet\. 24 series appear here/,
  );
  await page.keyboard.press('End');
  await expect(tab(page, 'Model')).toHaveAttribute('aria-selected', 'true');
  await expect(page.getByRole('tabpanel', { name: 'Model' })).toBeVisible();
  await expect(page.getByRole('tabpanel', { name: 'Samples' })).toBeHidden();
  await page.keyboard.press('ArrowRight');
  await expect(tab(page, 'Epochs')).toBeFocused();
});

test('the inside of the model after a run: a sample’s way through it, and its parameters', async ({ page }) => {
  await train(page, `${SMALL}&inputDim=2`, 12);
  await tab(page, 'Samples').click();
  await test.step('a sample: by channel and unit', () => showsSample(page));
  await test.step('its charts are saved as pictures', () => savesSampleCharts(page));
  await tab(page, 'Parameters').click();
  await test.step('parameters: pictures, histograms and a table of each', () => showsParameters(page));
});

async function showsSample(page: Page): Promise<void> {
  const options = page.getByRole('radio', { name: /^Series \d+ label [01]$/ });
  await expect(options).toHaveCount(24);
  await expect(options.nth(0)).toBeChecked();
  const verdict = page.locator('#sample-verdict');
  await expect(verdict).toHaveText(
    /^Probability of label 1: [01]\.\d{4}\. Predicted ([01]), the label is \1: right, after epoch 12\.$/,
  );
  const first = await verdict.textContent();
  for (const chart of SAMPLE_CHARTS) await expect(page.locator(`#sample-${chart}`)).toBeVisible();

  await page.getByText('Sample as a table').click();
  const rows = page.locator('#sample-table tbody tr');
  await expect(rows).toHaveCount(16);
  const planted = rows.nth(10).locator('td');
  const numbers = async () => (await planted.allTextContents()).map(Number);
  const [series, attention, product, ...lstm] = await numbers();
  expect(product).toBeCloseTo(series * attention, 3);

  await page.getByRole('combobox', { name: 'Gates and states of' }).selectOption('Unit 3');
  await expect.poll(async () => (await numbers()).slice(3)).not.toEqual(lstm);
  expect((await numbers()).slice(0, 3)).toEqual([series, attention, product]);
  await page.getByRole('combobox', { name: 'Channel' }).selectOption('Channel 1');
  await expect.poll(async () => (await numbers())[1]).not.toBe(attention);

  await options.nth(0).focus();
  await page.keyboard.press('ArrowRight');
  await expect(options.nth(1)).toBeChecked();
  await expect(verdict).not.toHaveText(first ?? '');
}

async function savesSampleCharts(page: Page): Promise<void> {
  const buttons = page.locator('#samples-panel').getByRole('button', { name: /^Download PNG of / });
  await expect(buttons).toHaveCount(SAMPLE_CHARTS.length);
  for (const [i, chart] of SAMPLE_CHARTS.entries()) {
    const download = page.waitForEvent('download');
    await buttons.nth(i).click();
    const saved = await download;
    expect(saved.suggestedFilename()).toBe(`sample-${chart}.png`);
    expect((await readFile(await saved.path())).subarray(1, 4).toString()).toBe('PNG');
  }
}

async function showsParameters(page: Page): Promise<void> {
  await expect(page.locator('#parameters-moment')).toHaveText('The parameters after epoch 12.');
  const rows = page.locator('#parameter-table tbody tr');
  await expect(rows.locator('th')).toHaveText([
    'attention_kernel',
    'attention_bias',
    'lstm_kernel',
    'lstm_bias',
    'lstm_recurrent_kernel',
    'output_kernel',
    'output_bias',
  ]);
  // In Keras, the forget gate's bias starts with one, the others with zero.
  await expect(rows.nth(3).locator('td').nth(5)).toHaveText('0.2500');
  const kernel = page.getByRole('img', { name: /^attention_kernel; / });
  const sizeOf = (image: Locator) => image.evaluate(({ width, height }: HTMLCanvasElement) => [width, height]);
  // One picture is drawn each frame.
  await expect.poll(() => sizeOf(kernel)).toEqual([16, 16]);
  for (const gate of ['input i', 'forget f', 'candidate c̃', 'output o']) {
    const image = page.getByRole('img', { name: `lstm_recurrent_kernel, ${gate};` });
    await expect.poll(() => sizeOf(image)).toEqual([8, 8]);
    const colors = await image.evaluate((canvas: HTMLCanvasElement) => {
      const pixels = new Uint32Array(
        canvas.getContext('2d')?.getImageData(0, 0, 8, 8).data.buffer ?? new ArrayBuffer(),
      );
      return new Set(pixels).size;
    });
    expect(colors).toBeGreaterThan(10);
  }
  await expect(page.getByRole('img', { name: /^Histogram of / })).toHaveCount(6);
}

test('the view of a sample follows the training', async ({ page }) => {
  await page.goto(`./?${LONG}&run=1`);
  await tab(page, 'Samples').click();
  const verdict = page.locator('#sample-verdict');
  await expect(verdict).toHaveText(/after epoch \d+\.$/, { timeout: 180_000 });
  const before = await verdict.textContent();
  await expect(verdict).not.toHaveText(before ?? '', { timeout: 10_000 });
});

test('the model’s diagram follows the settings', async ({ page }) => {
  await page.goto('./');
  await tab(page, 'Model').click();
  const diagram = page.getByRole('img', { name: /^The model: input_1; input_1 to permute; .*lstm to dense_1$/ });
  await expect(diagram).toContainText('4,352 parameters');
  await expect(diagram).not.toContainText('global_average_pooling1d');
  await field(page, 'LSTM units').fill('16');
  await expect(diagram).toContainText('1,152 parameters');
  await page.getByRole('checkbox', { name: 'Single attention vector' }).check();
  await expect(diagram).toContainText('global_average_pooling1d: GlobalAveragePooling1D');
});

test('the experiment’s Keras run stands beside a run with its settings', async ({ page }) => {
  await page.goto('./');
  await page.getByText('History as a table').click();
  await expect(page.locator('#keras-note')).toBeVisible();
  await expect(page.getByRole('columnheader', { name: 'Keras’ validation accuracy' })).toBeVisible();
  await train(page, SMALL, 1);
  await page.getByText('History as a table').click();
  await expect(page.locator('#keras-note')).toBeHidden();
  await expect(page.locator('#keras-hint')).toBeVisible();
  await expect(page.getByRole('columnheader', { name: 'Keras’ validation accuracy' })).toBeHidden();
});

test('after a run every part of the page is accessible', async ({ page }) => {
  await train(page, SMALL, 3);
  for (const details of await page.locator('#train details:visible').all()) await details.locator('summary').click();
  for (const name of ['Epochs', 'Samples', 'Parameters', 'Model']) {
    await tab(page, name).click();
    if (name === 'Samples') await page.getByText('Sample as a table').click();
    // The rest of the page is the same behind every tab.
    await expectAccessible(page, name === 'Epochs' ? 'html' : '[role="tabpanel"]:not([hidden])');
  }
});

test('a preset of the address: its layers train, and are shown', async ({ page }) => {
  await train(page, `${SMALL}&preset=after`, 3);
  await expect(page.getByRole('combobox', { name: 'Preset' })).toHaveValue('after');
  await tab(page, 'Model').click();
  await expect(page.getByRole('tabpanel', { name: 'Model' })).toContainText('flatten');
  await tab(page, 'Samples').click();
  await expect(page.locator('#sample-verdict')).toHaveText(/^Probability of label 1: [01]\.\d{4}\./);
  await tab(page, 'Parameters').click();
  await expect(page.getByRole('tabpanel', { name: 'Parameters' })).toContainText('lstm_recurrent_kernel');
});
