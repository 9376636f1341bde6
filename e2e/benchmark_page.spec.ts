import { readFile } from 'node:fs/promises';
import type { Locator, Page } from 'playwright/test';
import { type BenchResult, benchCsv } from '../src/bench/result.ts';
import { requireBenchResult } from '../src/bench/result_file.ts';
import { chromeArguments } from '../src/hosts/chrome.ts';
import { result, row } from '../test/bench_results.ts';
import { expectAccessible, expectAccessibleOnPhone } from './accessible.ts';
import { expect, test } from './fixtures.ts';
import { prependToWorker, watchTexts } from './page_tools.ts';

/**
 * Small enough to be measured on a software adapter within seconds. The sizes are the Train view's, so there is no
 * score.
 */
const SMALL = './?view=benchmark&timeSteps=8&units=4&batchSize=32&attentionColumn=2&samples=1000&epochs=1';

const start = (page: Page) => page.getByRole('button', { name: 'Run the benchmark' });
const stop = (page: Page) => page.getByRole('button', { name: 'Stop', exact: true }).filter({ visible: true });
const status = (page: Page) => page.locator('#bench-status');
const alert = (page: Page) => page.locator('#benchmark').getByRole('alert').filter({ visible: true });
const history = (page: Page) => page.getByRole('region', { name: 'History of results' }).locator('tbody tr');
const cells = (rows: Locator, column: number) => rows.locator(`:scope > :nth-child(${column})`);
const nowResult = (page: Page) => page.evaluate(() => window.benchmarkResult);

/** Opens the view with the small sizes chosen. */
async function openSmall(page: Page): Promise<void> {
  await page.goto(SMALL);
  await expect(start(page)).toBeEnabled({ timeout: 180_000 });
  await page.getByRole('radio', { name: /Train view/ }).check();
  await page.getByRole('spinbutton', { name: 'Seconds' }).fill('0.2');
}

/** The bytes that a button hands to the browser's downloads. */
async function saved(page: Page, button: string): Promise<Buffer> {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: button }).click();
  return readFile(await (await download).path());
}

/** Gives the page a file as if a person had chosen it. */
async function addFile(page: Page, name: string, content: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Add a result’s JSON…' }).click();
  await (await chooser).setFiles({ name, mimeType: 'application/json', buffer: Buffer.from(content) });
}

/** Drops a file on the view. */
async function dropFile(page: Page, name: string, content: string): Promise<void> {
  const dataTransfer = await page.evaluateHandle(
    ([name, content]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([content], name));
      return transfer;
    },
    [name, content],
  );
  await page.dispatchEvent('#bench', 'drop', { dataTransfer });
}

/** Requests for TensorFlow.js. */
function watchTfjs(page: Page): string[] {
  const urls: string[] = [];
  page.context().on('request', (request) => {
    if (request.url().includes('tfjs')) urls.push(request.url());
  });
  return urls;
}

/** A result of another machine, whose times are all `ms`. */
function otherMachine(description: string, ms: number, score: number): BenchResult {
  const rate = { low: 0.95 * score, high: 1.05 * score };
  const sizes = { timeSteps: 64, inputDim: 1, units: 32, singleAttentionVector: false };
  const other = result([row('training step', ms), row('lstm_forward', ms / 3), row('adam', ms / 50)], {
    score: {
      version: 1,
      value: score,
      ...rate,
      rounds: 20,
      starts: [0.99, 1, 1.01].map((noise) => noise * score),
      workloads: [{ name: 'experiment', batchSize: 256, ...sizes, samplesPerSecond: score, ...rate }],
    },
  });
  other.environment.adapter.description = description;
  return other;
}

