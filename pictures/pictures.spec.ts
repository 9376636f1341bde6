import { fileURLToPath } from 'node:url';
import { expect, type Page, test } from 'playwright/test';

/** Takes a screenshot of the page without the pointer's hint. */
async function take(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await page.evaluate(() => scrollTo(0, 0));
  const path = fileURLToPath(new URL(`../docs/pictures/${name}.png`, import.meta.url));
  await page.screenshot({ path });
}

test('train: the experiment, shortened so that a software adapter takes minutes', async ({ page }) => {
  await page.goto('./?samples=12000&epochs=20&learningRate=0.004&run=1');
  await expect(page.locator('#status')).toHaveText(/^Trained /, { timeout: 800_000 });
  await take(page, 'train');
});

test('benchmark', async ({ page }) => {
  await page.goto('./?view=benchmark&run=1');
  await page.evaluate(() => window.benchmarkResult);
  await take(page, 'benchmark');
});

test('profile: a step of the experiment', async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 1280 });
  await page.goto('./?view=profile&run=1');
  await expect(page.locator('#profile-table tbody tr').first()).toBeVisible({ timeout: 120_000 });
  await take(page, 'profile');
});
