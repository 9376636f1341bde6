import { existsSync } from 'node:fs';
import type { Browser, Page } from 'playwright';
import { Failure } from '../errors.ts';
import { failedWith } from '../jobs/failed.ts';
import type { Job, JobEvent } from '../jobs/protocol.ts';
import { ensureBrowser, loadPlaywright } from './browser.ts';
import { launchedInOwnFolder } from './browser_folder.ts';
import { type AdapterChoice, EventQueue, type HostOptions, powerPreferenceOf } from './host.ts';
import { type JobServer, serveJob } from './job_server.ts';

const LAUNCH_TIMEOUT_MS = 8000;
const PAGE_TIMEOUT_MS = 5000;

/** Chrome's switches: WebGPU, the chosen adapter, and no network traffic of its own. */
export function chromeArguments(adapter: AdapterChoice): string[] {
  const isRoot = process.getuid?.() === 0;
  // On Linux Chrome uses a real GPU only through Vulkan, and this switch can hang on a machine without a GPU.
  const hasGpu = ['/dev/nvidiactl', '/dev/dri/renderD128', '/dev/dxg'].some((path) => existsSync(path));
  const useVulkan = process.platform === 'linux' && adapter !== 'software' && hasGpu;
  return [
    '--enable-unsafe-webgpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    // A worker that computes in a page in the background must not be slowed down.
    '--disable-background-timer-throttling',
    '--disable-renderer-backgrounding',
    ...(isRoot ? ['--no-sandbox'] : []),
    ...(adapter === 'software' ? ['--use-webgpu-adapter=swiftshader', '--use-vulkan=swiftshader'] : []),
    ...(useVulkan ? ['--enable-features=Vulkan', '--use-angle=vulkan'] : []),
  ];
}

/** Runs a job in a headless Chrome, on the page that is built for it. */
export async function* runInChrome(job: Job, options: HostOptions): AsyncGenerator<JobEvent, void> {
  let browser: Browser | undefined;
  let server: JobServer | undefined;
  try {
    const { path } = ensureBrowser(options.log);
    browser = await launch(path, options);
    server = await serveJob(job);
    const page = await browser.newPage();
    const queue = new EventQueue();
    const died = (what: string) => {
      queue.push(failedWith(new Failure('browser-failed', `${what} in the middle of the job: run it again`)));
    };
    page.on('crash', () => died('the browser page crashed'));
    page.on('pageerror', ({ message }) => died(`the browser page failed (${message})`));
    browser.on('disconnected', () => died('the browser ended'));
    await open(page, server.page);
    await page.evaluate(([path, power]) => window.startHeadlessJob(path, power), [
      server.path,
      powerPreferenceOf(options.adapter),
    ] as const);
    queue.pushAll(server.events).catch((error) => queue.push(failedWith(error)));
    const stop = () => {
      page.evaluate(() => window.stopHeadlessJob()).catch(() => {}); // A page that is gone needs no stopping.
    };
    options.signal?.addEventListener('abort', stop);
    if (options.signal?.aborted) stop();
    yield* queue.take();
  } catch (error) {
    yield failedWith(error);
  } finally {
    server?.close();
    await browser?.close();
  }
}

/** Starts a headless Chrome. Throws browser-failed. */
export function launch(path: string, options: HostOptions): Promise<Browser> {
  return launchedInOwnFolder(() => start(path, options));
}

async function start(path: string, { adapter, signal }: HostOptions): Promise<Browser> {
  const advice = 'run it by hand to see why, or set CHROME_PATH to another Chrome, Chromium or Edge';
  let timer: ReturnType<typeof setTimeout> | undefined;
  // Playwright has a timeout too, but then waits half a minute for the browser to end.
  const silence = new Promise<never>((_, reject) => {
    const message = `${path} did not start in ${LAUNCH_TIMEOUT_MS / 1000} s: ${advice}`;
    timer = setTimeout(() => reject(new Failure('browser-failed', message)), LAUNCH_TIMEOUT_MS);
  });
  const options = {
    executablePath: path,
    args: chromeArguments(adapter),
    timeout: LAUNCH_TIMEOUT_MS,
    // With its own signal the command line ends the job first, and Chrome after it.
    handleSIGINT: !signal,
    handleSIGHUP: !signal,
    handleSIGTERM: !signal,
  };
  try {
    return await Promise.race([loadPlaywright().chromium.launch(options), silence]);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0];
    throw new Failure('browser-failed', `${path} did not start (${reason}): ${advice}`);
  } finally {
    clearTimeout(timer);
  }
}

async function open(page: Page, url: string): Promise<void> {
  try {
    await page.goto(url, { timeout: PAGE_TIMEOUT_MS });
  } catch {
    const seconds = PAGE_TIMEOUT_MS / 1000;
    throw new Failure('browser-failed', `the browser did not load ${url} in ${seconds} s: run the command again`);
  }
}