test('the button measures, checks and scores this machine; the result stays and can be taken along', async ({
  page,
  context,
}) => {
  test.setTimeout(300_000);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const tfjs = watchTfjs(page);
  const said = await watchTexts(page, 'bench-status');
  await page.goto('./?view=benchmark');
  const machine = page.locator('#bench-machine');
  await expect(machine).toContainText(/Browser(Chromium|Google Chrome|Microsoft Edge) \d+\.\d+/);
  await expect(machine).toContainText('Version0.1.0');
  await expect(page.locator('#bench-software')).toHaveText(
    'This is a software adapter: it computes on the CPU. The score says nothing about a GPU.',
  );
  await page.getByText('Limits and features').click();
  await expect(page.locator('#bench-limits')).toContainText('maxStorageBufferBindingSize');

  await page.getByRole('spinbutton', { name: 'Seconds' }).fill('0.2');
  await start(page).click();
  await expect(stop(page)).toBeFocused();
  await expect(page.locator('#bench-left')).toHaveText(/^about \d+ (s|min) left$/);
  await said(/^Checking \w+…$/);
  await said(/^Measuring the score…$/);
  await expect(start(page)).toBeEnabled({ timeout: 180_000 });
  await expect(start(page)).toBeFocused();
  await expect(page.locator('#bench-left')).toBeEmpty();
  expect(tfjs).toEqual([]);

  const measured = await nowResult(page);
  requireBenchResult('benchmarkResult', JSON.parse(JSON.stringify(measured)));
  expect(measured.correctness).toHaveLength(12 + 8);
  expect(measured.correctness.every(({ passed }) => passed)).toBe(true);
  await expect(page.locator('#bench-checks-note')).toHaveText(/^All 20 checks passed before anything was timed\./);
  const kernels = page.getByRole('region', { name: 'Kernels table' }).locator('tbody tr');
  await expect(cells(kernels, 1)).toHaveText(measured.rows.map(({ name }) => name));
  // A shared machine may slow down for good. Then the page must say so, and everything else must hold.
  if (measured.invalid) {
    await expect(alert(page)).toContainText('Invalid: The adapter slowed down to 0.');
    expect(measured.score).toBeUndefined();
  } else {
    const { value = 0, low = 0, high = 0, workloads = [] } = measured.score ?? {};
    expect(low).toBeLessThanOrEqual(value);
    expect(high).toBeGreaterThanOrEqual(value);
    expect(workloads.map(({ batchSize }) => batchSize)).toEqual([256, 2048]);
    await expect(page.locator('#bench-score')).toHaveText(`${shown(value)} samples/s`);
    await expect(page.locator('#bench-score-note')).toContainText(`95 % interval ${shown(low)} to ${shown(high)}, `);
  }

  expect(JSON.parse((await saved(page, 'Download JSON')).toString())).toEqual(JSON.parse(JSON.stringify(measured)));
  expect((await saved(page, 'Download CSV')).toString()).toBe(benchCsv(measured.rows));
  const card = await saved(page, 'Download card (PNG)');
  expect(card.readUInt32BE(16), 'width').toBe(1200);
  expect((await saved(page, 'Download PNG of the kernels')).subarray(1, 4).toString()).toBe('PNG');
  await page.getByRole('button', { name: 'Copy JSON' }).click();
  await expect(page.locator('#bench-share-note')).toHaveText('The JSON is in the clipboard.');
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(JSON.parse(copied).date).toBe(measured.date);

  await page.reload();
  await expect(history(page)).toHaveCount(1);
  await history(page)
    .getByRole('button', { name: /^Show the result of / })
    .click();
  await expect(kernels).toHaveCount(measured.rows.length);
  await history(page)
    .getByRole('button', { name: /^Delete the result of / })
    .click();
  await expect(history(page)).toHaveCount(0);
});

