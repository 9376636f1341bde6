import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Answers like the script for PyTorch without computing: 5 ms a step. `LOSS` is the problem's. */
const ANSWERS = `
const lines = require('node:readline').createInterface({ input: process.stdin });
const answer = (value) => process.stdout.write(JSON.stringify(value) + '\\n');
let problem;
lines.on('line', (line) => {
  const request = JSON.parse(line);
  if (problem) return answer({ seconds: 0.005 * request.steps });
  problem = request;
  const parameterCount = Object.values(problem.parameters).flat().length;
  const firstLoss = FIRST_LOSS;
  answer({ version: '9.9', detail: 'no device', modes: ['eager', 'CUDA graph'], notes: [], parameterCount, firstLoss });
});
`;

/** A fake python3: Node runs `body`, which is JavaScript. Returns its path. */
export function fakePython(body: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'attention-lstm-python-')), 'python3');
  writeFileSync(path, `#!${process.execPath}\n${body}`);
  chmodSync(path, 0o755);
  return path;
}

/** A python3 whose PyTorch has this first loss. */
export function fakePyTorch(firstLoss: number): string {
  return fakePython(ANSWERS.replace('FIRST_LOSS', String(firstLoss)));
}
