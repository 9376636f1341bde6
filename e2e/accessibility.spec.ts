import { VIEWS } from '../src/page/address.ts';
import { expectAccessible, expectAccessibleOnPhone } from './accessible.ts';
import { expect, test } from './fixtures.ts';

for (const view of VIEWS) {
  test(`the ${view} view before a run, on a wide screen and on a phone`, async ({ page }) => {
    await page.goto(`./?view=${view}`);
    await expect(page.locator('#adapter-name')).not.toHaveText('Looking for an adapter…');
    await expect(page.locator('.view-loading:visible')).toHaveCount(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(1280);
    await expectAccessible(page);
    await expectAccessibleOnPhone(page);
  });
}

test('every view is reached and left with the keyboard, and by the browser’s own back', async ({ page }) => {
  await page.goto('./');
  const link = (name: string) => page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name });
  await link('Train').focus();
  for (const view of ['Benchmark', 'Profile']) {
    await page.keyboard.press('Tab');
    await expect(link(view)).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(link(view)).toHaveAttribute('aria-current', 'page');
    await expect(page.locator(`#${view.toLowerCase()}`)).toBeVisible();
    await expect(page.locator('#train')).toBeHidden();
    expect(new URL(page.url()).searchParams.get('view')).toBe(view.toLowerCase());
  }
  await page.goBack();
  await expect(page.locator('#benchmark')).toBeVisible();
  await page.goBack();
  await expect(page.locator('#train')).toBeVisible();
  await expect(link('Train')).toHaveAttribute('aria-current', 'page');
});

test('the address follows the settings and leads back to them', async ({ page }) => {
  await page.goto('./');
  await page.getByRole('spinbutton', { name: 'Seed' }).fill('7');
  await page.getByRole('spinbutton', { name: 'LSTM units' }).fill('12');
  await page.getByRole('checkbox', { name: 'Single attention vector' }).check();
  const parameters = new URL(page.url()).searchParams;
  expect(Object.fromEntries(parameters)).toEqual({
    view: 'train',
    samples: '60000',
    timeSteps: '64',
    inputDim: '1',
    attentionColumn: '10',
    units: '12',
    batchSize: '256',
    epochs: '20',
    learningRate: '0.001',
    validationSplit: '0.1',
    seed: '7',
    singleAttentionVector: '1',
  });
  // A setting that does not fit leaves the address as it was.
  await page.getByRole('spinbutton', { name: 'Seed' }).fill('-1');
  expect(new URL(page.url()).searchParams.get('seed')).toBe('7');
  await page.reload();
  await expect(page.getByRole('spinbutton', { name: 'Seed' })).toHaveValue('7');
  await expect(page.getByRole('spinbutton', { name: 'LSTM units' })).toHaveValue('12');
  await expect(page.getByRole('checkbox', { name: 'Single attention vector' })).toBeChecked();
});

test('typed decimal commas and thousands are understood, or refused by what was typed', async ({ page }) => {
  await page.goto('./');
  const rate = page.getByRole('spinbutton', { name: 'Learning rate' });
  await rate.fill('');
  await rate.pressSequentially('0,01');
  expect(new URL(page.url()).searchParams.get('learningRate')).toBe('0.01');
  const batch = page.getByRole('spinbutton', { name: 'Batch size' });
  await batch.fill('');
  await batch.pressSequentially('1.000');
  expect(new URL(page.url()).searchParams.get('batchSize')).toBe('1000');
  await rate.fill('');
  await expect(batch).toHaveValue('1000');
  await rate.pressSequentially('1,000');
  await expect(page.locator('#learningRate-error')).toHaveText(/1,000/);
  await rate.fill('0.01');
  await batch.fill('8');
  await batch.press('ArrowUp');
  expect(new URL(page.url()).searchParams.get('batchSize')).toBe('9');
});
