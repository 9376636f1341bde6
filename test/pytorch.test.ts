import { expect, test, vi } from 'vitest';
import { createProblem } from '../src/bench/peers/problem.ts';
import { PyTorch } from '../src/cli/pytorch.ts';
import { fakePyTorch, fakePython } from './fake_python.ts';

const PROBLEM = createProblem({
  batchSize: 3,
  timeSteps: 4,
  inputDim: 2,
  units: 2,
  singleAttentionVector: false,
  seed: 1,
});
const start = (python: string, answerMs?: number) =>
  PyTorch.start(PROBLEM, { ...process.env, PYTHON: python }, answerMs);

test('every mode of a PyTorch is a peer, and is run', async () => {
  const pytorch = await start(fakePyTorch(0.7));
  try {
    expect(pytorch.answer.parameterCount).toBe(PROBLEM.parameterCount);
    expect(pytorch.peers).toEqual([
      { mode: 'eager', peer: 'PyTorch eager', version: '9.9', detail: 'no device' },
      { mode: 'CUDA graph', peer: 'PyTorch CUDA graph', version: '9.9', detail: 'no device' },
    ]);
    expect(await pytorch.run('eager', 4)).toBeCloseTo(20, 9);
  } finally {
    pytorch.close();
  }
});

const BAD: [string, string, RegExp][] = [
  ['is not there', '/nowhere/python3', /\(\/nowhere\/python3: spawn \/nowhere\/python3 ENOENT\): install it/],
  [
    'has no torch',
    fakePython("console.error('Traceback\\nModuleNotFoundError: No module named torch'); process.exit(1)"),
    /python3: ModuleNotFoundError: No module named torch\): install it \(Debian: apt install python3-torch\)/,
  ],
  ['dies', fakePython("process.kill(process.pid, 'SIGKILL')"), /python3: ended with SIGKILL\)/],
  ['says nothing and ends', fakePython(''), /python3: ended with 0\)/],
  [
    'answers no JSON',
    fakePython("console.log('hello'); setTimeout(() => {}, 1e5)"),
    /answered "hello", which is not JSON/,
  ],
  [
    'answers something else',
    fakePython('console.log(null); setTimeout(() => {}, 1e5)'),
    /answered null, which is not a desc/,
  ],
  ['never answers', fakePython('setTimeout(() => {}, 1e5)'), /python3: no answer in 1 s\)/],
];
for (const [what, python, message] of BAD) {
  test(`a python that ${what}: one sentence`, async () => {
    const error: Error = await start(python, what === 'never answers' ? 1000 : undefined).catch((error) => error);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^no python3 with torch found \(.*\): install it .*, or leave pytorch out$/);
  });
}

const DESCRIPTION = JSON.stringify({
  version: '1',
  detail: 'x',
  modes: ['eager'],
  notes: [],
  parameterCount: 1,
  firstLoss: 1,
});

/** A script that describes itself, and does `then` when it is asked to run. */
const later = (then: string) =>
  fakePython(
    `let asked = 0; process.stdin.on('data', () => { if (asked++) { ${then} } else console.log('${DESCRIPTION}') })`,
  );

test('a PyTorch that dies or turns to garbage later is named', async () => {
  for (const [then, message] of [
    ['process.exit(3)', /^PyTorch failed in the middle \(ended with 3\): run it again, or leave pytorch out$/],
    ["console.log('nan')", /\(answered "nan", which is not JSON\)/],
    ["console.log('{}')", /\(it gave undefined for seconds\)/],
  ] as const) {
    const pytorch = await start(later(then));
    await expect(pytorch.run('eager', 1)).rejects.toThrow(message);
    pytorch.close();
  }
});

test('a PyTorch that falls silent later is named', async () => {
  const pytorch = await start(later(''));
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const run = pytorch.run('eager', 1);
    const refused = expect(run).rejects.toThrow(/\(no answer in 180 s\)/);
    vi.advanceTimersByTime(180_000);
    await refused;
  } finally {
    vi.useRealTimers();
    pytorch.close();
  }
});
