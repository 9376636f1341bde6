import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright/test';
import type { ProfileResult } from '../src/bench/profile_result.ts';
import type { Trace } from '../src/formats/trace.ts';
import { expectAccessible, expectAccessibleOnPhone } from './accessible.ts';
import { expect, test } from './fixtures.ts';
import { HOSTILE, ran } from './hostile.ts';
import { expectDrawn, prependToWorker, watchTexts } from './page_tools.ts';

const SMALL = 'view=profile&samples=1000&timeSteps=16&units=8&batchSize=64';
/** Dispatches of a training step with combined kernels. */
const KERNELS = 12;

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const status = (page: Page) => page.locator('#profile-status');
const rows = (page: Page) => page.locator('#profile-table tbody tr');

async function profiled(page: Page): Promise<void> {
  await expect(status(page)).toHaveText(/^Profiled\./, { timeout: 180_000 });
}

async function saved(page: Page, name: string, nth = 0): Promise<Buffer> {
  const download = page.waitForEvent('download');
  await button(page, name).nth(nth).click();
  return readFile(await (await download).path());
}

/** The texts of a column of the kernel table, from the top. */
function column(page: Page, index: number): Promise<string[]> {
  return rows(page).evaluateAll((all, i) => all.map((row) => row.children[i].textContent ?? ''), index);
}

test('a step, asked for by the address: table, timeline, roofline, their words and files', async ({ page }) => {
  await page.goto(`./?${SMALL}&run=1`);
  await profiled(page);
  await expect(page.locator('#profile-announcement')).toHaveText(/^Profiled\. A training step, the mean of \d+: /);
  await expect(rows(page)).toHaveCount(KERNELS);
  await expect(page.locator('#profile-summary')).toContainText('A step that is not profiled takes');
  await expect(page.locator('#profile-timer')).toHaveText(
    /^Timestamps of the GPU in multiples of \d+ ns; 0 impossible times dropped/,
  );
  await expect(page.locator('#profile-gaps')).toHaveText(/^Gaps \d+(\.\d)? % of the time/);
  await expect(page.locator('#profile-roof')).toHaveText(
    /^Measured limits: \S+ GFLOP\/s .* the ridge is at .* gather_batch does no arithmetic and moves /,
  );
  for (const chart of ['#profile-timeline', '#profile-roofline']) await expectDrawn(page, chart);
  const shares = (await column(page, 5)).map((text) => Number.parseFloat(text));
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeGreaterThan(98);
  await page.getByText('Timeline as a table').click();
  await expect(page.locator('#profile-timeline-table tbody tr')).toHaveCount(KERNELS);
  await expect(page.locator('#profile-timeline-table tbody tr').first()).toHaveText(/^gather_batch0/);
  await test.step('sorted by its headings', () => sortsByHeadings(page));
  await test.step('downloaded', () => downloads(page));
  await test.step('the timeline zoomed', () => zooms(page));
  await expectAccessible(page);
  await expectAccessibleOnPhone(page);
});

async function sortsByHeadings(page: Page): Promise<void> {
  const heading = (name: string) => page.locator('#profile-table th').filter({ has: button(page, name) });
  await expect(heading('Total ms')).toHaveAttribute('aria-sort', 'descending');
  const totals = (await column(page, 2)).map(Number);
  expect(totals).toEqual(totals.toSorted((a, b) => b - a));
  await button(page, 'Kernel').focus();
  await page.keyboard.press('Enter');
  await expect(heading('Kernel')).toHaveAttribute('aria-sort', 'ascending');
  await expect(heading('Total ms')).not.toHaveAttribute('aria-sort');
  const names = await column(page, 0);
  expect(names).toEqual(names.toSorted());
  await button(page, 'Kernel').click();
  expect(await column(page, 0)).toEqual(names.toReversed());
}

