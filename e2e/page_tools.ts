import type { ElementHandle, Locator, Page } from 'playwright/test';

/** Whether anything is drawn on the chart. */
export function isDrawn(page: Page, chart: string): Promise<boolean> {
  return page.locator(chart).evaluate((canvas) => {
    const { width, height } = canvas as HTMLCanvasElement;
    const pixels = (canvas as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, width, height).data;
    return pixels?.some((value) => value > 0) ?? false;
  });
}

/** Waits for a text that may be gone before `expect` looks again, which it does once a second: this looks in every frame. */
export async function expectInPassing(place: Locator, text: RegExp): Promise<void> {
  const isThere = ([element, source]: [Element, string]) => new RegExp(source).test(element.textContent ?? '');
  const element = (await place.elementHandle()) as ElementHandle<Element>;
  await place.page().waitForFunction(isThere, [element, text.source] as [ElementHandle<Element>, string], {
    timeout: 90_000,
  });
}

/** Runs `code` in every worker before the worker's own script. */
export async function prependToWorker(page: Page, code: string): Promise<void> {
  await page.route('**/worker-*.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${code}\n${await response.text()}` });
  });
}

/** Watches the pages that are opened from now on; gives what tells their tasks of 50 ms or more, in ms, since it was asked last. */
export async function watchLongTasks(page: Page): Promise<() => Promise<number[]>> {
  await page.addInitScript(() => {
    const long: number[] = [];
    Object.assign(window, { long });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) long.push(Math.round(duration));
    }).observe({ type: 'longtask' });
  });
  return () => page.evaluate(() => (window as unknown as { long: number[] }).long.splice(0));
}
