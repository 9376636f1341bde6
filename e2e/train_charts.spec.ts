import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright/test';
import { expect, test } from './fixtures.ts';
import { settled } from './page_tools.ts';
import { button, SMALL, train } from './train_page.ts';

const picture = (page: Page, chart: string) =>
  page.locator(chart).evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());

test('curves: axis, smoothing and zoom, with the keyboard, the wheel and the pointer', async ({ page }) => {
  await train(page, SMALL, 12);
  await settled(page);
  const whole = await picture(page, '#loss-chart');
  const changes = async (act: () => Promise<void>) => {
    const before = await Promise.all([picture(page, '#loss-chart'), picture(page, '#metric-chart')]);
    await act();
    await settled(page);
    expect(await picture(page, '#loss-chart')).not.toBe(before[0]);
    return (await picture(page, '#metric-chart')) !== before[1];
  };
  const logAxis = page.getByRole('checkbox', { name: 'Log loss axis' });
  expect(await changes(() => logAxis.uncheck()), 'the accuracy’s axis changes too').toBe(false);
  expect(await changes(() => logAxis.check())).toBe(false);

  const smoothing = page.getByRole('slider', { name: 'Smoothing' });
  expect(await changes(() => smoothing.fill('0.6'))).toBe(true);
  await expect(page.locator('#smoothing-value')).toHaveText('0.60');
  expect(await changes(() => smoothing.fill('0'))).toBe(true);
  expect(await picture(page, '#loss-chart')).toBe(whole);

  const press = (name: string) => () => button(page, name).press('Enter');
  for (const name of ['Zoom out', 'Reset zoom', 'Earlier epochs', 'Later epochs']) {
    await expect(button(page, name)).toHaveAttribute('aria-disabled', 'true');
  }
  expect(await changes(press('Zoom in')), 'both zoom').toBe(true);
  await changes(press('Later epochs'));
  await expect(button(page, 'Later epochs')).toHaveAttribute('aria-disabled', 'true');
  await changes(press('Earlier epochs'));
  await changes(press('Zoom out'));
  expect(await picture(page, '#loss-chart')).toBe(whole);

  await page.locator('#loss-chart').evaluate((chart) => chart.scrollIntoView({ block: 'center' }));
  const box = await page.locator('#loss-chart').boundingBox();
  if (!box) throw new Error('The loss chart is not shown.');
  const { x, y, width, height } = box;
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.keyboard.down('Control');
  // A picture also changes under the pointer; the button says that the chart is zoomed.
  await page.mouse.wheel(0, -100);
  await page.keyboard.up('Control');
  await expect(button(page, 'Reset zoom')).toHaveAttribute('aria-disabled', 'false');
  await changes(press('Reset zoom'));
  await page.mouse.down();
  await page.mouse.move(x + 0.8 * width, y + height / 2, { steps: 4 });
  expect(await changes(() => page.mouse.up())).toBe(true);
  await expect(button(page, 'Reset zoom')).toHaveAttribute('aria-disabled', 'false');
});

test('charts are saved as pictures', async ({ page }) => {
  await page.goto('./');
  await expect(button(page, 'Download PNG of the loss')).toBeDisabled();
  await train(page, SMALL, 2);
  for (const [name, file] of [
    ['the loss', 'loss-chart'],
    ['the accuracy', 'metric-chart'],
    ['the attention now', 'attention-chart'],
    ['the attention epoch by epoch', 'attention-map'],
  ]) {
    const download = page.waitForEvent('download');
    await button(page, `Download PNG of ${name}`).click();
    const saved = await download;
    expect(saved.suggestedFilename()).toBe(`${file}.png`);
    const bytes = await readFile(await saved.path());
    expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    expect(bytes.readUInt32BE(16)).toBe(
      await page.locator(`#${file}`).evaluate((canvas: HTMLCanvasElement) => canvas.width),
    );
  }
});

test('the attention lights up where the label is planted, and says since when', async ({ page }) => {
  await train(page, `${SMALL}&attentionColumn=5`, 12);
  const formation = page.locator('#attention-formation');
  await expect(formation).toHaveText(/^Largest at time step 5, where the label is planted, since epoch \d+\.$/);
  const since = Number(/epoch (\d+)/.exec((await formation.textContent()) ?? '')?.[1]);
  expect(since).toBeLessThan(12);
  await expect(page.locator('#attention-scale-end')).toHaveText(/^0\.\d{4}$/);

  // Every cell under the pointer is named. The last row equals the bars.
  const canvas = page.locator('#attention-map');
  await canvas.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await canvas.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  const reading = page.locator('#attention-reading');
  await settled(page);
  const now = /: (\S+)\. /.exec((await page.locator('#attention-summary').textContent()) ?? '')?.[1];
  let found = '';
  for (let across = 0.3; across < 0.6 && !found; across += 0.02) {
    for (let down = 0.9; down > 0.4 && !found; down -= 0.04) {
      await page.mouse.move(x + across * width, y + down * height);
      const text = (await reading.textContent()) ?? '';
      if (text.startsWith('Epoch 12, time step 5: ')) found = text;
    }
  }
  expect(found).toBe(`Epoch 12, time step 5: ${now}`);
});
