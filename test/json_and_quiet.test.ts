import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HOSTS } from '../src/cli/hosts.ts';
import { createProgram } from '../src/cli/program.ts';
import { writeModel } from '../src/formats/model_file.ts';
import type { Host } from '../src/hosts/host.ts';
import { WHOLE } from './bench_results.ts';
import { benchStart, profileStart } from './measuring_starts.ts';
import { referenceHost } from './reference_host.ts';
import { capture, OPTIONS, output } from './reference_runs.ts';
import { MODEL } from './saved_models.ts';

// --json and --quiet are the same on every command with a result.

const CHECK = { subject: 'adam', tolerance: 1e-5 };

const LIMITS = Object.fromEntries(
  ['BufferSize', 'StorageBufferBindingSize', 'StorageBuffersPerShaderStage', 'ComputeWorkgroupStorageSize']
    .concat('ComputeInvocationsPerWorkgroup')
    .map((name) => [`max${name}`, 8]),
);

/** Answers every job with a stored result, and trains with the references. */
const host: Host = async function* (job, options) {
  if (job.type === 'train') yield* referenceHost(job, options);
  else yield { type: 'adapter', adapter: { ...WHOLE.environment.adapter, limits: LIMITS } };
  if (job.type === 'verify') {
    yield { type: 'check', ...CHECK, name: 'right', error: 1e-7, passed: true };
    yield { type: 'check', ...CHECK, name: 'wrong', error: 1, passed: false };
  }
  if (job.type === 'predict') {
    const { samples, x } = job.dataset;
    const values = Float32Array.from({ length: samples }, (_, n) => n);
    const attention = new Float32Array(x.length).fill(0.2);
    yield { type: 'done', job: 'predict', result: { samples, outputs: 1, values, attention } };
  }
  if (job.type === 'bench') yield { type: 'done', job: 'bench', result: benchStart(1) };
  if (job.type === 'profile') yield { type: 'done', job: 'profile', result: profileStart(1, [1, 2]) };
};

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'json-'));
  vi.stubEnv('ATTENTION_LSTM_CACHE', folder);
  for (const runtime of ['chrome', 'dawn'] as const) vi.spyOn(HOSTS, runtime).mockImplementation(host);
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation(capture(stream));
  }
  writeFileSync(join(folder, 'm.safetensors'), writeModel(MODEL));
  writeFileSync(join(folder, 'data.csv'), 't0,t1,t2,t3,t4,season\n1.5,2,3,4,5,summer\n2.5,2,3,4,5,<b>winter</b>\n');
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = undefined;
  rmSync(folder, { recursive: true });
});

/** Runs a command line; @ stands before a file of the folder. */
async function run(line: string): Promise<typeof output> {
  Object.assign(output, { stdout: '', stderr: '' });
  const words = line.split(' ').map((word) => (word.startsWith('@') ? join(folder, word.slice(1)) : word));
  await createProgram().parseAsync(words, { from: 'user' });
  return { ...output };
}

const USE = '--model @m.safetensors --data @data.csv';
const TRAIN = ['train', ...OPTIONS, '--epochs', '2', '--runtime', 'dawn'].join(' ');
/** A line of each command, what its result has, and the lines that --quiet leaves. */
const COMMANDS: [line: string, record: unknown, quiet: RegExp][] = [
  [
    `${TRAIN} --out @run`,
    { parametersSha256: expect.any(String), history: [{ epoch: 1 }, { epoch: 2 }] },
    /^Trained 2 epochs in .* s\nloss: .* - accuracy: .* - val_loss: .* - .*\nSHA-256 \w{64}\nNot trained yet.*\nWrote model.*\n$/,
  ],
  [
    `predict ${USE}`,
    {
      samples: 2,
      evaluation: { samples: 2, classification: { accuracy: 1 } },
      predictions: [
        { series: 0, label: 'summer', predicted: 'summer', probabilities: [1, 0] },
        { series: 1, label: '<b>winter</b>', predicted: '<b>winter</b>', probabilities: [0, 1] },
      ],
    },
    /^Accuracy 1\.0000 on 2 series\n\nclass /,
  ],
  [
    `attention ${USE}`,
    { channelNames: ['channel 0'], attention: [{ samples: 2 }, { name: 'summer', samples: 1 }, { samples: 1 }] },
    /^Mean attention by time step /,
  ],
  [
    'convert @m.safetensors @new.onnx',
    { files: [expect.stringContaining('new.onnx')], config: MODEL.config, standardisation: MODEL.standardisation },
    /^Wrote .*new\.onnx\n$/,
  ],
  [
    'verify',
    { passed: 1, failed: 1, checks: [{ passed: true }, { passed: false }] },
    /^kernel [^\n]*\n-[^\n]*\nadam\n {2}wrong [^\n]*MISS\n1 passed, 1 failed on Model 7\n$/,
  ],
  ['bench', { rows: [{ name: 'training step', medianMs: 2 }] }, /^Adapter: /],
  ['profile', { rows: [{ name: 'adam' }], timeline: { isMeasured: true } }, /^Adapter: an adapter\n/],
  [
    'doctor',
    { runtimes: [{ runtime: 'chrome' }, { runtime: 'dawn', adapter: { description: 'Model 7' } }] },
    /^--runtime chrome: Model 7\n--runtime dawn: Model 7\n$/,
  ],
];

