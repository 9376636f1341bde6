import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
// Not the fixtures: the browser complains of files that are gone, and they are the subject.
import { expect, type Page, test } from 'playwright/test';
import sirv from 'sirv';
import { packagePath } from '../src/hosts/package_path.ts';
import { newFolder } from './command.ts';
import { button, hashOf, LONG, leftButton, reached, status } from './train_page.ts';

let server: Server;
let address: string;
let serve: RequestListener;

/** The same page as another build: all its files have other addresses. */
function laterBuild(): string {
  const folder = newFolder();
  cpSync(packagePath('dist/page'), folder, { recursive: true });
  renameSync(join(folder, 'assets'), join(folder, 'files'));
  const scripts = readdirSync(join(folder, 'files')).filter((name) => name.endsWith('.js'));
  for (const path of ['index.html', ...scripts.map((name) => join('files', name))]) {
    const text = readFileSync(join(folder, path), 'utf8');
    writeFileSync(join(folder, path), text.replaceAll('assets/', 'files/'));
  }
  return folder;
}

function deploy(folder: string): void {
  const files = sirv(folder, { dev: true });
  serve = (request, response) => files(request, response, () => void response.writeHead(404).end());
}

test.beforeEach(async ({ page }) => {
  await page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'serviceWorker'));
  deploy(packagePath('dist/page'));
  server = createServer((request, response) => serve(request, response)).listen(0, 'localhost');
  await once(server, 'listening');
  address = `http://localhost:${(server.address() as AddressInfo).port}/`;
});
test.afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const newBuild = (page: Page) => page.getByRole('alert').filter({ hasText: 'A new version of this page is there' });

async function openBenchmark(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Benchmark' }).click();
}

test('a build that was replaced says so; the run goes on, and the new page offers it', async ({ page }) => {
  await page.goto(`${address}?${LONG}&run=1`);
  await reached(page, 2);
  deploy(laterBuild());
  await expect(newBuild(page)).toBeHidden();
  await openBenchmark(page);
  await expect(newBuild(page)).toBeVisible();
  await page.getByRole('link', { name: 'Train' }).click();
  await expect(status(page)).toHaveText(/^Training/);
  await button(page, 'Reload').click();
  await expect(leftButton(page)).toBeVisible();
  await leftButton(page).click();
  await reached(page, 3);
  await button(page, 'Stop').click();
  await expect(status(page)).toHaveText(/^Stopped/);
  expect(await hashOf(page)).toMatch(/^[0-9a-f]{64}$/);
});

test('so does a page whose worker is gone', async ({ page }) => {
  await page.goto(`${address}?${LONG}`);
  await expect(button(page, 'Start')).toBeEnabled();
  deploy(laterBuild());
  await button(page, 'Start').click();
  await expect(newBuild(page)).toBeVisible();
});

test('without a connection nothing is said of a new version', async ({ page, context }) => {
  await page.goto(`${address}?${LONG}`);
  await expect(button(page, 'Start')).toBeEnabled();
  await context.setOffline(true);
  await openBenchmark(page);
  await expect(page.locator('#benchmark-loading')).toHaveText(/^This view could not be loaded: check the connection/);
  await expect(newBuild(page)).toBeHidden();
});
