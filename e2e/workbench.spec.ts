import type { Page } from 'playwright/test';
import { softmaxForward } from '../shaders/softmax.ts';
import { trialsOf } from '../src/verify/kernel_cases.ts';
import { expectAccessible } from './accessible.ts';
import { expect, test } from './fixtures.ts';
import { prependToWorker } from './page_tools.ts';

const SMALL = 'view=profile&samples=1000&timeSteps=16&units=8&batchSize=64';
const ODD = { rows: 7, samples: 12 };
const GENERATED = softmaxForward.code(ODD, 'lane').trim();
const CASES = softmaxForward.cases.length;
/** The other tile has other code: an edit is not checked there. */
const UNCHECKED = trialsOf(softmaxForward).length - CASES;
const ALL_PASSED = `${CASES} of ${CASES + UNCHECKED} cases passed, ${UNCHECKED} not checked.`;

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const editor = (page: Page) => page.getByRole('textbox', { name: 'WGSL code' });
const status = (page: Page) => page.locator('#workbench-status');
const cases = (page: Page, outcome: string) => page.locator(`#workbench-cases tr[data-outcome="${outcome}"]`);
const timing = (page: Page) => page.locator('#workbench-timing');

/** Opens the softmax at a small shape. */
async function open(page: Page): Promise<void> {
  await page.goto(`./?${SMALL}`);
  await page.locator('#workbench-kernel').selectOption('softmax_forward');
  await page.locator('#workbench-shape').selectOption('odd, lane: rows 7, samples 12');
  await expect(button(page, 'Run')).toBeEnabled();
}

/** Replaces `from` in the generated code, and runs it. */
async function run(page: Page, from: string, to: string): Promise<void> {
  expect(GENERATED).toContain(from);
  await editor(page).focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(GENERATED.replace(from, to));
  await button(page, 'Run').click();
}

test('an edit is compiled, checked in all cases, and timed only if it is right', async ({ page }) => {
  await open(page);
  await run(page, 'let scale = 1.0 /', 'let scale = (2.0 - 1.0) /');
  await expect(status(page)).toHaveText(ALL_PASSED, { timeout: 180_000 });
  await expect(cases(page, 'passed')).toHaveCount(CASES);
  await expect(timing(page)).toHaveText(
    /^Edited \S+ ms, original \S+ ms; edited \/ original \d\.\d{3} \(95 %: .* to .*\), \d+ pairs in 6 starts by timestamps: /,
  );
  await expectAccessible(page);

  await run(page, '* scale;', '* scale * 1.01;');
  await expect(status(page)).toHaveText(
    `${CASES} of ${CASES} checked cases failed, ${UNCHECKED} not checked: a wrong kernel gets no time.`,
    {
      timeout: 180_000,
    },
  );
  await expect(cases(page, 'failed').first()).toHaveText(/^odd, lanefailed1\.0e-22e-5$/);
  await expect(timing(page)).toBeEmpty();

  // The other shapes have another number here, so the edit is for this shape alone.
  await run(page, 'const QUADS = 3u;', 'const QUADS = 2u + 1u;');
  await expect(status(page)).toHaveText(
    `1 of ${CASES + UNCHECKED} cases passed, ${CASES + UNCHECKED - 1} not checked.`,
    { timeout: 180_000 },
  );
  await expect(cases(page, 'unchecked').first()).toContainText(
    'not checked: the edit does not carry over to this shape',
  );
});

test('a compile error stands at its line, in the list and in the editor', async ({ page }) => {
  await open(page);
  await run(page, 'let scale = 1.0 /', 'let scale == 1.0 /');
  await expect(status(page)).toHaveText('It does not compile: one error.');
  const line = GENERATED.slice(0, GENERATED.indexOf('let scale')).split('\n').length;
  const message = page.locator('#workbench-messages li');
  await expect(message).toHaveText(new RegExp(`^${line}:\\d+ error: .*let scale == 1\\.0 / exponential_sum`));
  await expect(page.locator('#workbench-editor .cm-lint-marker-error')).toHaveCount(1);
  await expect(cases(page, 'passed')).toHaveCount(0);
  await message.getByRole('button', { name: `Line ${line}, column` }).click();
  await expect(editor(page)).toBeFocused();
  await expect(page.locator('#workbench-editor .cm-activeLine')).toContainText('let scale ==');
  await expectAccessible(page);

  // Code that compiles but makes no pipeline gives no line.
  await run(page, '@workgroup_size(64)', '@workgroup_size(4096)');
  await expect(message).toHaveText(/^error: softmax_forward \(edited\)/);
});

