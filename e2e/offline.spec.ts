import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright/test';
import sirv from 'sirv';
import { packagePath } from '../src/hosts/package_path.ts';
import { expect, test } from './fixtures.ts';
import { numbersCsv, textFile } from './own_series_files.ts';

test.use({ isKeptForOffline: true });

const SMALL = 'samples=1000&timeSteps=16&units=8&batchSize=64&epochs=1&learningRate=0.01';

/** Waits until the service worker has cached everything. */
async function kept(page: Page): Promise<void> {
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
}

/** The built page below a folder; nothing elsewhere. */
function serveBelow(folder: string): RequestListener {
  const serve = sirv(packagePath('dist/page'));
  return (request, response) => {
    const nothing = () => {
      response.writeHead(404).end();
    };
    if (!request.url?.startsWith(`${folder}/`)) return nothing();
    request.url = request.url.slice(folder.length);
    serve(request, response, nothing);
  };
}

test('after the first load the page trains and opens its views without a network', async ({ page, context }) => {
  await page.goto('./');
  await kept(page);
  await context.setOffline(true);
  await page.goto(`./?${SMALL}&run=1`);
  await expect(page.locator('#status')).toHaveText(/^Trained 1 epoch in /, { timeout: 180_000 });
  await page.getByRole('radio', { name: 'Your series' }).check();
  await page.locator('#series-file').setInputFiles(textFile('loads.csv', numbersCsv(40, 1)));
  await expect(page.locator('#series-file-status')).toHaveText(/^loads\.csv: 40 series/);
  for (const view of ['Benchmark', 'Profile']) {
    await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: view }).click();
    await expect(page.locator(`#${view.toLowerCase()}-loading`)).toBeHidden();
  }
});

test('a new build takes the place of the kept one', async ({ page }) => {
  await page.goto('./');
  await kept(page);
  await page.evaluate(() =>
    caches.open('attention-lstm of an older build').then((cache) => cache.put('./old', new Response('old'))),
  );
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    await registration.unregister();
  });
  await page.reload();
  await kept(page);
  await expect
    .poll(() => page.evaluate(() => caches.keys()))
    .toEqual([expect.stringMatching(/^attention-lstm [0-9a-f]{16}$/)]);
});

test.describe('below a folder of a host', () => {
  test.use({
    baseURL: async ({ browserName: _ }, use) => {
      const server = createServer(serveBelow('/some/folder')).listen(0, 'localhost');
      await once(server, 'listening');
      await use(`http://localhost:${(server.address() as AddressInfo).port}/some/folder/`);
      server.close();
    },
  });

  test('the page trains, and is kept for offline', async ({ page, context }) => {
    await page.goto('./');
    await kept(page);
    expect(await page.evaluate(async () => (await navigator.serviceWorker.ready).scope)).toMatch(/\/some\/folder\/$/);
    await context.setOffline(true);
    await page.goto(`./?${SMALL}&run=1`);
    await expect(page.locator('#status')).toHaveText(/^Trained 1 epoch in /, { timeout: 180_000 });
  });
});
