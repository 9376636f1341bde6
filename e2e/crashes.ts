import type { Browser } from 'playwright/test';

/** Without these switches Chrome refuses a page WebGPU after the second crash of its GPU process. */
export const NO_CRASH_LIMIT = ['--disable-domain-blocking-for-3d-apis', '--disable-gpu-process-crash-limit'];

/** Ends the browser's GPU process, as a crash of the driver would. */
export async function crashGpu(browser: Browser): Promise<void> {
  const session = await browser.newBrowserCDPSession();
  // The crash also ends the answer.
  session.send('Browser.crashGpuProcess').catch(() => {});
}
