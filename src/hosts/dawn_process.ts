import type { Job, JobEvent } from '../jobs/protocol.ts';
import { runJob } from '../jobs/run.ts';
import { type AdapterChoice, powerPreferenceOf } from './host.ts';

// Dawn's own process: its environment chooses the driver, a crash in the driver ends this process alone, and ending it
// frees what Dawn holds.

export type DawnCommand = { type: 'run'; job: Job; adapter: AdapterChoice } | { type: 'taken' } | { type: 'stop' };

const controller = new AbortController();
let taken = Promise.resolve();
let take = () => {};

/** Sends an event when the parent has taken the one before it: the job is one event ahead, then it stands still. */
async function emit(event: JobEvent): Promise<void> {
  await taken;
  taken = new Promise((resolve) => {
    take = resolve;
  });
  process.send?.(event);
}

const NAP_MS = 0.2;

/**
 * Dawn's bindings ask for finished work in every turn of the event loop, without a rest: a whole core, which a software adapter
 * needs itself. A short sleep each turn gives it back.
 */
function sleepEachTurn(): void {
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  const nap = () => {
    Atomics.wait(nothing, 0, 0, NAP_MS);
    setImmediate(nap);
  };
  nap();
}

async function run(job: Job, adapter: AdapterChoice): Promise<void> {
  const { create, globals } = await import('webgpu').catch((error: Error) => {
    const reason = error.message.split('\n')[0];
    const remedy = 'run `npm install webgpu`, or use --runtime chrome';
    throw new Error(`the npm package webgpu cannot be loaded (${reason}): ${remedy}`);
  });
  Object.assign(globalThis, globals);
  sleepEachTurn();
  const gpu = create(['enable-dawn-features=allow_unsafe_apis', 'disable-dawn-features=timestamp_quantization']);
  for await (const event of runJob(job, gpu, { powerPreference: powerPreferenceOf(adapter) }, controller.signal))
    await emit(event);
  // Held until here: collected earlier, it would take its devices along.
  Reflect.ownKeys(gpu);
}

process.on('message', (command: DawnCommand) => {
  switch (command.type) {
    case 'run':
      run(command.job, command.adapter)
        .catch(({ message }: Error) =>
          emit({ type: 'failed', code: 'no-dawn', message: `Dawn did not start: ${message}` }),
        )
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
});
// Ctrl-C reaches every process of the terminal; the parent decides what it means.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(1));
