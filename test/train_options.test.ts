import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { HOSTS } from '../src/cli/hosts.ts';
import { trainCommand } from '../src/cli/train.ts';
import { NumpyRandom } from '../src/data/numpy_random.ts';
import { sha256 } from '../src/data/sha256.ts';
import { Failure } from '../src/errors.ts';
import { readModel } from '../src/formats/model_file.ts';
import { readModelFile } from '../src/library/model_files.ts';
import { createArena, packArena } from '../src/model/parameters.ts';
import type { TrainRecord } from '../src/train/train_result.ts';
import { referenceHost } from './reference_host.ts';

// The command line's training from its options to its files, with the float64 references in the place of a GPU.

// Thousands of files: nobody waits for the disk.
vi.mock('node:fs/promises', async (load) => {
  const actual = await load<typeof import('node:fs/promises')>();
  return { ...actual, writeFile: (path: string, content: string | Uint8Array) => actual.writeFile(path, content) };
});

let folder = '';
let printed = '';
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'train-options-'));
  vi.stubEnv('ATTENTION_LSTM_CACHE', folder);
  for (const task of TASKS) for (const part of ['train', 'test']) writeFileSync(fileOf(task, part), csv(task, part));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  vi.spyOn(HOSTS, 'dawn').mockImplementation(referenceHost);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

const TASKS = ['two classes', 'three classes', 'numbers'] as const;
type Task = (typeof TASKS)[number];

const fileOf = (task: Task, part: string) => join(folder, `${task} ${part}.csv`);

/** 24 series of 4 steps, or 9 to test; every class is there. */
function csv(task: Task, part: string): string {
  const random = new NumpyRandom([TASKS.indexOf(task), part.length]);
  const label = (n: number) => (task === 'numbers' ? random.normal() : 'abc'[n % (task === 'two classes' ? 2 : 3)]);
  const line = (n: number) => [label(n), ...Array.from({ length: 4 }, () => random.normal())].join(',');
  return ['label,t0,t1,t2,t3', ...Array.from({ length: part === 'test' ? 9 : 24 }, (_, n) => line(n)), ''].join('\n');
}

const number = (min: number, max: number) => fc.integer({ min, max }).map(String);
const option = (name: string, values: fc.Arbitrary<string>) =>
  fc.oneof(
    fc.constant<string[]>([]),
    values.map((value) => [name, value]),
  );
const flag = (name: string) => fc.constantFrom<string[]>([], [name]);
const joined = (...parts: fc.Arbitrary<string[]>[]) => fc.tuple(...parts).map((some) => some.flat());

const planted = joined(
  number(1, 3).map((column) => ['--time-steps', '4', '--attention-column', column]),
  number(6, 24).map((samples) => ['--samples', samples]),
  option('--input-dim', number(1, 2)),
  option('--class-weights', fc.constant('1,2.5')),
  option('--label-smoothing', fc.constant('0.1')),
);
const own = fc
  .constantFrom(...TASKS)
  .chain((task) =>
    joined(
      fc.constant(['--data', fileOf(task, 'train'), '--task', task === 'numbers' ? 'regression' : 'classification']),
      fc.constantFrom<string[]>([], ['--test', fileOf(task, 'test')]),
      option(
        '--split',
        task === 'numbers' ? fc.constantFrom('end', 'shuffled') : fc.constantFrom('shuffled', 'stratified'),
      ),
      task === 'numbers' ? fc.constant<string[]>([]) : option('--class-weights', fc.constant('balanced')),
      flag('--no-standardise'),
    ),
  );
const common = joined(
  number(1, 3).map((units) => ['--units', units]),
  number(1, 9).map((size) => ['--batch-size', size]),
  fc.constantFrom('0.01', '0.3').map((rate) => ['--learning-rate', rate]),
  option('--validation-split', fc.constantFrom('0', '0.2', '0.5')),
  option('--seed', number(0, 99)),
  option('--patience', number(1, 2)),
  option('--schedule', fc.constantFrom('step:1:0.5', 'plateau:1:0.5')),
  option('--l2', fc.constant('0.01')),
  option('--clip-norm', fc.constant('0.1')),
  option('--checkpoint-seconds', fc.constant('0')),
  flag('--no-shuffle'),
  flag('--single-attention-vector'),
);
const anyOptions = fc.record({
  options: joined(
    fc.oneof(
      planted,
      fc.constant(0).chain(() => own),
    ),
    common,
  ),
  epochs: fc.integer({ min: 1, max: 4 }),
  /** Epochs that a second command adds. */
  more: fc.constantFrom(0, 0, 2),
  withModel: fc.boolean(),
});

async function train(args: string[]): Promise<void> {
  printed = '';
  await trainCommand().parseAsync([...args, '--runtime', 'dawn'], { from: 'user' });
}

