import { fork } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { Failure } from '../errors.ts';
import type { Job, JobEvent } from '../jobs/protocol.ts';
import { findBrowser } from './browser.ts';
import type { DawnCommand } from './dawn_process.ts';
import { EventQueue, type HostOptions } from './host.ts';
import { packagePath } from './package_path.ts';

/** Runs a job in Node through Dawn (npm `webgpu`), in a process of its own. */
export async function* runInDawn(job: Job, options: HostOptions): AsyncGenerator<JobEvent, void> {
  if (options.adapter === 'software') {
    yield* runInProcess(job, options, softwareEnvironment());
    return;
  }
  let isFirst = true;
  for await (const event of runInProcess(job, options, process.env)) {
    // Without a GPU driver there is still the browser's software one.
    const noAdapter = isFirst && event.type === 'failed' && event.code === 'no-adapter';
    if (noAdapter && options.adapter === 'auto') {
      yield* runInProcess(job, options, softwareEnvironment());
      return;
    }
    isFirst = false;
    yield event;
  }
}

async function* runInProcess(
  job: Job,
  { adapter, signal }: HostOptions,
  env: NodeJS.ProcessEnv | undefined,
): AsyncGenerator<JobEvent, void> {
  if (!env) {
    const { code, message } = noSoftwareAdapter();
    yield { type: 'failed', code, message };
    return;
  }
  // Dawn warns on standard output of every driver it cannot load; what matters comes as an event.
  const child = fork(packagePath('dist/node/dawn_process.js'), {
    env,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced', // JSON has no NaN.
  });
  const queue = new EventQueue();
  const send = (command: DawnCommand) => child.send(command);
  child.on('message', (event: JobEvent) => queue.push(event));
  child.on('exit', (status, killedBy) =>
    queue.push({
      type: 'failed',
      code: 'no-dawn',
      message: `Dawn's process ended with ${killedBy ?? status} before the job was done: update the graphics driver, or use --runtime chrome`,
    }),
  );
  const stop = () => child.connected && send({ type: 'stop' });
  signal?.addEventListener('abort', stop);
  try {
    send({ type: 'run', job, adapter });
    yield* queue.take();
  } finally {
    signal?.removeEventListener('abort', stop);
    child.kill('SIGKILL');
  }
}

/** The environment in which Dawn finds SwiftShader, which Chrome and Chromium carry; undefined where there is none. */
function softwareEnvironment(): NodeJS.ProcessEnv | undefined {
  if (process.env.VK_ICD_FILENAMES) return process.env;
  const browser = findBrowser();
  const folders = browser
    ? [dirname(realpathSync(browser.path)), '/usr/lib/chromium', '/opt/google/chrome', '/usr/lib64/chromium-browser']
    : [];
  const folder = folders.find((path) => existsSync(join(path, 'vk_swiftshader_icd.json')));
  if (!folder) return undefined;
  const driver = join(folder, 'vk_swiftshader_icd.json');
  // The Vulkan loader comes from the system where it has one, else from beside the driver.
  const libraries = [process.env.LD_LIBRARY_PATH, folder].filter(Boolean).join(delimiter);
  return { ...process.env, VK_ICD_FILENAMES: driver, VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: libraries };
}

function noSoftwareAdapter(): Failure {
  return new Failure(
    'no-adapter',
    'Dawn found no GPU and no software adapter: install a Vulkan driver, or a Chrome or Chromium, which carries SwiftShader',
  );
}
