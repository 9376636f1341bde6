import { expect, test } from 'playwright/test';
import type { Browser, Page } from 'puppeteer-core';
import { softwareEnvironment } from '../src/hosts/software_driver.ts';
import { launchFirefox } from './firefox.ts';
import { lavapipeEnvironment } from './lavapipe.ts';

/** Trains on any adapter within seconds. */
const SMALL = 'samples=4000&timeSteps=24&epochs=4';
/** Dispatches of a training step with combined kernels. */
const KERNELS = 12;
const LONGEST_MS = 400_000;

/** The drivers on which Firefox is tried: the browser's SwiftShader, and lavapipe if it is installed. */
const DRIVERS = { SwiftShader: softwareEnvironment(), lavapipe: lavapipeEnvironment() };

for (const [driver, env] of Object.entries(DRIVERS)) {
  if (!env) continue;
  test.describe(`Firefox on ${driver}`, () => {
    let firefox: Browser;
    test.beforeAll(async () => {
      firefox = await launchFirefox(env);
    });
    test.afterAll(() => firefox.close());

    test('the page trains', async ({ baseURL }) => {
      const page = await open(firefox, `${baseURL}?${SMALL}&run=1`);
      await textOf(page, '#status', /^Trained 4 epochs in /);
      const log = await page.$$eval('#log p', (lines) => lines.map((line) => line.textContent));
      expect(log.join('\n')).toMatch(/Epoch 4\/4\n.*loss: 0\.\d{4} - accuracy: 0\.\d{4} - val_loss: 0\.\d{4}/);
      await page.close();
    });

    test('the benchmark gives a score', async ({ baseURL }) => {
      const page = await open(firefox, `${baseURL}?view=benchmark&run=1`);
      await textOf(page, '#bench-status', /^Measured/);
      await textOf(page, '#bench-score', /^[\d,]+ samples\/s$/);
      await page.close();
    });

    test('the profile gives a table', async ({ baseURL }) => {
      const page = await open(firefox, `${baseURL}?view=profile&${SMALL}&run=1`);
      await textOf(page, '#profile-status', /^Profiled\./);
      expect((await page.$$('#profile-table tbody tr')).length).toBe(KERNELS);
      await page.close();
    });
  });
}

/** A page that fails its test on an error of its own. */
async function open(firefox: Browser, address: string): Promise<Page> {
  const page = await firefox.newPage();
  page.on('pageerror', (error) => {
    throw error;
  });
  await page.goto(address);
  return page;
}

/** Waits until the element's text matches. */
async function textOf(page: Page, selector: string, pattern: RegExp): Promise<void> {
  const text = () => page.$eval(selector, (element) => element.textContent ?? '');
  await expect.poll(text, { timeout: LONGEST_MS, intervals: [500] }).toMatch(pattern);
}
