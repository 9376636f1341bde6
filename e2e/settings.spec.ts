import { addressParameters, PAGE_DEFAULTS } from '../src/page/address.ts';
import { asSentence } from '../src/page/text.ts';
import { formatSetting } from '../src/settings/kinds.ts';
import { formLabel, namesFor, SETTING_NAMES, type SettingName, type Source, settingOf } from '../src/settings/table.ts';
import { expect, test } from './fixtures.ts';
import { button, SMALL, status } from './train_page.ts';

/** What a field refuses, and says of it after its label; a check box and a list of choices take no wrong value. */
function wrongOf(name: SettingName): { text: string; sentence: string } | undefined {
  const row = settingOf(name);
  if (row.kind === 'classWeights')
    return { text: '1,heavy', sentence: 'is 1,heavy: give balanced, or a number for each class as 1,2.5' };
  if (row.kind !== 'number') return undefined;
  const { min, max, integer } = row.bound;
  const range = `give a ${integer ? 'whole number' : 'number'} from ${min} to ${max} (${row.bound.reason})`;
  return { text: '-1', sentence: `is -1: ${range}` };
}

for (const data of ['planted', 'series'] satisfies Source[]) {
  test(`the form has a field for each setting of the data, with its label and error: ${data}`, async ({ page }) => {
    await page.goto(`./?${addressParameters('train', { data, values: PAGE_DEFAULTS })}`);
    await page.getByText('More settings').click();
    const names: SettingName[] = namesFor(data);
    for (const name of SETTING_NAMES) {
      const field = page.locator('#settings').getByLabel(settingOf(name).label, { exact: true });
      await expect(field, name).toBeVisible({ visible: names.includes(name) });
      const wrong = wrongOf(name);
      if (!wrong || !names.includes(name)) continue;
      const before = await field.inputValue();
      await field.fill(wrong.text);
      const sentence = asSentence(`${formLabel(name)} ${wrong.sentence}`).replace(/\.$/, '');
      await expect(page.locator(`#${name}-error`)).toContainText(sentence);
      await expect(field).toHaveAttribute('aria-invalid', 'true');
      await field.fill(before);
      await expect(page.locator(`#${name}-error`)).toBeEmpty();
    }
  });
}

test('the experiment is trained with every setting of the form', async ({ page }) => {
  await page.goto(`./?${SMALL}&epochs=3`);
  await page.getByText('More settings').click();
  const form = page.locator('#settings');
  await form.getByLabel('Class weights').fill('1,2,3');
  await expect(page.locator('#classWeights-error')).toHaveText(
    'Class weights is 1,2,3, but there are 2 classes: give a number for each.',
  );
  await form.getByLabel('Class weights').fill('balanced');
  await expect(page.locator('#classWeights-error')).toHaveText(
    'Class weights is balanced, which is for own series: give a number for each class.',
  );
  await form.getByLabel('Class weights').fill('1,2.5');
  await form.getByLabel('Patience').fill('2');
  await form.getByLabel('Schedule').selectOption('plateau');
  await form.getByLabel('Every so many epochs').fill('1');
  await form.getByLabel('Factor').fill('2');
  await expect(page.locator('#scheduleFactor-error')).toHaveText(/^Factor is 2: give a number from 0 to 1 /);
  await form.getByLabel('Factor').fill('0.5');
  await form.getByLabel('L2 penalty').fill('0.01');
  await form.getByLabel('Largest gradient norm').fill('0.5');
  await form.getByLabel('Shuffle').uncheck();
  const given = {
    classWeights: [1, 2.5],
    patience: 2,
    schedule: { kind: 'plateau', patience: 1, factor: 0.5 },
    l2: 0.01,
    clipNorm: 0.5,
    shuffle: false,
  };
  const parameters = () => Object.fromEntries(new URL(page.url()).searchParams);
  const written = Object.entries(given).map(([name, value]) => [name, formatSetting(name as SettingName, value)]);
  await expect.poll(parameters).toMatchObject(Object.fromEntries(written));
  await button(page, 'Start').click();
  await expect(status(page)).toHaveText(/^Trained /, { timeout: 180_000 });
  expect(await page.evaluate(async () => (await window.trainResult).config)).toMatchObject(given);
});
