import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright';
import sirv from 'sirv';
import { Failure } from '../errors.ts';
import { failedWith } from '../jobs/failed.ts';
import type { Job, JobEvent } from '../jobs/protocol.ts';
import { ensureBrowser, loadPlaywright } from './browser.ts';
import { launchedInOwnFolder } from './browser_folder.ts';
import { type AdapterChoice, EventQueue, type HostOptions, powerPreferenceOf } from './host.ts';
import { packagePath } from './package_path.ts';
import { securityHeaders } from './security_headers.ts';

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
  let server: Server | undefined;
  try {
    const { path } = ensureBrowser(options.log);
    browser = await launch(path, options);
    server = await servePage(job.type === 'peers');
    const { port } = server.address() as AddressInfo;
    const page = await browser.newPage();
    const queue = new EventQueue();
    const died = (what: string) => new Failure('browser-failed', `${what} in the middle of the job: run it again`);
    page.on('crash', () => queue.push(failedWith(died('the browser page crashed'))));
    browser.on('disconnected', () => queue.push(failedWith(died('the browser ended'))));
    await page.exposeFunction('emitJobEvent', (event: JobEvent) => queue.push(event));
    await open(page, `http://localhost:${port}/headless.html`);
    await page.evaluate(([started, power]) => window.startHeadlessJob(started, power), [
      job,
      powerPreferenceOf(options.adapter),
    ] as const);
    const stop = () => {
      page.evaluate(() => window.stopHeadlessJob()).catch(() => {}); // A page that is gone needs no stopping.
    };
    options.signal?.addEventListener('abort', stop);
    if (options.signal?.aborted) stop();
    yield* queue.take();
  } catch (error) {
    yield failedWith(error);
  } finally {
    server?.closeAllConnections();
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

/**
 * Serves the built page on localhost, where WebGPU is allowed without https. `threads` allows TensorFlow.js' threads.
 */
function servePage(threads: boolean): Promise<Server> {
  const folder = packagePath('dist/page');
  if (!existsSync(join(folder, 'headless.html'))) {
    throw new Failure('browser-failed', `the built page is missing in ${folder}: run \`npm run build\``);
  }
  const serve = sirv(folder, {
    dev: false,
    setHeaders: (response, path) => {
      response.setHeaders(new Map(Object.entries(securityHeaders(path, { threads }))));
      // Only a page that is isolated from other origins may share memory between threads.
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    },
  });
  const server = createServer((request, response) =>
    serve(request, response, () => {
      response.statusCode = 404;
      response.end();
    }),
  );
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, 'localhost', () => resolve(server));
  });
}