test('the address starts a run; stopped with the keyboard, it has no result', async ({ page }) => {
  const said = await watchTexts(page, 'bench-status');
  await page.goto(`${SMALL}&run=1`);
  await said(/^Measuring the adapter's limits…$/);
  await stop(page).focus();
  await page.keyboard.press('Enter');
  await expect(status(page)).toHaveText('Stopped; there is no result.');
  await expect(start(page)).toBeFocused();
  const message = await page.evaluate(() => window.benchmarkResult.catch((error) => error.code));
  expect(message).toBe('stopped');
  await expect(history(page)).toHaveCount(0);
  // The adapter is free again.
  await page.getByRole('link', { name: 'Train' }).click();
  await page.getByRole('button', { name: 'Start' }).click();
  await expect(page.locator('#status')).toHaveText(/^Trained 1 epoch in /, { timeout: 180_000 });
});

test('with the keyboard alone; a page that was hidden meanwhile makes the run invalid', async ({ page }) => {
  await openSmall(page);
  await page.getByRole('spinbutton', { name: 'Seconds' }).press('Enter');
  await expect(stop(page)).toBeEnabled();
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
    Object.defineProperty(document, 'visibilityState', { value: 'visible', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await expect(alert(page)).toHaveText(/^Invalid: The page was hidden or asleep while it was measured/);
  await expect(status(page)).toHaveText('Measured, but the run is invalid.', { timeout: 180_000 });
  await expect(alert(page)).toHaveText(/^Invalid: The page was hidden or asleep while it was measured/);
  const measured = await nowResult(page);
  expect(measured.score).toBeUndefined();
  expect(measured.invalid).toEqual([expect.stringContaining('the page was hidden')]);
  await expect(cells(history(page), 3)).toHaveText(['invalid']);
  // It has no place among the scores.
  await expect(page.getByRole('button', { name: 'Download PNG of the scores' })).toBeDisabled();
});

test('a wrong kernel gets no figures, and is named', async ({ page }) => {
  await prependToWorker(
    page,
    `const create = GPUDevice.prototype.createShaderModule;
     GPUDevice.prototype.createShaderModule = function (descriptor) {
       const code = descriptor.code.replace('gradients[id.x] = sum;', 'gradients[id.x] = 1.001 * sum;');
       return create.call(this, { ...descriptor, code });
     };`,
  );
  await openSmall(page);
  await start(page).click();
  await expect(alert(page)).toHaveText(
    /^Gradient_sum_adam is off by 1\.0e-3 at these sizes, 0\.000002 at most is right: /,
    {
      timeout: 180_000,
    },
  );
  await expect(page.locator('#bench-checks-note')).toHaveText(/^Wrong: gradient_sum_adam is off by 1\.0e-3, /);
  await page.getByText('Checks as a table').click();
  const checks = page.getByRole('region', { name: 'Checks table' }).locator('tbody tr');
  await expect(cells(checks, 4)).toHaveText([...Array(11).fill('right'), 'wrong']);
  await expect(page.locator('#bench-score')).toHaveText('–');
  await expect(page.locator('#bench-kernels tbody tr')).toHaveCount(0);
  await expect(history(page)).toHaveCount(0);
  expect(await page.evaluate(() => window.benchmarkResult.catch((error) => error.code))).toBe('wrong-result');
});

test('a device that is lost ends the run in words, and the results before it stay', async ({ playwright, baseURL }) => {
  // A browser of its own: after a few lost devices a browser gives no more adapters.
  const { launchOptions } = test.info().project.use;
  const browser = await playwright.chromium.launch({ ...launchOptions, args: chromeArguments('auto') });
  try {
    const page = await browser.newPage({ baseURL });
    const said = await watchTexts(page, 'bench-status');
    await openSmall(page);
    await addFile(page, 'other.json', JSON.stringify(otherMachine('Model 8', 10, 5000)));
    await expect(page.locator('#bench-score')).toHaveText('5,000 samples/s');
    await start(page).click();
    await said(/^Making data and compiling…$/);
    await (await browser.newBrowserCDPSession()).send('Browser.crashGpuProcess');
    await expect(alert(page)).toHaveText(/^The GPU device was lost/, { timeout: 180_000 });
    await expect(status(page)).toHaveText('Ended by an error; there is no result.');
    expect(await page.evaluate(() => window.benchmarkResult.catch((error) => error.code))).toBe('device-lost');
    await history(page)
      .getByRole('button', { name: /^Show the result of / })
      .click();
    await expect(page.locator('#bench-score')).toHaveText('5,000 samples/s');
    await expect(start(page)).toBeEnabled();
  } finally {
    await browser.close();
  }
});

test('other machines’ results are put side by side, whatever texts they have', async ({ page }) => {
  const hostile = otherMachine('<img src=x onerror=alert(1)>', 5, 10_000);
  await page.goto('./?view=benchmark');
  await addFile(page, 'slow.json', JSON.stringify(otherMachine('Model 8', 10, 5000)));
  await expect(history(page)).toHaveCount(1);
  await dropFile(page, 'fast.json', JSON.stringify(hostile));
  await expect(cells(history(page), 2)).toHaveText(['<img src=x onerror=alert(1)> (fast.json)', 'Model 8 (slow.json)']);

  // The shown result is compared with the newest one.
  const compared = page.getByRole('region', { name: 'Comparison table' }).locator('tbody tr');
  await expect(page.getByRole('combobox', { name: 'Now' })).toHaveText(/Model 8/);
  await expect(cells(compared, 5)).toHaveText(['slower', 'slower', 'slower', 'slower']);
  await expect(compared.nth(0)).toHaveText('Score, samples/s10,0005,000× 0.500slower');
  await expect(compared.nth(1)).toHaveText('training step5.00 ms10.0 ms× 2.00slower');
  await expect(page.locator('#bench-compare-warnings')).toContainText('The adapters differ: then <img');
  await page.getByRole('combobox', { name: 'Then' }).focus();
  await page.keyboard.press('ArrowDown');
  await expect(cells(compared, 5)).toHaveText(['not told apart', ...Array(3).fill(/^not told apart \(\d+ %\)$/)]);

  for (const [name, content, message] of [
    [
      'broken.json',
      '{"rows":',
      /^Broken\.json is not JSON \(.+\): give a file that bench --json wrote, or that was downloaded here\.$/,
    ],
    ['other.json', '{"rows":[]}', 'Other.json has no environment: give a file that bench --json wrote.'],
    ['large.json', `"${'x'.repeat(1_000_000)}"`, /^Large\.json has 1000002 bytes, which are too many: /],
  ] as const) {
    await addFile(page, name, content);
    await expect(alert(page)).toHaveText(message);
  }
  await expect(history(page)).toHaveCount(2);
  expect(await page.locator('#benchmark img').count()).toBe(0);

  await expectAccessible(page);
  await expectAccessibleOnPhone(page);
});

test('a clipboard that is closed is said', async ({ page }) => {
  await page.addInitScript(() => {
    Clipboard.prototype.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
  });
  await page.goto('./?view=benchmark');
  await addFile(page, 'other.json', JSON.stringify(otherMachine('Model 8', 10, 5000)));
  await page.getByRole('button', { name: 'Copy JSON' }).click();
  await expect(page.locator('#bench-share-note')).toHaveText(/does not let this page use the clipboard: download/);
});

test('TensorFlow.js takes turns on request, and a sweep is drawn and listed', async ({ page }) => {
  const tfjs = watchTfjs(page);
  const said = await watchTexts(page, 'bench-status');
  await openSmall(page);
  await page.getByRole('checkbox', { name: 'WASM' }).check();
  await page.getByRole('checkbox', { name: /^Input channels/ }).check();
  expect(tfjs).toEqual([]);
  await start(page).click();
  await said(/^Measuring inputDim 2…$/);
  await said(/^Taking turns, round \d+ of 3…$/);
  await expect(status(page)).toHaveText('Measured.', { timeout: 180_000 });
  expect(tfjs.length).toBeGreaterThan(0);

  const { ratios, sweeps } = await nowResult(page);
  expect(ratios.map(({ peer, rounds }) => `${peer} ${rounds}`)).toEqual(['TensorFlow.js WASM 12']);
  await expect(page.locator('#bench-peers-note')).toHaveText(
    /^A training step here is \S+ × as (fast|slow) as by TensorFlow\.js WASM 4\./,
  );
  await expect(page.locator('#bench-peers-table tbody tr')).toHaveText(/^TensorFlow\.js WASM 4\S+ \(SIMD/);
  expect(sweeps?.map(({ size, value }) => `${size} ${value}`)).toEqual(
    [1, 2, 4, 8, 16, 32, 64].map((value) => `inputDim ${value}`),
  );
  await page.getByText('Sweeps as a table').click();
  await expect(page.locator('#bench-sweep-table tbody tr')).toHaveCount(7);
  const drawn = await saved(page, 'Download times (PNG)');
  expect(drawn.length).toBeGreaterThan(5000);
});

/** A figure as the page writes it. */
function shown(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}
