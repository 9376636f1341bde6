import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A program that takes requests on standard input and answers on standard output, one line of JSON each. */
export class JsonProcess {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: AsyncIterator<string>;
  /** Rejects if the program cannot be started or has ended. */
  private readonly ended: Promise<never>;
  private complaints = '';

  constructor(command: string, args: string[], env: NodeJS.ProcessEnv) {
    this.child = spawn(command, args, { env });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.child.stderr.on('data', (data) => {
      this.complaints = `${this.complaints}${data}`.slice(-10_000);
    });
    this.child.stdin.on('error', () => {}); // The program has ended; `ended` reports it.
    this.ended = new Promise((_, reject) => {
      this.child.on('error', ({ message }) => reject(new Error(message)));
      this.child.on('close', (status, signal) => {
        const last = this.complaints.trim().split('\n').at(-1);
        reject(new Error(last || `ended with ${signal ?? status}`));
      });
    });
    this.ended.catch(() => {}); // `ask` reports it.
  }

  /**
   * Sends a request and waits for its answer. Throws, with the reason in words, if no answer comes within `timeoutMs`.
   */
  async ask(request: unknown, timeoutMs: number): Promise<unknown> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer in ${timeoutMs / 1000} s`)), timeoutMs);
    });
    try {
      this.child.stdin.write(`${JSON.stringify(request)}\n`);
      // At the end of the output `ended` knows the reason.
      const line = this.lines.next().then(({ done, value }) => (done ? this.ended : value));
      return parse(await Promise.race([line, this.ended, silence]));
    } finally {
      clearTimeout(timer);
    }
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new Error(`answered "${line.slice(0, 40)}", which is not JSON`);
  }
}