test('a loop that would not end is ended, and the kernel is wrong', async ({ page }) => {
  await open(page);
  await run(page, 'for (var i = 0u; i < 7u; i++)', 'for (var i = 0u; i < 7u; i += 0u)');
  await expect(status(page)).toHaveText(/checked cases failed, \d+ not checked: a wrong kernel gets no time\.$/, {
    timeout: 180_000,
  });
});

test('a run that falls silent is given up, and the next one runs', async ({ page }) => {
  await prependToWorker(page, 'GPUBuffer.prototype.mapAsync = () => new Promise(() => {});');
  await page.clock.install();
  await open(page);
  await button(page, 'Run').click();
  await expect(status(page)).toHaveText(/^Checking odd/);
  await page.clock.fastForward(29_000);
  await expect(status(page)).toHaveText(/^Checking odd/);
  await page.clock.fastForward(2_000);
  await expect(page.locator('#workbench-failure')).toHaveText(/^Nothing came from the adapter for 30 s/);
  await expect(status(page)).toHaveText('Ended by an error.');
  await page.unroute('**/worker-*.js');
  await button(page, 'Run').click();
  await expect(status(page)).toHaveText(`${CASES + UNCHECKED} of ${CASES + UNCHECKED} cases passed.`, {
    timeout: 180_000,
  });
  await expect(page.locator('#workbench-failure')).toBeHidden();
});

test('an edit outlives another view and a reload; all of it with the keyboard', async ({ page }) => {
  await open(page);
  await page.locator('#workbench-shape').focus();
  await page.keyboard.press('Tab');
  await expect(editor(page)).toBeFocused();
  await page.keyboard.press('Control+End');
  await page.keyboard.type('// mine');
  await page.keyboard.press('Tab');
  await expect(button(page, 'Run')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('#workbench-stop')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(status(page)).toHaveText('Stopped.');
  await expect(button(page, 'Run')).toBeFocused();

  await page.getByRole('link', { name: 'Train' }).click();
  await page.getByRole('link', { name: 'Profile' }).click();
  await expect(editor(page)).toContainText('// mine');
  await page.locator('#workbench-kernel').selectOption('gather_batch');
  await expect(editor(page)).not.toContainText('// mine');
  await page.locator('#workbench-kernel').selectOption('softmax_forward');
  await page.locator('#workbench-shape').selectOption('odd, lane: rows 7, samples 12');
  await page.reload();
  await expect(editor(page)).toContainText('// mine');
  await expect(page.locator('#workbench-shape')).toHaveValue('odd, lane: rows 7, samples 12');

  await button(page, 'Reset to generated').click();
  await expect(editor(page)).not.toContainText('// mine');
  await editor(page).focus();
  await page.keyboard.press('Control+z');
  await expect(editor(page)).toContainText('// mine');
});

test('the shapes of the training that is set come first', async ({ page }) => {
  await page.goto(`./?${SMALL}`);
  await page.locator('#workbench-kernel').selectOption('lstm_forward');
  const first = page.locator('#workbench-shape option').first();
  await expect(first).toHaveText(/^training: time steps 16, input dim 1, units 8, batch 64, tile quads\//);
  await page.getByRole('link', { name: 'Train' }).click();
  await page.getByRole('spinbutton', { name: 'LSTM units' }).fill('12');
  await page.getByRole('link', { name: 'Profile' }).click();
  await expect(first).toHaveText(/units 12/);
  await expect(editor(page)).toContainText('const UNITS = 12u;');
});
