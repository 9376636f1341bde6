import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { Failure } from '../errors.ts';
import { failedWith } from '../jobs/failed.ts';
import type { Job, JobEvent } from '../jobs/protocol.ts';
import type { DawnCommand } from './dawn_process.ts';
import { EventQueue, type HostOptions } from './host.ts';
import { MessageSocket, SOCKET } from './message_socket.ts';
import { packagePath } from './package_path.ts';
import { softwareEnvironment } from './software_driver.ts';

/** Longer than Dawn's process itself waits for an adapter. */
const SILENCE_MS = 8000;

/** Runs a job in Node through Dawn (npm `webgpu`), in its own process. */
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
  // Without a GPU driver the browser's software driver is left.
  if (noAdapter) yield* runInProcess(job, options, softwareEnvironment());
}

async function* runInProcess(
  job: Job,
  { adapter, signal }: HostOptions,
  env: NodeJS.ProcessEnv | undefined,
): AsyncGenerator<JobEvent, void> {
  if (!env) {
    yield failedWith(noSoftwareAdapter());
    return;
  }
  // Dawn writes a warning to standard output for every driver that it cannot load; important ones come as events.
  const child = spawn(process.execPath, [packagePath('dist/node/dawn_process.js')], {
    env,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const queue = new EventQueue();
  const fail = (failure: Failure) => queue.push(failedWith(failure));
  child.on('exit', (status, killedBy) =>
    fail(
      new Failure(
        'no-dawn',
        `Dawn's process ended with ${killedBy ?? status} before the job was done: update the graphics driver, or use --runtime chrome`,
      ),
    ),
  );
  child.on('error', ({ message }) =>
    fail(new Failure('no-dawn', `Dawn's process cannot be used (${message}): use --runtime chrome`)),
  );
  const dawn = new MessageSocket<DawnCommand, JobEvent>(child.stdio[SOCKET] as Duplex);
  let silence: ReturnType<typeof setTimeout> | undefined;
  let isSilent = true;
  const endSilence = () => {
    clearTimeout(silence);
    isSilent = false;
  };
  const listen = async () => {
    for await (const event of dawn.received()) {
      endSilence();
      await queue.push(event);
      void dawn.send({ type: 'taken' });
    }
  };
  const stop = () => void dawn.send({ type: 'stop' });
  signal?.addEventListener('abort', stop);
  try {
    listen().catch((error) => {
      // A broken stream means that the process has ended, and its exit says how.
      if (error instanceof Failure && error.code !== 'internal') queue.push(failedWith(error));
    });
    void dawn.send({ type: 'run', job, adapter }).then(() => {
      // A driver that hangs in native code keeps Dawn's process from giving up itself.
      if (isSilent) silence = setTimeout(() => fail(noAnswer()), SILENCE_MS);
    });
    if (signal?.aborted) stop();
    yield* queue.take();
  } finally {
    endSilence();
    signal?.removeEventListener('abort', stop);
    child.kill('SIGKILL');
  }
}

function noSoftwareAdapter(): Failure {
  const remedy = 'install a Vulkan driver, or a Chrome or Chromium, which carries SwiftShader';
  return new Failure('no-adapter', `Dawn found no GPU and no software adapter: ${remedy}`);
}

function noAnswer(): Failure {
  const remedy = 'update the graphics driver, or use --runtime chrome';
  return new Failure('adapter-timeout', `Dawn has not answered in ${SILENCE_MS / 1000} s: ${remedy}`);
}
