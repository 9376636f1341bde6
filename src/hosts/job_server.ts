import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import sirv from 'sirv';
import { Failure } from '../errors.ts';
import type { Job, JobEvent } from '../jobs/protocol.ts';
import { HandOver } from './host.ts';
import { readMessages, writeMessage } from './message_stream.ts';
import { packagePath } from './package_path.ts';
import { securityHeaders } from './security_headers.ts';

/** A job on its own server, until `close`. */
export interface JobServer {
  /** The address of the page that runs the job. */
  page: string;
  /** The path of the job (GET) and of its events (POST) on this server. It is random: no other page can ask for it. */
  path: string;
  /** The events in their order. The page's request is answered when the next one is asked for. */
  events: AsyncGenerator<JobEvent, void>;
  close(): void;
}

/**
 * Serves a job, and the built page, on localhost, where WebGPU is allowed without https. Throws browser-failed if the
 * page is not built.
 */
export async function serveJob(job: Job): Promise<JobServer> {
  const path = `/${randomUUID()}`;
  const posted = new HandOver<Uint8Array>();
  const events = readMessages(posted.take()) as JobServer['events'];
  const servePage = pageServer(job.type === 'peers');
  const server = createServer((request, response) => {
    if (request.url !== path) servePage(request, response);
    else if (request.method === 'POST') void receive(request, response, posted);
    else void send(job, response);
  });
  server.keepAliveTimeout = 0; // A connection stays open while an event is held.
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, 'localhost', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { page: `http://localhost:${port}/headless.html`, path, events, close };
}

async function send(job: Job, response: ServerResponse): Promise<void> {
  response.setHeader('Cache-Control', 'no-store');
  await pipeline(Readable.from(writeMessage(job)), response).catch(() => {}); // A page that is gone needs no job.
}

/** Answers when all bytes of the request are taken. */
async function receive(request: IncomingMessage, response: ServerResponse, bytes: HandOver<Uint8Array>): Promise<void> {
  await bytes.pushAll(request).catch(() => {}); // The end of the page is reported elsewhere.
  response.writeHead(204).end();
}

/** Answers with the files of the built page. `threads` allows TensorFlow.js' threads. */
function pageServer(threads: boolean): (request: IncomingMessage, response: ServerResponse) => void {
  const folder = packagePath('dist/page');
  if (!existsSync(join(folder, 'headless.html'))) {
    throw new Failure('browser-failed', `the built page is missing in ${folder}: run \`npm run build\``);
  }
  const serve = sirv(folder, {
    dev: false,
    setHeaders: (response, path) => {
      response.setHeaders(new Map(Object.entries(securityHeaders(path, { threads }))));
      // Only a page that is isolated from other origins may share memory between threads.
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    },
  });
  return (request, response) =>
    serve(request, response, () => {
      response.statusCode = 404;
      response.end();
    });
}
