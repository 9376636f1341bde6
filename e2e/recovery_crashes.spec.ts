import type { Page } from 'playwright/test';
import { findBrowser } from '../src/hosts/browser.ts';
import { chromeArguments } from '../src/hosts/chrome.ts';
import { crashGpu, NO_CRASH_LIMIT } from './crashes.ts';
import { expect, test } from './fixtures.ts';
import { delayReading } from './page_tools.ts';
import { button, epochsOf, hashOf, SMALL, status } from './train_page.ts';

const args = [...chromeArguments('auto'), ...NO_CRASH_LIMIT];
test.use({ launchOptions: { executablePath: findBrowser()?.path, args } });

const EPOCHS = 80;
const RUN = `./?${SMALL}&epochs=${EPOCHS}`;
const recovery = (page: Page) => page.locator('#recovery');
const RECOVERED = /^The GPU was lost and came back: training goes on from (the start|(step \d+ of )?epoch \d+)\. /;

/** Trains without interruption. Returns the hash, and the time from the click to the first update in ms. */
async function trainWhole(page: Page): Promise<{ whole: string; start: number }> {
  await page.goto(RUN);
  const clicked = performance.now();
  await button(page, 'Start').click();
  await expect(page.locator('#stat-step')).toHaveText(/^\d/, { timeout: 180_000 });
  const start = performance.now() - clicked;
  const whole = await hashOf(page);
  await page.close();
  return { whole, start };
}

/** Records every sentence of recovery that the page shows. */
async function watchRecovery(page: Page): Promise<() => Promise<string[]>> {
  const shown = await recovery(page).evaluateHandle((place) => {
    const sentences: string[] = [];
    new MutationObserver(() => {
      if (place.textContent) sentences.push(place.textContent);
    }).observe(place, { childList: true, characterData: true, subtree: true });
    return sentences;
  });
  return () => shown.jsonValue();
}

test('a run whose GPU crashes eight times ends with the bits of one in one piece; each costs two seconds beside what a start takes', {
  tag: '@alone',
}, async ({ page, browser, baseURL }) => {
  test.setTimeout(300_000);
  const { whole, start } = await trainWhole(await browser.newPage({ baseURL }));
  let isStoring: (() => void) | undefined;
  await page.exposeFunction('onStoring', () => isStoring?.());
  await page.addInitScript(() => {
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (this: IDBObjectStore, value: unknown, key?: IDBValidKey) {
      if (String(key).startsWith('attention-lstm run')) (window as unknown as { onStoring(): void }).onStoring();
      return put.call(this, value, key);
    };
  });
  // So that the last crash finds it training on a fast machine too.
  await delayReading(page, 20);
  await page.goto(RUN);
  const sentences = await watchRecovery(page);
  const lost: number[] = [];
  const crash = async () => {
    const crashed = performance.now();
    await crashGpu(browser);
    await expect
      .poll(async () => (await sentences()).length, { timeout: 180_000, intervals: [50] })
      .toBe(lost.length + 1);
    lost.push(performance.now() - crashed);
  };
  await button(page, 'Start').click();
  // While the kernels are compiled.
  await page.waitForFunction(() => !/^(Nothing|Opening)/.test(document.querySelector('#status')?.textContent ?? ''));
  await crash();
  // While a checkpoint is written.
  await new Promise<void>((resolve) => {
    isStoring = resolve;
  });
  await crash();
  // As soon as it is back, in the middle of whatever it does then: updates, readings, an epoch's end.
  for (const ms of [0, 150, 300, 450, 600, 750]) {
    await page.waitForTimeout(ms);
    await crash();
  }
  await expect(status(page)).toHaveText(/^Trained 80 epochs in /, { timeout: 120_000 });
  for (const sentence of await sentences()) expect(sentence).toMatch(RECOVERED);
  expect(await hashOf(page)).toBe(whole);
  await expect(page.getByRole('alert')).toBeHidden();
  await expect(recovery(page)).toBeVisible();
  expect(await epochsOf(page)).toEqual(Array.from({ length: EPOCHS }, (_, i) => i + 1));
  const typical = lost.sort((a, b) => a - b)[lost.length / 2];
  expect(typical - start, `${lost.map(Math.round)} ms after the crashes, a start ${start} ms`).toBeLessThan(2000);
});
