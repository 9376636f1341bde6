import type { Page } from 'playwright/test';
import { expect } from './fixtures.ts';

/** Waits until the chart has a drawing: one chart is drawn each frame. */
export async function expectDrawn(page: Page, chart: string): Promise<void> {
  const isDrawn = (canvas: HTMLCanvasElement) => {
    const { width, height } = canvas;
    const pixels = canvas.getContext('2d')?.getImageData(0, 0, width, height).data;
    return pixels?.some((value) => value > 0) ?? false;
  };
  await expect.poll(() => page.locator(chart).evaluate(isDrawn), `${chart} is drawn`).toBe(true);
}

/** Delays each reading from the adapter, so that a small run lasts as long as a test needs, with the same bits. */
export async function delayReading(page: Page, ms: number): Promise<void> {
  await prependToWorker(
    page,
    `const { mapAsync } = GPUBuffer.prototype;
     GPUBuffer.prototype.mapAsync = async function (...args) {
       await new Promise((resolve) => setTimeout(resolve, ${ms}));
       return mapAsync.apply(this, args);
     };`,
  );
}

/** Makes the browser's storage full for runs, or for files of series. */
export async function fillStorage(page: Page, what: 'run' | 'series'): Promise<void> {
  await page.addInitScript((prefix) => {
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (this: IDBObjectStore, value: unknown, key?: IDBValidKey) {
      if (String(key).startsWith(prefix)) throw new DOMException('full', 'QuotaExceededError');
      return put.call(this, value, key);
    };
  }, `attention-lstm ${what} `);
}

/** Waits until requested drawings are done: they wait for at most 100 ms, then for a frame of their own. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await new Promise((resolve) => setTimeout(resolve, 150));
    for (let i = 0; i < 16; i++) await new Promise(requestAnimationFrame);
  });
}

type Watched = Window & { texts: Record<string, string[]> };

/**
 * Records every text of the element with this id in pages that are opened from now on. Returns a function that waits
 * for one of them. A text may be gone long before `expect` looks for it, which it does once a second.
 */
export async function watchTexts(page: Page, id: string): Promise<(text: RegExp) => Promise<void>> {
  await page.addInitScript((id) => {
    const texts: string[] = [];
    (window as unknown as Watched).texts = { ...(window as unknown as Watched).texts, [id]: texts };
    new MutationObserver(() => {
      const text = document.getElementById(id)?.textContent ?? '';
      if (text !== texts.at(-1)) texts.push(text);
    }).observe(document, { subtree: true, childList: true, characterData: true });
  }, id);
  const isThere = ([id, source]: string[]) =>
    (window as unknown as Watched).texts[id].some((text) => new RegExp(source).test(text));
  return async (text) => {
    await page.waitForFunction(isThere, [id, text.source], { timeout: 180_000 });
  };
}

/** Runs `code` in every worker before the worker's own script. */
export async function prependToWorker(page: Page, code: string): Promise<void> {
  await page.route('**/worker-*.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${code}\n${await response.text()}` });
  });
}

/** A task of a page's main thread. */
export interface Task {
  /** Milliseconds from its begin to its end. */
  ms: number;
  /** Milliseconds of processor time, which do not depend on the machine's other work. */
  processorMs: number;
}

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** Microseconds by the clock, and of the processor. */
  dur?: number;
  tdur?: number;
}

/** Runs `work`. Returns the tasks of the page's main thread meanwhile, from the browser's own trace. */
export async function traceTasks(page: Page, work: () => Promise<void>): Promise<Task[]> {
  const browser = page.context().browser();
  if (!browser) throw new Error('the page has no browser');
  await browser.startTracing(page, { categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline'] });
  await work();
  await page.evaluate(() => new Promise(requestAnimationFrame));
  const trace: { traceEvents: TraceEvent[] } = JSON.parse((await browser.stopTracing()).toString());
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  // The page asks for frames; nothing else in the browser does.
  const main = trace.traceEvents.filter(({ name }) => name === 'FireAnimationFrame').map(threadOf)[0];
  return trace.traceEvents
    .filter((event) => event.name === 'RunTask' && threadOf(event) === main)
    .map(({ dur = 0, tdur = 0 }) => ({ ms: dur / 1000, processorMs: tdur / 1000 }));
}
