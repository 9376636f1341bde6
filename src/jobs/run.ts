import { refuseUnloaded } from '../errors.ts';
import { type DeviceOptions, Gpu } from '../gpu/device.ts';
import type { Pace } from '../train/pace.ts';
import { failedWith } from './failed.ts';
import type { LoadTfjs } from './peers.ts';
import type { Job, JobEvent } from './protocol.ts';

export interface RunOptions extends DeviceOptions {
  /** Where the host can run TensorFlow.js. */
  loadTfjs?: LoadTfjs;
  /** Where the host can pause training, or let it take single updates. */
  pace?: Pace;
}

/**
 * Runs a job on the adapter of `gpu` (`navigator.gpu`, or Dawn's) and yields its events; the last one is `done` or
 * `failed`. It goes on only while events are taken.
 */
export async function* runJob(
  job: Job,
  gpu: GPU | undefined,
  options: RunOptions = {},
  signal?: AbortSignal,
): AsyncGenerator<JobEvent, void> {
  let opened: Gpu | undefined;
  try {
    if (job.type === 'inspect') {
      const { inspect } = await import('./inspect.ts').catch(refuseUnloaded);
      yield inspect(job);
      return;
    }
    opened = await Gpu.open(gpu, options);
    yield { type: 'adapter', adapter: opened.adapter };
    // Starting a job only loads its code.
    yield* await start(job, opened, options, signal).catch(refuseUnloaded);
  } catch (error) {
    yield failedWith(opened ? await opened.causeOf(error) : error);
  } finally {
    opened?.close();
  }
}

/** Each kind of job is loaded on first use: a page that only looks for an adapter loads none. */
async function start(
  job: Exclude<Job, { type: 'inspect' }>,
  gpu: Gpu,
  { pace, loadTfjs }: RunOptions,
  signal: AbortSignal | undefined,
): Promise<AsyncGenerator<JobEvent, void>> {
  switch (job.type) {
    case 'train':
      return (await import('./train.ts')).train(job, gpu, { signal, pace });
    case 'predict':
      return (await import('./predict.ts')).predict(job, gpu, signal);
    case 'verify':
      return (await import('./verify.ts')).verify(job, gpu);
    case 'peers':
      return (await import('./peers.ts')).comparePeers(job, gpu, loadTfjs, signal);
    case 'bench':
      return (await import('./bench.ts')).bench(job, gpu);
    case 'profile':
      return (await import('./profile.ts')).profile(job, gpu, signal);
    case 'wgsl':
      return (await import('./wgsl.ts')).wgsl(job, gpu);
    case 'workbench':
      return (await import('./workbench.ts')).workbench(job, gpu);
    case 'describe':
      return describe();
  }
}

async function* describe(): AsyncGenerator<JobEvent, void> {
  yield { type: 'done', job: 'describe', result: null };
}
