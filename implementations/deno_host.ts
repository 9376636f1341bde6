import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { HostOptions } from '../src/hosts/host.ts';
import { readMessages, writeMessage } from '../src/hosts/message_stream.ts';
import { packagePath } from '../src/hosts/package_path.ts';
import { softwareEnvironment } from '../src/hosts/software_driver.ts';
import type { Job, JobEvent } from '../src/jobs/protocol.ts';

/** The program of the npm package `deno`, and what lets it run TypeScript of this project as it is. */
export const DENO = [
  packagePath('implementations/node_modules/deno/bin.cjs'),
  ...['run', '--allow-all', '--node-modules-dir=manual', '--no-check', '--quiet'],
];

/** Runs a job in Deno, whose WebGPU is wgpu, on the browser's software adapter. Throws if Deno ends with an error. */
export async function* runInDeno(job: Job, { signal }: HostOptions): AsyncGenerator<JobEvent, void> {
  const deno = spawn(process.execPath, [...DENO, packagePath('implementations/deno_job.ts')], {
    env: softwareEnvironment(),
    signal,
  });
  let errors = '';
  deno.stderr.on('data', (data) => {
    errors += data;
  });
  const ended = once(deno, 'close');
  try {
    for (const piece of writeMessage(job)) deno.stdin.write(piece);
    deno.stdin.end();
    yield* readMessages(chunksOf(deno.stdout)) as AsyncGenerator<JobEvent, void>;
    const [status, killedBy] = await ended;
    if (status !== 0) throw new Error(`Deno ended with ${killedBy ?? status}: ${errors}`);
  } finally {
    deno.kill('SIGKILL');
  }
}

async function* chunksOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  yield* stream;
}