describe.each(COMMANDS)('%s', (line, record, quiet) => {
  it('writes its result to standard output with --json -, and all else to standard error', async () => {
    const { stdout, stderr } = await run(`${line} --json - --quiet`);
    expect(JSON.parse(stdout)).toMatchObject(record as object);
    expect(stderr).toMatch(quiet);
  });

  it('writes the same into a file, which leaves standard error empty', async () => {
    const { stderr } = await run(`${line} --json @result.json`);
    expect(JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8'))).toMatchObject(record as object);
    expect(stderr).toBe('');
  });

  it('prints its essential lines with --quiet', async () => {
    const { stdout, stderr } = await run(`${line} --quiet`);
    expect(stdout).toMatch(quiet);
    expect(stderr).toBe('');
  });

  it('refuses a file for --json that cannot be written, and does nothing then', async () => {
    await expect(run(`${line} --json @none/result.json`)).rejects.toMatchObject({
      code: 'not-saved',
      message: `${join(folder, 'none/result.json')} cannot be written (ENOENT): choose another place for --json`,
    });
    for (const runtime of ['chrome', 'dawn'] as const) expect(HOSTS[runtime]).not.toHaveBeenCalled();
    await expect(run(`${line} --json=`)).rejects.toThrow('--json  names no file: give a name');
  });
});

it('a run that was told to write to standard output does not so when it is resumed, but when it is asked to', async () => {
  const first = await run(`${TRAIN} --out @run --json - --quiet`);
  const again = await run('train --resume @run --runtime dawn --json -');
  expect(JSON.parse(again.stdout)).toEqual(JSON.parse(first.stdout));
  expect(again.stderr).toContain('has ended after epoch 2 of 2');
  const longer = await run('train --resume @run --runtime dawn --epochs 3');
  expect(longer.stdout).toContain('Epoch 3/3');
  expect(longer.stderr).toBe('');
});

it('tables go to standard output too, but not two of them', async () => {
  const { stdout, stderr } = await run(`predict ${USE} --csv -`);
  expect(stdout).toMatch(/^series,label,predicted,.*\n0,summer,summer,1,0\n1,.*\n$/);
  expect(stderr).toContain('Accuracy 1.0000');
  await expect(run(`predict ${USE} --csv - --json -`)).rejects.toThrow('--json - is written for --csv too');
});

it('standard output that takes nothing is named', async () => {
  vi.spyOn(process.stdout, 'write').mockImplementation((_, ...[done]: unknown[]) => {
    if (typeof done === 'function') done(Object.assign(new Error('full'), { code: 'ENOSPC' }));
    return false;
  });
  await expect(run('doctor --json -')).rejects.toThrow(
    'standard output cannot be written (ENOSPC): give --json the name of a file',
  );
});

it('every command with a result has --json, --quiet and --force', () => {
  for (const command of createProgram().commands) {
    const options = command.options.map(({ long }) => long);
    expect(options, command.name()).toContain('--quiet');
    if (command.name() === 'setup') continue;
    expect(options, command.name()).toEqual(expect.arrayContaining(['--json', '--force']));
  }
});
