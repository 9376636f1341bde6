import { Socket } from 'node:net';
import { asFailure, Failure } from '../errors.ts';
import { failedWith } from '../jobs/failed.ts';
import type { Job, JobEvent } from '../jobs/protocol.ts';
import { runJob } from '../jobs/run.ts';
import { type AdapterChoice, powerPreferenceOf } from './host.ts';
import { MessageSocket, SOCKET } from './message_socket.ts';
import { sleepEachTurn } from './nap.ts';

// Dawn's own process: its environment chooses the driver, a crash of the driver ends this process alone, and its end
// frees Dawn's memory. Commands come and events go as messages on one socket.

export type DawnCommand = { type: 'run'; job: Job; adapter: AdapterChoice } | { type: 'taken' } | { type: 'stop' };

const parent = new MessageSocket<JobEvent, DawnCommand>(new Socket({ fd: SOCKET }));
const controller = new AbortController();
let taken = Promise.resolve();
let take = () => {};

/** Sends an event when the parent has taken the one before it: the job runs one event ahead, then stands still. */
async function emit(event: JobEvent): Promise<void> {
  await taken;
  taken = new Promise((resolve) => {
    take = resolve;
  });
  await parent.send(event);
}

async function run(job: Job, adapter: AdapterChoice): Promise<void> {
  const { create, globals } = await import('webgpu').catch((error: Error) => {
    const reason = error.message.split('\n')[0];
    const remedy = 'run `npm install webgpu`, or use --runtime chrome';
    throw new Failure('no-dawn', `the npm package webgpu cannot be loaded (${reason}): ${remedy}`);
  });
  Object.assign(globalThis, globals);
  sleepEachTurn();
  const gpu = create(['enable-dawn-features=allow_unsafe_apis', 'disable-dawn-features=timestamp_quantization']);
  for await (const event of runJob(job, gpu, { powerPreference: powerPreferenceOf(adapter) }, controller.signal))
    await emit(event);
  // Keeps `gpu` alive until here: if it were collected earlier, its devices would go too.
  Reflect.ownKeys(gpu);
}

/** The job reports its own failures; this is the failure that kept it from starting. */
function startFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const { message } = asFailure(error);
  return new Failure('no-dawn', `Dawn did not start (${message}): update the graphics driver, or use --runtime chrome`);
}

function obey(command: DawnCommand): void {
  switch (command.type) {
    case 'run':
      run(command.job, command.adapter)
        .catch((error) => emit(failedWith(startFailure(error))))
        .then(() => taken)
        .finally(() => process.exit());
      break;
    case 'taken':
      take();
      break;
    case 'stop':
      controller.abort();
      break;
  }
}

async function listen(): Promise<void> {
  for await (const command of parent.received()) obey(command);
}

// Ctrl-C reaches every process of the terminal; the parent decides what it means.
process.on('SIGINT', () => {});
// A closed terminal ends nothing.
process.on('SIGHUP', () => {});
// Without its parent the process has no use.
listen().finally(() => process.exit(1));
