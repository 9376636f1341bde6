import type { Job, JobEvent } from '../jobs/protocol.ts';
import { runJob } from '../jobs/run.ts';
import { type AdapterChoice, powerPreferenceOf } from './host.ts';

// Dawn's own process: its environment chooses the driver, a crash in the driver ends this process alone, and ending it
// frees what Dawn holds.

export type DawnCommand = { type: 'run'; job: Job; adapter: AdapterChoice } | { type: 'stop' };

const controller = new AbortController();

function emit(event: JobEvent): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(event, () => resolve());
  });
}

async function run(job: Job, adapter: AdapterChoice): Promise<void> {
  const { create, globals } = await import('webgpu').catch((error: Error) => {
    const reason = error.message.split('\n')[0];
    const remedy = 'run `npm install webgpu`, or use --runtime chrome';
    throw new Error(`the npm package webgpu cannot be loaded (${reason}): ${remedy}`);
  });
  Object.assign(globalThis, globals);
  const gpu = create(['enable-dawn-features=allow_unsafe_apis', 'disable-dawn-features=timestamp_quantization']);
  for await (const event of runJob(job, gpu, { powerPreference: powerPreferenceOf(adapter) }, controller.signal))
    await emit(event);
  // Held until here: collected earlier, it would take its devices along.
  Reflect.ownKeys(gpu);
}

process.on('message', (command: DawnCommand) => {
  if (command.type === 'stop') {
    controller.abort();
    return;
  }
  run(command.job, command.adapter)
    .catch((error: Error) => emit({ type: 'failed', code: 'no-dawn', message: `Dawn did not start: ${error.message}` }))
    .finally(() => process.exit());
});
// Ctrl-C reaches every process of the terminal; the parent decides what it means.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(1));