const read = <Content>(path: string) => JSON.parse(readFileSync(path, 'utf8')) as Content;

async function shaOf(path: string): Promise<string> {
  const { config, parameters } = readModel(path, readFileSync(path));
  return sha256(packArena(createArena(config), parameters));
}

/** What is written, printed and told as JSON is one and the same; gives the record. */
async function expectOneResult(out: string, json: string, model: string | undefined): Promise<TrainRecord> {
  const files = ['attention.csv', 'history.csv', 'history.json', 'model.safetensors', 'report.html', 'run.json'];
  expect(readdirSync(out).sort()).toEqual(files);
  const record = read<TrainRecord>(join(out, 'history.json'));
  expect(read(json)).toEqual(record);
  const { parametersSha256, history, bestEpoch, config, evaluation, series } = record;
  expect(await shaOf(join(out, 'model.safetensors'))).toBe(parametersSha256);
  if (model) expect(readFileSync(model)).toEqual(readFileSync(join(out, 'model.safetensors')));
  expect(printed).toContain(`SHA-256 ${parametersSha256}\n`);
  expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain(parametersSha256);
  expect(readFileSync(join(out, 'history.csv'), 'utf8').trim().split('\n')).toHaveLength(history.length + 1);

  const losses = history.map(({ loss, valLoss }) => valLoss ?? loss);
  const best = losses.indexOf(Math.min(...losses)) + 1;
  expect(bestEpoch).toBe(config.patience !== undefined && best < history.length ? best : undefined);
  expect(printed.includes(`epoch ${bestEpoch}, the best`)).toBe(bestEpoch !== undefined);
  const shown = history[(bestEpoch ?? history.length) - 1];
  // The validation's class weights are 1, those of training are not: only the former are the evaluation's.
  if (series.validation > 0) expect(evaluation.validation?.loss).toBeCloseTo(shown.valLoss ?? Number.NaN, 9);
  expect(evaluation.validation?.samples ?? 0).toBe(series.validation);
  expect(evaluation.test?.samples ?? 0).toBe(series.test);
  expect(printed.includes('\nTest: ')).toBe(series.test > 0);
  return record;
}

/** The only refusals that these options may meet. */
const REFUSED = /balanced needs training series of every class/;

it('writes the parameters that it reports, for 200 of 200 random sets of options', async () => {
  let trained = 0;
  const kinds = new Set<string>();
  await fc.assert(
    fc.asyncProperty(anyOptions, async ({ options, epochs, more, withModel }) => {
      const out = join(folder, `run-${count++}`);
      const json = `${out}.json`;
      const model = withModel ? `${out}.safetensors` : undefined;
      const own = ['--epochs', String(epochs), '--out', out, '--json', json, ...(model ? ['--model', model] : [])];
      try {
        await train([...options, ...own]);
      } catch (error) {
        if (!(error instanceof Failure) || error.code !== 'invalid-option') throw error;
        expect(error.message).toMatch(REFUSED);
        fc.pre(false);
      }
      const { history } = await expectOneResult(out, json, model);
      if (more > 0) {
        const places = ['--json', json, ...(model ? ['--model', model] : []), '--force'];
        await train(['--resume', out, '--epochs', String(epochs + more), ...places]);
        const resumed = await expectOneResult(out, json, model);
        expect(resumed.history.slice(0, history.length)).toEqual(history);
        const whole = `${out}-whole`;
        await train([...options, '--epochs', String(epochs + more), '--out', whole]);
        const { parametersSha256 } = read<TrainRecord>(join(whole, 'history.json'));
        expect(resumed.parametersSha256).toBe(parametersSha256);
      }
      trained++;
      kinds.add(read<TrainRecord>(join(out, 'history.json')).config.output?.kind ?? 'binary');
    }),
    { numRuns: 200, seed: 13 },
  );
  expect(trained).toBe(200);
  expect([...kinds].sort()).toEqual(['binary', 'categorical', 'regression']);
}, 1_800_000);

it('writes --model in the format of its ending, and refuses an unknown one before it trains', async () => {
  const options = ['--samples', '40', '--time-steps', '4', '--attention-column', '1', '--units', '2', '--epochs', '1'];
  const out = join(folder, 'endings');
  const unknown = train([...options, '--out', out, '--model', join(folder, 'model.pt')]);
  await expect(unknown).rejects.toThrow(/model\.pt is not a model's file name: give one that ends in \.safetensors, /);
  expect(readdirSync(folder)).not.toContain('endings');
  const model = join(folder, 'model.onnx');
  await train([...options, '--out', out, '--model', model]);
  const { config, parameters } = await readModelFile(model);
  const { parametersSha256 } = read<TrainRecord>(join(out, 'history.json'));
  expect(await sha256(packArena(createArena(config), parameters))).toBe(parametersSha256);
});