async function downloads(page: Page): Promise<void> {
  const result: ProfileResult = JSON.parse(String(await saved(page, 'Download JSON')));
  expect(result).toMatchObject({ length: 'step', stopped: false, validationSteps: 0 });
  expect(result.environment).toMatchObject({ timer: 'timestamp', fused: true });
  expect(result.environment.config).toMatchObject({ batchSize: 64, timeSteps: 16, units: 8 });
  const csv = String(await saved(page, 'Download CSV'))
    .trimEnd()
    .split('\n');
  expect(csv[0]).toBe(
    'name,count,totalMs,meanMs,medianMs,lowMs,highMs,p95Ms,share,samples,repeats,flops,bytes,shareOfLimit',
  );
  expect(csv).toHaveLength(1 + KERNELS);

  const trace: Trace = JSON.parse(String(await saved(page, 'Download trace')));
  const events = trace.traceEvents.filter(({ ph }) => ph === 'X');
  expect(events.map(({ name }) => name)).toEqual(result.timeline.spans.map(({ name }) => name));
  for (const event of events) {
    expect(event).toMatchObject({ pid: 1, tid: 1, ts: expect.any(Number), dur: expect.any(Number) });
    expect(Object.keys(event.args)).toContain('GFLOP/s');
  }
  expect(trace.traceEvents.filter(({ ph }) => ph === 'M')).toHaveLength(2);
  for (const nth of [0, 1]) {
    const picture = await saved(page, 'Download PNG', nth);
    expect(picture.subarray(1, 4).toString()).toBe('PNG');
  }
}

async function zooms(page: Page): Promise<void> {
  const image = () => page.locator('#profile-timeline').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  const pictures = [await image()];
  for (const name of ['Zoom in', 'Earlier', 'Later', 'Zoom out']) {
    await button(page, name).click();
    await expect.poll(image, name).not.toBe(pictures.at(-1));
    pictures.push(await image());
  }
  await button(page, 'Zoom in').click();
  await button(page, 'Whole step').click();
  await expect.poll(image).toBe(pictures[0]);
}

test('an epoch of single kernels runs to its end, or to where it is stopped', async ({ page }) => {
  const said = await watchTexts(page, 'profile-status');
  await page.goto(`./?${SMALL}`);
  await page.getByLabel('Single kernels instead of combined ones').check();
  await button(page, 'Profile an epoch').click();
  // Each of the starts takes its share of the 17 steps.
  await said(/^Profiling an epoch: \d+ of [23]/);
  await profiled(page);
  await expect(page.locator('#profile-summary')).toHaveText(
    /^An epoch of 15 training and 2 validation steps: .* single kernels/,
  );
  const counts = new Map((await column(page, 0)).map((name, i) => [name, i]));
  const count = (await column(page, 1))[counts.get('softmax_forward') ?? -1];
  expect(count).toBe('17');

  await page.goto(`./?${SMALL.replace('samples=1000', 'samples=100000')}`);
  await button(page, 'Profile an epoch').click();
  await said(/: [1-9]\d* of 2\d\d, /);
  await expect(button(page, 'Stop').first()).toBeFocused();
  await page.keyboard.press('Enter');
  await profiled(page);
  await expect(page.locator('#profile-summary')).toHaveText(
    /^An epoch, stopped after \d+ training and 0 validation steps/,
  );
  await expect(button(page, 'Profile a step')).toBeFocused();
});

test('two profiles side by side: one of before, and one from a file', async ({ page }) => {
  await page.goto(`./?${SMALL}&run=1`);
  await profiled(page);
  const file = await saved(page, 'Download JSON');
  await page.reload();
  await profiled(page);
  const baseline = page.getByLabel('Earlier profile');
  await expect(baseline.locator('option')).toHaveCount(3);
  await baseline.selectOption({ index: 2 });
  const compared = page.locator('#profile-comparison-table tbody tr');
  await expect(compared).toHaveCount(KERNELS);
  await expect(page.locator('#profile-comparison-summary')).toHaveText(/of 12 kernels slower, \d+ faster; in brackets/);
  await expect(compared.first()).toHaveText(/^gather_batch.*(not told apart|slower|faster)/);

  const slower: ProfileResult = JSON.parse(String(file));
  for (const row of slower.rows) {
    for (const time of ['medianMs', 'lowMs', 'highMs'] as const) row[time] *= 1000;
    row.starts = row.starts?.map((ms) => 1000 * ms);
  }
  slower.environment.config.units = 9;
  const input = page.getByLabel('or a JSON file, also dropped here');
  const upload = (name: string, content: string) =>
    input.setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(content) });
  await upload('slower.json', JSON.stringify(slower));
  await expect(page.locator('#profile-comparison-summary')).toHaveText(/^0 of 12 kernels slower, 12 faster/);
  await expect(page.locator('#profile-comparison-warnings')).toHaveText('Units differs: then 9, now 8.');
  await expect(compared.first()).toHaveText(/faster × 0\.0\d+$/);
  await expect(baseline).toHaveValue('');

  const alert = page.locator('#profile-comparison-failure');
  await upload('broken.json', '{"rows": [');
  await expect(alert).toHaveText(/^Broken\.json is not JSON .*: give a profile’s JSON file\.$/);
  await expect(compared).toHaveCount(0);
  await upload('other.json', JSON.stringify({ ...slower, limits: { multiplyAddGflops: 0, copyGBs: 1 } }));
  await expect(alert).toHaveText(/^Other\.json has limits\.multiplyAddGflops 0, not a positive number/);
  await upload('slower.json', String(file));
  await expect(alert).toBeHidden();
  await expect(compared).toHaveCount(KERNELS);

  const hostile: ProfileResult = JSON.parse(String(file));
  hostile.rows[0].name = HOSTILE;
  hostile.environment.adapter.description = HOSTILE;
  await upload('hostile.json', JSON.stringify(hostile));
  await expect(compared.filter({ hasText: HOSTILE })).toHaveCount(1);
  await expect(page.locator('#profile-comparison-warnings')).toContainText(`then ${HOSTILE}`);
  await upload(`${HOSTILE}.json`, '{');
  await expect(alert).toContainText(`${HOSTILE}.json is not JSON`);
  expect(await ran(page)).toBeUndefined();
  expect(await page.locator('#profile img').count()).toBe(0);
});

