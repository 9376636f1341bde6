import type { Browser, Page } from 'playwright/test';
import { expect, test } from './fixtures.ts';
import { delayReading, prependToWorker } from './page_tools.ts';
import { button, hashOf, SMALL, status } from './train_page.ts';

const RUN = `./?${SMALL}&epochs=60`;
const AWAY =
  /^Trained 60 epochs in \S+ s\. The page was hidden or asleep for ([\d.]+) s meanwhile: times may be too long\.$/;

/** Emulates a hidden page, or one in front again. */
const setVisibility = (page: Page, state: 'hidden' | 'visible') =>
  page.evaluate((state) => {
    Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, state);

/** The hash of the uninterrupted run. */
let whole: string;
test.beforeAll(async ({ browser, baseURL }) => {
  const page = await browser.newPage({ baseURL });
  await page.goto(`${RUN}&run=1`);
  whole = await hashOf(page);
  expect(await status(page).textContent()).toMatch(/^Trained 60 epochs in [\d.]+ s\.$/);
  await page.close();
});
// In one worker, so that one uninterrupted run serves all tests.
test.describe.configure({ mode: 'default' });

/**
 * Trains, calls `disturb` during the run, and returns the seconds for which the page says it was away. They are fewer
 * than the run's.
 */
async function secondsAway(page: Page, disturb: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await delayReading(page, 20);
  await page.goto(RUN);
  await button(page, 'Start').click();
  await page.waitForFunction(() => document.querySelector('#log p'), undefined, { timeout: 180_000 });
  await disturb();
  await expect(status(page)).toHaveText(AWAY, { timeout: 180_000 });
  const seconds = Number(AWAY.exec((await status(page).textContent()) ?? '')?.[1]);
  expect(seconds).toBeLessThan((performance.now() - started) / 1000);
  return seconds;
}

/** The processes of the browser's pages and workers. */
async function renderersOf(browser: Browser): Promise<number[]> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
}

/** Longer than the timeout of an adapter. Page and worker stand still meanwhile, while clocks go on. */
async function sleep(renderers: number[]): Promise<void> {
  for (const id of renderers) process.kill(id, 'SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 6500));
  for (const id of renderers) process.kill(id, 'SIGCONT');
}

test('a run goes on to its bits while its page is hidden and its clock jumps', async ({ page }) => {
  const seconds = await secondsAway(page, async () => {
    // Years ahead, then back before the start.
    for (const year of ['2040', '2001']) {
      await page.clock.setSystemTime(`${year}-01-01`);
      await page.waitForTimeout(100);
    }
    await setVisibility(page, 'hidden');
    await page.waitForTimeout(1500);
    await setVisibility(page, 'visible');
  });
  expect(seconds).toBeGreaterThanOrEqual(1.4);
  expect(await hashOf(page)).toBe(whole);
});

test('a run goes on to its bits when its computer was asleep', async ({ page, browser }) => {
  const renderers = await renderersOf(browser);
  const seconds = await secondsAway(page, () => sleep(renderers));
  expect(seconds).toBeGreaterThan(6);
  expect(await hashOf(page)).toBe(whole);
});

test('a computer that falls asleep while the adapter opens loses nothing', async ({ page, browser }) => {
  await prependToWorker(
    page,
    `const { requestDevice } = GPUAdapter.prototype;
     GPUAdapter.prototype.requestDevice = async function (descriptor) {
       await new Promise((resolve) => setTimeout(resolve, 2000));
       return requestDevice.call(this, descriptor);
     };`,
  );
  await page.goto(RUN);
  const renderers = await renderersOf(browser);
  await expect(button(page, 'Start')).toBeEnabled({ timeout: 180_000 });
  await button(page, 'Start').click();
  await page.waitForTimeout(500);
  await sleep(renderers);
  await expect(status(page)).toHaveText(AWAY, { timeout: 180_000 });
  await expect(page.getByRole('alert')).toBeHidden();
});
