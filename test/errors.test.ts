import { EventEmitter } from 'node:events';
import { Duplex } from 'node:stream';
import { afterEach, expect, test, vi } from 'vitest';
import { asFailure, Failure, type FailureCode } from '../src/errors.ts';
import { FAILURES, type FailureKind } from '../src/failures.ts';
import { packagePath } from '../src/hosts/package_path.ts';
import { EXAMPLES } from './failure_examples.ts';

// Dawn's process ends at once.
vi.mock('node:child_process', async (original) => ({
  ...(await original<typeof import('node:child_process')>()),
  spawn: () => {
    const socket: Duplex = new Duplex({
      read: () => void socket.push(null),
      write: (_chunk, _encoding, done) => done(),
    });
    const stdio = [null, null, null, socket];
    const child = Object.assign(new EventEmitter(), { stdio, kill: () => true });
    setImmediate(() => child.emit('exit', 1, null));
    return child;
  },
}));
afterEach(() => {
  vi.unstubAllGlobals();
});

const HEAD = `# Errors

Every error that people can meet is a \`Failure\`: one sentence with the value and the next step, and a code for programs.
This page lists the codes: their meaning, what to do, and examples of their sentences. \`test/errors.test.ts\` makes it
from \`src/failures.ts\` and from the code's own sentences (\`npx vitest run test/errors.test.ts -u\`), and fails if the
page differs.

- **Command line**: \`Error: \` and the sentence on standard error. Exit code 0 is success; 1 and 2 stand below; 1 also
  means that \`verify\`, \`doctor\` or \`--compare\` found something; 130 and 143 mean that Ctrl-C or SIGTERM stopped it. If
  a run fails, the sentence ends with the files that are kept and the command that resumes it.
- **Page**: the sentence stands below the file, the form or the run that it is about. \`window.trainResult\` and
  \`window.benchmarkResult\` reject with the \`Failure\`.
- **Library**: calls throw a \`Failure\`, an \`Error\` with a \`code\`; a run rejects with it.

After a sentence that begins with \`Warning: \`, \`Not saved: \` or \`Not kept: \` the work goes on.
`;

const codes = Object.entries(FAILURES) as [FailureCode, FailureKind][];

/** What an example fails with. */
async function failureOf(example: () => unknown): Promise<Failure> {
  try {
    const value = await example();
    if (value instanceof Failure) return value;
  } catch (error) {
    return asFailure(error);
  }
  throw new Error(`${example} does not fail`);
}

function section(code: FailureCode, { exitCode, cause, remedy }: FailureKind, sentences: string[]): string {
  const examples = sentences.map((sentence) => `- ${sentence}`).join('\n');
  return `## ${code}\n\n${cause}\n\n**What to do:** ${remedy}\n\nExit code ${exitCode}. For example:\n\n${examples}\n`;
}

test.each(codes)('%s: every example fails with the code, in one sentence', async (code) => {
  expect(EXAMPLES[code]).not.toEqual([]);
  for (const example of EXAMPLES[code]) {
    const failure = await failureOf(example);
    expect(failure.code, failure.message).toBe(code);
    expect(failure.message).toMatch(/^[^\n\r]{10,300}$/);
  }
});

test('docs/errors.md has every code, with its examples as the code says them', async () => {
  const sections: string[] = [];
  for (const [code, kind] of codes) {
    const failures = await Promise.all(EXAMPLES[code].map(failureOf));
    sections.push(
      section(
        code,
        kind,
        failures.map(({ message }) => message),
      ),
    );
  }
  await expect([HEAD, ...sections].join('\n')).toMatchFileSnapshot(packagePath('docs/errors.md'));
});
