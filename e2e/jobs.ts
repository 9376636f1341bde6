import { readdirSync, readFileSync } from 'node:fs';
import type { AdapterChoice, Host } from '../src/hosts/host.ts';
import type { Job, JobEvent, TrainJob } from '../src/jobs/protocol.ts';
import { EXPERIMENT, type ExperimentConfig } from '../src/model/config.ts';
import type { TrainResult } from '../src/train/train_result.ts';

const GOLDEN = new URL('../test/golden/', import.meta.url);

/** Every reference file, as a verify job takes it. */
export function referenceFiles(): { name: string; content: unknown }[] {
  return ['', 'layers/']
    .flatMap((folder) => readdirSync(new URL(folder, GOLDEN)).map((name) => `${folder}${name}`))
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, content: JSON.parse(readFileSync(new URL(name, GOLDEN), 'utf8')) }));
}

/** Runs a job to its end. Throws the job's failure. */
export async function collect(host: Host, job: Job, adapter: AdapterChoice = 'auto'): Promise<JobEvent[]> {
  const events: JobEvent[] = [];
  for await (const event of host(job, { adapter, log: () => {} })) {
    if (event.type === 'failed') throw new Error(`${event.code}: ${event.message}`);
    events.push(event);
  }
  return events;
}

/** The job that trains on planted series. */
export function plantedJob(
  config: ExperimentConfig,
  more: Pick<TrainJob, 'watch' | 'tuning' | 'resume'> = {},
): TrainJob {
  return { type: 'train', config, series: { planted: config }, ...more };
}

export async function trainOn(host: Host, config: ExperimentConfig, adapter?: AdapterChoice): Promise<TrainResult> {
  const events = await collect(host, plantedJob(config), adapter);
  const last = events.at(-1);
  if (last?.type !== 'done' || last.job !== 'train') throw new Error(`the job ended with ${last?.type}`);
  return last.result;
}

/** Small enough for a test, large enough to learn: the planted step is found within a few epochs. */
export const SMALL: ExperimentConfig = {
  ...EXPERIMENT,
  samples: 6000,
  timeSteps: 12,
  attentionColumn: 4,
  units: 16,
  batchSize: 64,
  epochs: 6,
  learningRate: 5e-3,
};