test('without timestamps it times by the wall clock and says so', async ({ page }) => {
  await prependToWorker(
    page,
    `const has = GPUSupportedFeatures.prototype.has;
     GPUSupportedFeatures.prototype.has = function (name) { return name !== 'timestamp-query' && has.call(this, name); };`,
  );
  await page.goto(`./?${SMALL}&run=1`);
  await profiled(page);
  await expect(rows(page)).toHaveCount(KERNELS);
  await expect(page.locator('#profile-timer')).toHaveText(
    /^Wall clock: this adapter gives no timestamps.* repeated to be timed, up to [\d,]+ times\.$/,
  );
  await expect(page.locator('#profile-gaps')).toContainText('gaps cannot be seen');
});

test('timestamps that cannot be are dropped and counted, coarse ones show no gaps', async ({ page }) => {
  // A browser that rounds to 100 µs, and a driver whose every hundredth timestamp is zero.
  await prependToWorker(
    page,
    `const range = GPUBuffer.prototype.getMappedRange;
     let read = 0;
     GPUBuffer.prototype.getMappedRange = function (...args) {
       const mapped = range.apply(this, args);
       if (this.label !== 'staging' || mapped.byteLength % 16 !== 0 || mapped.byteLength > 400) return mapped;
       const stamps = new BigUint64Array(mapped.slice(0));
       for (let i = 0; i < stamps.length; i++) stamps[i] = ++read % 101 === 0 ? 0n : (stamps[i] / 100000n) * 100000n;
       return stamps.buffer;
     };`,
  );
  await page.goto(`./?${SMALL}&run=1`);
  await profiled(page);
  await expect(page.locator('#profile-timer')).toHaveText(
    /multiples of 100,000 ns; [1-9]\d* impossible times? dropped/,
  );
  await expect(page.locator('#profile-gaps')).toContainText('gaps cannot be seen');
});

test('another view’s run is waited for, and settings that do not fit are named', async ({ page }) => {
  await page.goto(`./?${SMALL.replace('view=profile&', '')}&epochs=5000&run=1`);
  await expect(page.locator('#log p').first()).toBeVisible({ timeout: 180_000 });
  await page.getByRole('link', { name: 'Profile' }).click();
  await expect(status(page)).toHaveText(/^The adapter is taken by a training run/);
  await expect(button(page, 'Profile a step')).toBeDisabled();
  await expect(button(page, 'Run')).toBeDisabled();
  await button(page, 'Change in Train').click();
  await page.locator('#stop').click();
  await expect(page.locator('#status')).toHaveText(/^Stopped after/, { timeout: 180_000 });
  await page.getByRole('spinbutton', { name: 'Batch size' }).fill('0');
  await page.getByRole('link', { name: 'Profile' }).click();
  await expect(status(page)).toHaveText('A setting in Train does not fit: change it there first.');
  await expect(button(page, 'Profile a step')).toBeDisabled();
});
