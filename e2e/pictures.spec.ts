import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'playwright/test';
import { attentionPicture } from '../src/cli/attention_picture.ts';
import { confusionPicture } from '../src/cli/confusion_picture.ts';
import { renderPicture } from '../src/cli/picture.ts';
import { attentionGroups } from '../src/train/mean_attention.ts';
import { HOSTILE, made } from '../test/made_prediction.ts';
import { newFolder } from './command.ts';

const { set, prediction } = made({ kind: 'class', name: 'c', classes: HOSTILE });
const PICTURES = {
  attention: attentionPicture(set, prediction, attentionGroups(set, prediction)),
  classes: confusionPicture(set, prediction),
};

for (const [name, picture] of Object.entries(PICTURES)) {
  test(`the picture of the ${name} opens as a file, light and dark, whatever the names are`, async ({ page }) => {
    const path = join(newFolder(), 'picture.svg');
    writeFileSync(path, renderPicture(picture));
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    const url = pathToFileURL(path).href;
    await page.goto(url);
    expect(await page.evaluate(() => document.documentElement.nodeName)).toBe('svg');
    await expect(page.locator('parsererror')).toHaveCount(0);
    await expect(page.getByRole('img', { name: picture.title })).toBeVisible();
    await expect(page.locator('script, image, foreignObject')).toHaveCount(0);
    expect(requests).toEqual([url]);

    const colors = () =>
      page.locator('.page, .title').evaluateAll((all) => all.map((one) => getComputedStyle(one).fill));
    const light = await colors();
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await colors()).toEqual(['rgb(20, 23, 27)', 'rgb(230, 232, 235)']);
    expect(light).toEqual(['rgb(252, 252, 250)', 'rgb(29, 34, 41)']);
  });

  test(`texts of the picture of the ${name} stay inside and apart`, async ({ page }) => {
    const path = join(newFolder(), 'picture.svg');
    writeFileSync(path, renderPicture(picture));
    await page.goto(pathToFileURL(path).href);
    const boxes = await page.locator('text').evaluateAll((all) =>
      all.map((one) => {
        const { left, right, top, bottom } = one.getBoundingClientRect();
        return { text: one.textContent, left, right, top, bottom, isTurned: one.hasAttribute('transform') };
      }),
    );
    const { width, height } = picture;
    const isInside = (box: Box) => box.left >= 0 && box.right <= width && box.top >= 0 && box.bottom <= height;
    expect(boxes.filter((box) => !isInside(box))).toEqual([]);
    // The box of a turned text covers its neighbours, which the text does not.
    const straight = boxes.filter(({ isTurned }) => !isTurned);
    const pairs = straight.flatMap((one, i) => straight.slice(i + 1).map((other) => [one, other]));
    expect(pairs.length).toBeGreaterThan(10);
    expect(pairs.filter(([one, other]) => overlap(one, other))).toEqual([]);
  });
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

function overlap(one: Box, other: Box): boolean {
  return one.right > other.left && other.right > one.left && one.bottom > other.top && other.bottom > one.top;
}
