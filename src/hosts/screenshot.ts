import { ensureBrowser } from './browser.ts';
import { launch } from './chrome.ts';
import type { HostOptions } from './host.ts';

/** The result's pixels for each pixel of the picture. */
const SCALE = 2;
const TIMEOUT_MS = 20_000;

/** Draws an SVG file as a light PNG, in the browser that also runs jobs. Throws no-browser or browser-failed. */
export async function drawPng(
  svg: string,
  size: { width: number; height: number },
  options: Pick<HostOptions, 'log' | 'signal'>,
): Promise<Uint8Array> {
  const { path } = ensureBrowser(options.log);
  const browser = await launch(path, { adapter: 'software', ...options });
  try {
    const page = await browser.newPage({
      viewport: size,
      deviceScaleFactor: SCALE,
      colorScheme: 'light',
      javaScriptEnabled: false,
      offline: true,
    });
    await page.setContent(`<!doctype html><body style="margin: 0">${svg}`, { timeout: TIMEOUT_MS });
    return await page.screenshot({ timeout: TIMEOUT_MS });
  } finally {
    await browser.close();
  }
}
