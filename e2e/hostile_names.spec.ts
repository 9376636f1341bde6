import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright/test';
import type { BenchResult } from '../src/bench/result.ts';
import { result, row } from '../test/bench_results.ts';
import { expect, test } from './fixtures.ts';
import { HOSTILE, ran } from './hostile.ts';
import { longCsv, textFile } from './own_series_files.ts';
import { prependToWorker } from './page_tools.ts';
import { button, status } from './train_page.ts';

// Names from files, adapters and addresses are shown as text, whatever they contain.

/** Expects that nothing on the page was read as markup. */
async function expectOnlyText(page: Page): Promise<void> {
  expect(await ran(page)).toBeUndefined();
  expect(await page.locator('img').count()).toBe(0);
}

/** A result whose texts are all markup, and those of them that the page shows. */
function hostileResult(): { hostile: BenchResult; texts: string[] } {
  const texts: string[] = [];
  const text = (what: string) => {
    texts.push(`${what} ${HOSTILE}`);
    return `${what} ${HOSTILE}`;
  };
  const interval = { low: 0.9, high: 1.1 };
  const sizes = { batchSize: 256, timeSteps: 64, inputDim: 1, units: 32, singleAttentionVector: false };
  const hostile = result([row(text('row'), 5), row(text('another row'), 3)], {
    // Parsers of dates take text in brackets for a comment.
    date: `2026-01-02 03:04 (${HOSTILE})`,
    correctness: [{ subject: HOSTILE, name: text('check'), error: 1, tolerance: 2, passed: true }],
    score: {
      version: 1,
      value: 1,
      ...interval,
      rounds: 20,
      workloads: [{ name: text('workload'), ...sizes, samplesPerSecond: 1, ...interval }],
    },
    invalid: [text('Reason')],
    ratios: [
      {
        peer: text('peer'),
        version: text('peer’s version'),
        detail: text('detail'),
        ratio: 1,
        ...interval,
        oursMs: 1,
        theirsMs: 1,
        rounds: 12,
      },
    ],
    sweeps: [{ size: 'units', value: 8, problem: text('Problem') }],
  });
  Object.assign(hostile.environment, {
    browser: text('browser'),
    platform: text('platform'),
    version: text('version'),
    userAgent: HOSTILE,
    tiles: { forward: text('forward'), backward: text('backward') },
  });
  Object.assign(hostile.environment.adapter, {
    description: text('adapter'),
    vendor: text('vendor'),
    architecture: text('architecture'),
    features: [text('feature')],
    limits: { [text('limit')]: 1 },
  });
  return { hostile, texts };
}

test('every text of a benchmark’s file, and the file’s name, stays text', async ({ page }) => {
  const { hostile, texts } = hostileResult();
  const add = (name: string, content: BenchResult) =>
    page
      .locator('#bench-file')
      .setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(content)) });
  await page.goto('./?view=benchmark');
  await add('plain.json', result([row('row', 5)]));
  await add(`${HOSTILE}.json`, hostile);
  const history = page.getByRole('region', { name: 'History of results' }).locator('tbody tr');
  await expect(history).toHaveCount(2);
  await expect(history.first()).toContainText(`adapter ${HOSTILE} (${HOSTILE}.json)`);
  await history
    .first()
    .getByRole('button', { name: /^Show the result of / })
    .click();
  for (const text of texts) await expect(page.locator('#benchmark')).toContainText(text);
  await expect(page.locator('#bench-compare-warnings')).toContainText(HOSTILE);
  await expectOnlyText(page);

  // The next page shows the stored result too.
  await page.reload();
  await expect(history.first()).toContainText(`adapter ${HOSTILE} (${HOSTILE}.json)`);
  await add(`${HOSTILE}.json`, { ...hostile, rows: [] });
  await expect(page.locator('#benchmark').getByRole('alert').filter({ visible: true })).toContainText(
    `${HOSTILE}.json has no rows`,
  );
  await expectOnlyText(page);
});

test('every name in a file of series, and in the model of it, stays text', async ({ page }) => {
  const cell = (what: string) => `"${what} ${HOSTILE.replaceAll('"', '""')}"`;
  const csv = longCsv(40, 6)
    .replace('day;hour;heat;wind', `id;time;${cell('heat')};${cell('wind')}`)
    .replace(';valve', ';label')
    .replace(/^(day \d+)/gm, (id) => cell(id))
    .replace(/(open|shut)$/gm, (name) => cell(name));
  const choose = (label: string, name: string, buffer: Buffer) =>
    button(page, label).setInputFiles({ ...textFile(name, ''), buffer });
  await page.goto('./?data=series&batchSize=16&units=4&epochs=1&validationSplit=0.25');
  await choose('Series', `series ${HOSTILE}.csv`, Buffer.from(csv));
  await expect(page.locator('#series-file-status')).toContainText(`series ${HOSTILE}.csv: 40 series of 8 steps`);
  await expect(page.locator('#previews-legend')).toHaveText(`heat ${HOSTILE}wind ${HOSTILE}row`);
  await expect(page.locator('#balance-table')).toContainText(`open ${HOSTILE}`);
  await expect(page.getByRole('checkbox', { name: `wind ${HOSTILE}` })).toBeChecked();
  await expectOnlyText(page);

  await button(page, 'Start').click();
  await expect(status(page)).toHaveText(/^Trained /, { timeout: 180_000 });
  await expect(page.locator('#class-table')).toContainText(`shut ${HOSTILE}`);
  await expect(page.locator('#outcome option', { hasText: `heat ${HOSTILE}` }).first()).toBeAttached();
  const saving = page.waitForEvent('download');
  await button(page, 'Model: safetensors').click();
  const model = await readFile(await (await saving).path());
  await expectOnlyText(page);

  await page.reload();
  await page.getByText('Test series, trained model').click();
  await choose('Model', `model ${HOSTILE}.safetensors`, model);
  await expect(page.locator('#model-file-status')).toContainText(`model ${HOSTILE}.safetensors`);
  await choose('Model', `broken ${HOSTILE}.safetensors`, Buffer.from('none'));
  await expect(page.locator('#model-file-error')).toContainText(`${HOSTILE}.safetensors`, { ignoreCase: true });
  await expectOnlyText(page);
});

test('an adapter’s name stays text in each view', async ({ page }) => {
  await prependToWorker(
    page,
    `for (const name of ['vendor', 'architecture', 'description'])
       Object.defineProperty(GPUAdapterInfo.prototype, name, { get: () => name + ' ' + ${JSON.stringify(HOSTILE)} });`,
  );
  await page.goto('./?view=benchmark');
  await expect(page.locator('#adapter-name')).toHaveText(`description ${HOSTILE}`);
  for (const name of ['vendor', 'architecture', 'description'])
    await expect(page.locator('#bench-machine')).toContainText(`${name} ${HOSTILE}`);
  await expectOnlyText(page);
});

test('texts of the address stay text', async ({ page }) => {
  const hostile = encodeURIComponent(HOSTILE);
  await page.goto(`./?epochs=${hostile}&${hostile}=1&view=${hostile}&run=${hostile}`);
  const notice = page.locator('#url-notice');
  for (const text of [`epochs is ${HOSTILE}`, `${HOSTILE} is not a setting`, `view is ${HOSTILE}`, `run is ${HOSTILE}`])
    await expect(notice).toContainText(text);
  await expectOnlyText(page);
});
