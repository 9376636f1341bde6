import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Answers as the script for PyTorch does, without doing anything: 5 ms a step. `LOSS` is what the problem's is. */
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

/** A program that stands for a python3: `body` is JavaScript that Node runs in its place. Gives its path. */
export function fakePython(body: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'attention-lstm-python-')), 'python3');
  writeFileSync(path, `#!${process.execPath}\n${body}`);
  chmodSync(path, 0o755);
  return path;
}

/** A python3 with a PyTorch that knows the first loss. */
export function fakePyTorch(firstLoss: number): string {
  return fakePython(ANSWERS.replace('FIRST_LOSS', String(firstLoss)));
}
