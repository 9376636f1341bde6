import type { Page } from 'playwright/test';
import { expect, test } from './fixtures.ts';
import { delayReading, fillStorage } from './page_tools.ts';
import {
  button,
  countKept,
  epochLine,
  epochsOf,
  hashOf,
  LONG,
  leftButton,
  reached,
  SMALL,
  status,
} from './train_page.ts';

const EPOCHS = 40;
const RUN = `${SMALL}&epochs=${EPOCHS}`;
const FINISHED = new RegExp(`^Trained ${EPOCHS} epochs in `);
/** Every epoch of the run, once and in order. */
const ALL = Array.from({ length: EPOCHS }, (_, i) => i + 1);

/** The current epoch of the run. */
const epochNow = async (page: Page) =>
  Number.parseInt((await page.locator('#stat-epoch').textContent()) ?? '', 10) || 0;

let whole: string;
test.beforeAll(async ({ browser, baseURL }) => {
  const page = await browser.newPage({ baseURL });
  await page.goto(`./?${RUN}&run=1`);
  whole = await hashOf(page);
  await page.close();
});

test.setTimeout(300_000);

test('a reloaded page offers the run, and it ends with the same bits', async ({ page }) => {
  await delayReading(page, 50);
  await page.goto(`./?${RUN}&run=1`);
  await reached(page, 5);
  await expect.poll(() => countKept(page, 'run'), { timeout: 20_000, intervals: [50] }).toBe(1);
  await page.unrouteAll();
  await page.reload();
  await leftButton(page).click();
  await expect(status(page)).toHaveText(FINISHED, { timeout: 120_000 });
  expect(await hashOf(page)).toBe(whole);
  expect(await epochsOf(page)).toEqual(ALL);
  // A finished run is no longer kept.
  await expect.poll(() => countKept(page, 'run')).toBe(0);
  await page.reload();
  await expect(status(page)).toHaveText(/^Nothing trained yet/);
  await expect(leftButton(page)).toBeHidden();
});

test('each of two tabs keeps its own run, and a closed one’s is offered once', async ({ page, context }) => {
  await page.goto(`./?${LONG}&run=1`);
  const other = await context.newPage();
  await other.goto(`./?${LONG}&seed=5&run=1`);
  for (const tab of [page, other]) await expect(epochLine(tab, '5/5000')).toBeAttached({ timeout: 180_000 });
  await expect.poll(() => countKept(page, 'run'), { timeout: 180_000 }).toBe(2);
  // Both are locked, so a third page is offered neither.
  const third = await context.newPage();
  await third.goto('./');
  await expect(status(third)).toHaveText(/^Nothing trained yet/);
  await third.waitForTimeout(1000);
  await expect(leftButton(third)).toBeHidden();

  await other.close();
  await third.reload();
  await expect(leftButton(third)).toBeVisible();
  // Whoever was offered it has it.
  const fourth = await context.newPage();
  await fourth.goto('./');
  await expect(status(fourth)).toHaveText(/^Nothing trained yet/);
  await fourth.waitForTimeout(1000);
  await expect(leftButton(fourth)).toBeHidden();
  await leftButton(third).click();
  await expect(third.getByRole('spinbutton', { name: 'Seed' })).toHaveValue('5');
  await expect(third.locator('#stat-step')).toHaveText(/^\d/, { timeout: 180_000 });
  await button(third, 'Reset').click();
  await expect.poll(() => countKept(page, 'run')).toBe(1);
  await expect(page.locator('#stat-epoch')).toHaveText(/\/ 5,000$/);
});

test('if storage is full, training goes on, with one warning', async ({ page }) => {
  await fillStorage(page, 'run');
  await page.goto(`./?${RUN}&run=1`);
  const notice = page.locator('#not-kept');
  await expect(notice).toHaveText(
    'Training goes on, but this run is not kept for when the page is closed: the browser’s storage is full.',
    { timeout: 180_000 },
  );
  await expect(status(page)).toHaveText(FINISHED, { timeout: 120_000 });
  expect(await hashOf(page)).toBe(whole);
});

test('without storage training goes on, with one warning', async ({ page }) => {
  await page.addInitScript(() => Reflect.deleteProperty(window, 'indexedDB'));
  await page.goto(`./?${SMALL}&epochs=3&run=1`);
  await expect(status(page)).toHaveText(/^Trained 3 epochs in /, { timeout: 180_000 });
  await expect(page.locator('#not-kept')).toHaveText(/^Training goes on, but this run is not kept .*storage fails/);
});

test('pauses and starts in quick succession leave one run, which holds still when it is paused', async ({ page }) => {
  await page.goto(`./?${RUN}`);
  await button(page, 'Start').dblclick();
  await page.locator('#start').evaluate((start: HTMLButtonElement) => {
    for (let i = 0; i < 5; i++) start.form?.requestSubmit();
  });
  await page.locator('#pause').evaluate(async (pause: HTMLButtonElement) => {
    const isTraining = () => /^\d/.test(document.querySelector('#stat-step')?.textContent ?? '');
    while (!isTraining()) await new Promise(requestAnimationFrame);
    for (let i = 0; i < 41; i++) {
      pause.click();
      if (i % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  await expect(status(page)).toHaveText('Paused.');
  await page.waitForTimeout(500);
  const epoch = await epochNow(page);
  await page.waitForTimeout(1000);
  expect(await epochNow(page)).toBe(epoch);
  await page.locator('#pause').click();
  await expect(status(page)).toHaveText(FINISHED, { timeout: 120_000 });
  expect(await hashOf(page)).toBe(whole);
  expect(await epochsOf(page)).toEqual(ALL);
});

test('a run started while the page loads is one run', async ({ page }) => {
  // The address asks for a run, and the person presses the button as soon as it exists.
  await page.addInitScript(() => {
    const presses = setInterval(() => {
      document.querySelector<HTMLButtonElement>('#start')?.click();
      if (document.querySelector('#pause:enabled')) clearInterval(presses);
    }, 1);
  });
  await page.goto(`./?${SMALL}&epochs=5&run=1`);
  await expect(status(page)).toHaveText(/^Trained 5 epochs in /, { timeout: 180_000 });
  expect(await epochsOf(page)).toEqual([1, 2, 3, 4, 5]);
});
