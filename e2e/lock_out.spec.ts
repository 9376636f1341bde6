import { readFileSync } from 'node:fs';
import { readModel } from '../src/formats/model_file.ts';
import { crashGpu } from './crashes.ts';
import { expect, test } from './fixtures.ts';
import { button, epochLine, LONG, status } from './train_page.ts';

// With the browser's default switches: after a few crashes of its GPU process Chrome refuses WebGPU to the page for
// minutes.

test('a run that the browser locks out waits, and stopped it offers its checkpoint', async ({ page, browser }) => {
  await page.goto(`./?${LONG}`);
  await button(page, 'Start').click();
  await expect(epochLine(page, '10/5000')).toBeAttached({ timeout: 180_000 });
  const waits = /^The GPU was lost: waiting for it, the next try is in (\d+) s\.$/;
  for (let crash = 0; crash < 8; crash++) {
    await crashGpu(browser);
    const isWaiting = await expect(status(page))
      .toHaveText(/next try is in (2|4|8) s\.$/, { timeout: 8000 })
      .then(() => true)
      .catch(() => false);
    if (isWaiting) break;
  }
  await expect(status(page)).toHaveText(waits, { timeout: 15_000 });
  await expect(page.getByRole('alert')).toBeHidden();
  await button(page, 'Stop').click();
  await expect(page.getByRole('alert')).toHaveText(
    /^Stopped while it waited to go on\. What was trained until (step \d+ of )?epoch \d+ is kept: resume from there\.$/,
  );
  await expect(button(page, /^Resume from (step \d+ of )?epoch \d+$/)).toBeVisible();
  const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Download checkpoint').click()]);
  expect(download.suggestedFilename()).toBe('checkpoint.safetensors');
  const model = readModel('checkpoint.safetensors', readFileSync(await download.path()));
  expect(model.checkpoint?.epoch).toBeGreaterThan(2);
  expect(model.checkpoint?.history).toHaveLength(model.checkpoint?.epoch ?? -1);
});
