import type { Page } from 'playwright/test';
import { expect } from './fixtures.ts';

// Helpers that specs of the train view share.

/** Small enough for a software adapter. */
export const SMALL = 'samples=1000&timeSteps=16&units=8&batchSize=64&learningRate=0.01';
/** The same with so many epochs that it is always stopped before its end. */
export const LONG = `${SMALL}&epochs=5000`;

export const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });
/** A number of the settings, by its label. */
export const field = (page: Page, label: string) => page.getByRole('spinbutton', { name: label, exact: true });
export const tab = (page: Page, name: string) => page.getByRole('tab', { name });
export const status = (page: Page) => page.locator('#status');
/** The button that offers the run of a closed page. */
export const leftButton = (page: Page) =>
  button(page, /^Resume the run (on \S+ )?of .*, from (step \d+ of )?epoch \d+$/);
/** The log's line of an epoch, given as `2/12`. */
export const epochLine = (page: Page, epoch: string) => page.locator('#log p').filter({ hasText: `Epoch ${epoch}` });

/** The SHA-256 of the current run's parameters at its end. */
export const hashOf = (page: Page) => page.evaluate(async () => (await window.trainResult).parametersSha256);
/** The epochs of the log, in its order. */
export const epochsOf = (page: Page) =>
  page.locator('#log p').evaluateAll((lines) => lines.map((line) => Number(/\d+/.exec(line.textContent ?? '')?.[0])));

/** Waits until the log has this many epochs. */
export async function reached(page: Page, epochs: number): Promise<void> {
  await expect(epochLine(page, `${epochs}/`).first()).toBeAttached({ timeout: 180_000 });
}

/**
 * Presses Stop in the frame in which a run has passed this many epochs, because a small run may be over before a test
 * has seen them.
 */
export async function stopAfter(page: Page, epochs: number): Promise<void> {
  const stop = (epochs: number) => {
    // A previous run would say that its last epoch is done.
    const [epoch, last] = document.querySelector('#stat-epoch')?.textContent?.match(/\d+/g)?.map(Number) ?? [];
    const isBeyond = epoch > epochs && epoch < last;
    if (isBeyond) document.querySelector<HTMLButtonElement>('#stop')?.click();
    return isBeyond;
  };
  await page.waitForFunction(stop, epochs, { timeout: 180_000 });
  await expect(status(page)).toHaveText(/^Stopped after /, { timeout: 180_000 });
}

/** Trains to the end. */
export async function train(page: Page, address: string, epochs: number): Promise<void> {
  await page.goto(`./?${address}&epochs=${epochs}&run=1`);
  await expect(status(page)).toHaveText(/^Trained /, { timeout: 180_000 });
}

/** The number of runs, or of files of series, in the browser's storage. */
export function countKept(page: Page, what: 'run' | 'series'): Promise<number> {
  return page.evaluate(
    (prefix) =>
      new Promise<number>((resolve, reject) => {
        const open = indexedDB.open('keyval-store');
        open.onerror = () => reject(open.error);
        open.onsuccess = () => {
          const database = open.result;
          const request = database.transaction('keyval').objectStore('keyval').getAllKeys();
          request.onsuccess = () => {
            database.close();
            resolve(request.result.filter((key) => String(key).startsWith(prefix)).length);
          };
        };
      }),
    `attention-lstm ${what} `,
  );
}
