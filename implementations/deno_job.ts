import { once } from 'node:events';
import process from 'node:process';
import { readMessages, writeMessage } from '../src/hosts/message_stream.ts';
import type { Job } from '../src/jobs/protocol.ts';
import { runJob } from '../src/jobs/run.ts';

// A program for Deno: runs the job that comes on standard input, and writes the job's events to standard output.

async function* input(): AsyncGenerator<Uint8Array, void> {
  yield* process.stdin;
}

const { value: job } = await readMessages(input()).next();
for await (const event of runJob(job as Job, navigator.gpu)) {
  for (const piece of writeMessage(event)) if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
}
process.exit();
