import { fork } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { FailureCode } from '../errors.ts';
import type { Job, JobEvent } from '../jobs/protocol.ts';
import { findBrowser } from './browser.ts';
import type { DawnCommand } from './dawn_process.ts';
import { EventQueue, type HostOptions } from './host.ts';
import { packagePath } from './package_path.ts';

/** Longer than Dawn's process itself waits for an adapter. */
const SILENCE_MS = 8000;

/** Runs a job in Node through Dawn (npm `webgpu`), in a process of its own. */
export async function* runInDawn(job: Job, options: HostOptions): AsyncGenerator<JobEvent, void> {
  if (options.adapter === 'software') {
    yield* runInProcess(job, options, softwareEnvironment());
    return;
  }
  let isFirst = true;
  let noAdapter = false;
  for await (const event of runInProcess(job, options, process.env)) {
    noAdapter = isFirst && event.type === 'failed' && event.code === 'no-adapter' && options.adapter === 'auto';
    if (noAdapter) break;
    isFirst = false;
    yield event;
  }
  // Without a GPU driver there is still the browser's software one.
  if (noAdapter) yield* runInProcess(job, options, softwareEnvironment());
}

async function* runInProcess(
  job: Job,
  { adapter, signal }: HostOptions,
  env: NodeJS.ProcessEnv | undefined,
): AsyncGenerator<JobEvent, void> {
  if (!env) {
    yield { type: 'failed', ...noSoftwareAdapter() };
    return;
  }
  // Dawn warns on standard output of every driver it cannot load; what matters comes as an event.
  const child = fork(packagePath('dist/node/dawn_process.js'), {
    env,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced', // JSON has no NaN.
  });
  const queue = new EventQueue();
  const send = (command: DawnCommand) => child.connected && child.send(command);
  child.on('message', async (event: JobEvent) => {
    await queue.push(event);
    send({ type: 'taken' });
  });
  child.on('exit', (status, killedBy) =>
    queue.push({
      type: 'failed',
      code: 'no-dawn',
      message: `Dawn's process ended with ${killedBy ?? status} before the job was done: update the graphics driver, or use --runtime chrome`,
    }),
  );
  child.on('error', ({ message }) => {
    queue.push({
      type: 'failed',
      code: 'no-dawn',
      message: `Dawn's process cannot be used (${message}): use --runtime chrome`,
    });
  });
  // A driver that hangs in its own code keeps Dawn's process from giving it up itself.
  const silence = setTimeout(() => queue.push({ type: 'failed', ...noAnswer() }), SILENCE_MS);
  child.once('message', () => clearTimeout(silence));
  const stop = () => send({ type: 'stop' });
  signal?.addEventListener('abort', stop);
  try {
    send({ type: 'run', job, adapter });
    if (signal?.aborted) stop();
    yield* queue.take();
  } finally {
    clearTimeout(silence);
    signal?.removeEventListener('abort', stop);
    child.kill('SIGKILL');
  }
}

/** The folder of the browser that is used, if there is one. */
function browserFolders(): string[] {
  try {
    const browser = findBrowser();
    return browser ? [dirname(realpathSync(browser.path))] : [];
  } catch {
    return []; // A wrong CHROME_PATH is the browser's matter; Dawn needs none.
  }
}

/** The environment in which Dawn finds SwiftShader, which Chrome and Chromium carry; undefined where there is none. */
export function softwareEnvironment(): NodeJS.ProcessEnv | undefined {
  if (/swiftshader|lvp|lavapipe/i.test(process.env.VK_ICD_FILENAMES ?? '')) return process.env;
  const folders = [...browserFolders(), '/usr/lib/chromium', '/opt/google/chrome', '/usr/lib64/chromium-browser'];
  const folder = folders.find((path) => existsSync(join(path, 'vk_swiftshader_icd.json')));
  if (!folder) return undefined;
  const driver = join(folder, 'vk_swiftshader_icd.json');
  // The Vulkan loader comes from the system where it has one, else from beside the driver.
  const libraries = [process.env.LD_LIBRARY_PATH, folder].filter(Boolean).join(delimiter);
  return { ...process.env, VK_ICD_FILENAMES: driver, VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: libraries };
}

function noSoftwareAdapter(): { code: FailureCode; message: string } {
  const remedy = 'install a Vulkan driver, or a Chrome or Chromium, which carries SwiftShader';
  return { code: 'no-adapter', message: `Dawn found no GPU and no software adapter: ${remedy}` };
}

function noAnswer(): { code: FailureCode; message: string } {
  const seconds = SILENCE_MS / 1000;
  return {
    code: 'adapter-timeout',
    message: `Dawn has not answered in ${seconds} s: update the graphics driver, or use --runtime chrome`,
  };
}
