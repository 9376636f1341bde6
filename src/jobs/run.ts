import { asFailure } from '../errors.ts';
import { type DeviceOptions, Gpu } from '../gpu/device.ts';
import { bench } from './bench.ts';
import { comparePeers, type LoadTfjs } from './peers.ts';
import type { Job, JobEvent } from './protocol.ts';
import { train } from './train.ts';
import { verify } from './verify.ts';

export interface RunOptions extends DeviceOptions {
  /** Where the host can run TensorFlow.js. */
  loadTfjs?: LoadTfjs;
}

/**
 * Runs a job on the adapter that `gpu` (`navigator.gpu`, or Dawn's) offers, and tells what happens; the last event is
 * `done` or `failed`. It goes on only while events are taken: not asking for the next one pauses the job.
 */
export async function* runJob(
  job: Job,
  gpu: GPU | undefined,
  options: RunOptions = {},
  signal?: AbortSignal,
): AsyncGenerator<JobEvent, void> {
  let opened: Gpu | undefined;
  try {
    opened = await Gpu.open(gpu, options);
    yield { type: 'adapter', adapter: opened.adapter };
    switch (job.type) {
      case 'train':
        yield* train(job, opened, signal);
        break;
      case 'verify':
        yield* verify(job, opened);
        break;
      case 'peers':
        yield* comparePeers(job, opened, options.loadTfjs, signal);
        break;
      case 'bench':
        yield* bench(job, opened);
        break;
      case 'describe':
        yield { type: 'done', job: 'describe' };
        break;
    }
  } catch (error) {
    const { code, message } = asFailure(error);
    yield { type: 'failed', code, message };
  } finally {
    opened?.close();
  }
}
