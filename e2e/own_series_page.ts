import { readFile } from 'node:fs/promises';
import type { Download, Page } from 'playwright/test';
import { expect } from './fixtures.ts';
import type { TextFile } from './own_series_files.ts';
import { button, status } from './train_page.ts';

// Helpers that specs of own series in the train view share.

/** Small enough for a software adapter, and learned within a few epochs. */
export const SMALL_OWN = 'data=series&batchSize=16&units=8&learningRate=0.02&validationSplit=0.25&epochs=40';
/** A name that would be a picture and a script if it were read as markup. */
export const HOSTILE = '<img src=x onerror=document.title="taken">';
export const CLASSES = ['autumn', HOSTILE, 'winter'];

/** Screen readers see a file input as a button. */
export const seriesFile = (page: Page) => button(page, 'Series');
export const read = (page: Page) => page.locator('#series-file-status');
export const error = (page: Page) => page.locator('#series-file-error');
export const summary = (page: Page) => page.locator('#outcome-summary');
export const choice = (page: Page, label: string) => page.getByRole('combobox', { name: label, exact: true });

export async function choose(page: Page, file: TextFile): Promise<void> {
  await seriesFile(page).setInputFiles(file);
  await expect(read(page)).toHaveText(/ series of /);
}

export async function trainOwn(page: Page): Promise<void> {
  await button(page, 'Start').click();
  await expect(status(page)).toHaveText(/^Trained /, { timeout: 180_000 });
  await expect(summary(page)).toBeVisible({ timeout: 180_000 });
}

export async function openMore(page: Page): Promise<void> {
  await page.getByText('Test series, trained model').click();
}

export async function download(page: Page, name: string): Promise<Download> {
  const waiting = page.waitForEvent('download');
  await button(page, name).click();
  return waiting;
}

export const textOf = async (saved: Download) => readFile(await saved.path(), 'utf8');
export const accuracyOf = async (page: Page) => /accuracy (\S+):/.exec((await summary(page).textContent()) ?? '')?.[1];
