import { asFailure, type Failure } from '../errors.ts';
import type { Job, JobEvent } from '../jobs/protocol.ts';
import { inStarts, type Measurements, type MeasuringJob, type MeasuringKind } from '../jobs/starts.ts';
import { EventQueue } from './host.ts';
import { type RunningJob, startJob } from './worker_client.ts';

/** Takes what a measurement says. Exactly one of `done` and `failed` ends it, unless it is terminated. */
export interface MeasurementListener<Kind extends MeasuringKind> {
  event(event: JobEvent): void;
  done(result: Measurements[Kind]): void;
  failed(failure: Failure): void;
}

/** Measures in several starts, each in a worker, with a device, of its own. A stop ends it after the current start. */
export function startMeasuring<Kind extends MeasuringKind>(
  job: MeasuringJob<Kind>,
  listener: MeasurementListener<Kind>,
): Pick<RunningJob, 'stop' | 'terminate'> {
  const controller = new AbortController();
  let current: RunningJob | undefined;
  async function* run(one: Job): AsyncGenerator<JobEvent, void> {
    const queue = new EventQueue();
    current = startJob(one, (event) => queue.push(event));
    yield* queue.take();
  }
  const measure = async () => {
    const events = inStarts(job, run, { signal: controller.signal });
    for (;;) {
      const { done, value } = await events.next();
      if (done) return value;
      listener.event(value);
    }
  };
  measure().then(
    (result) => listener.done(result),
    (error) => listener.failed(asFailure(error)),
  );
  return {
    stop() {
      controller.abort();
      current?.stop();
    },
    terminate: () => current?.terminate(),
  };
}
