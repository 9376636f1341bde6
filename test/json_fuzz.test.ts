import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strFromU8, strToU8 } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareResults } from '../src/bench/compare.ts';
import { compareProfiles, gapShare, profileCsv, requireProfileResult } from '../src/bench/profile_result.ts';
import { type BenchResult, benchCsv } from '../src/bench/result.ts';
import { requireBenchResult } from '../src/bench/result_file.ts';
import { readRun } from '../src/cli/run_folder.ts';
import { requireFlags } from '../src/cli/stored_flags.ts';
import { trainCommand } from '../src/cli/train.ts';
import { traceOf } from '../src/formats/trace.ts';
import { checkModel } from '../src/model/config.ts';
import { createArena, packArena } from '../src/model/parameters.ts';
import { parseJson } from '../src/rules.ts';
import { requireReferenceFile } from '../src/verify/reference_content.ts';
import { datasetOf, parametersOf } from '../src/verify/reference_file.ts';
import { WHOLE } from './bench_results.ts';
import { fuzz, readOrRefused } from './fuzz.ts';
import { editJson, type JsonEdit, jsonEdits } from './json_edits.ts';
import { JSON_TOKENS, type Mutation, mutate, mutationsWith, tokensOf } from './mutations.ts';
import { RESULT as PROFILE } from './profile_results.ts';

// JSON that a person drops on the page, or that a command reads.

const mutations = mutationsWith(
  tokensOf([
    ...JSON_TOKENS,
    '__proto__',
    '\0',
    '\uFEFF',
    '"__proto__":{"a":1},',
    '"toString":1,',
    '<img src=x onerror=alert(1)>',
    '\u2028',
    '\x1b[31m',
  ]),
);
const half = { of: 2 };

/** Tests a reader of JSON texts. Its check returns undefined if a text is refused. */
function fuzzTexts(name: string, whole: unknown, check: (text: string) => Promise<unknown>): void {
  const text = JSON.stringify(whole);

  it(`${name}: read if nothing is damaged`, async () => {
    expect(await check(text)).toBeDefined();
  });
  it(`${name}: nested deep`, async () => {
    expect(await check('['.repeat(1e6))).toBeUndefined();
    expect(await check(`${'['.repeat(1e5)}${']'.repeat(1e5)}`)).toBeUndefined();
  });
  const damaged = (changes: Mutation[]) => check(strFromU8(mutate(strToU8(text), changes)));
  fuzz(`${name}: other letters`, mutations, damaged, half);
  const edited = (edits: JsonEdit[]) => check(JSON.stringify(editJson(text, edits)) ?? '');
  fuzz(`${name}: other values`, jsonEdits, edited, half);
}

describe('a damaged file of a benchmark is read or refused in a sentence', () => {
  fuzzTexts('benchmark', WHOLE, async (text) => {
    const result = await readOrRefused(text.length, () => {
      const content = parseJson('now.json', text, 'a result');
      requireBenchResult('now.json', content);
      return content;
    });
    if (!result) return undefined;
    expect(compareResults(WHOLE, result).rows.length).toBeGreaterThan(0);
    expect(compareResults(result, result as BenchResult).warnings).toEqual(expect.any(Array));
    expect(benchCsv(result.rows).split('\n').length).toBeGreaterThan(result.rows.length);
    return result;
  });
});

describe('a damaged file of a profile is read or refused in a sentence', () => {
  fuzzTexts('profile', PROFILE, async (text) => {
    const profile = await readOrRefused(text.length, () => {
      const content = parseJson('old.json', text, 'a profile');
      requireProfileResult('old.json', content);
      return content;
    });
    if (!profile) return undefined;
    expect(compareProfiles(profile, PROFILE).rows.length).toBeGreaterThan(0);
    expect(traceOf(profile).traceEvents.length).toBe(2 + profile.timeline.spans.length);
    expect(profileCsv(profile.rows)).toMatch(/^name,/);
    expect(gapShare(profile.timeline) ?? 0).not.toBeUndefined();
    return profile;
  });
});

describe('a damaged reference file is read or refused in a sentence', () => {
  const golden = (name: string) => JSON.parse(readFileSync(`test/golden/${name}`, 'utf8'));
  for (const name of ['categorical.json', 'numpy_dataset.json']) {
    fuzzTexts(name, golden(name), (text) =>
      readOrRefused(text.length, () => {
        const content = parseJson(name, text, 'a reference file');
        requireReferenceFile(name, content);
        if (content.kind === 'model-step') {
          const { x, y } = datasetOf(content);
          const { batchSize, timeSteps, inputDim } = content.config;
          expect([x.length, y.length]).toEqual([batchSize * timeSteps * inputDim, batchSize]);
          checkModel(content.config);
          packArena(createArena(content.config), parametersOf(content.parameters));
        }
        return content;
      }),
    );
  }

  const model = golden('categorical.json');
  const { config, y } = model;
  it.each<[string, object]>([
    ['has no config', { config: null }],
    ['has config.output.kind 7, not a text', { config: { ...config, output: { kind: 7 } } }],
    ['has an impossible config: output.kind is poem', { config: { ...config, output: { kind: 'poem' } } }],
    [
      `has an impossible config: output.kind is ${'1'.repeat(80)}…: give`,
      { config: { ...config, output: { kind: '1'.repeat(1000) } } },
    ],
    ['has config.timeSteps 1e+300, not a whole number from 1 to 1024', { config: { ...config, timeSteps: 1e300 } }],
    ['has 6 values of y, not 7', { y: y.slice(1) }],
    ['has 9000000 samples of data, not 70', { data: { seed: 1, samples: 9e6 } }],
  ])('%s', (sentence, changes) => {
    expect(() => requireReferenceFile('a.json', { ...model, ...changes })).toThrow(`a.json ${sentence}`);
  });
});

describe('a damaged run.json is read or refused in a sentence', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'run-json-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const command = trainCommand();
  const flags = {
    epochs: 3,
    batchSize: 16,
    learningRate: 1e-3,
    singleAttentionVector: false,
    data: '/a/b.csv',
    label: 'kind',
    schedule: { kind: 'step', everyEpochs: 2, factor: 0.5 },
    classWeights: [1, 2.5],
    tensorboard: true,
    task: 'auto',
    split: 'end',
    standardise: true,
    runtime: 'chrome',
    adapter: 'software',
    out: 'runs/1',
  };
  fuzzTexts('run.json', { flags, dataSha256: 'ab'.repeat(32) }, async (text) => {
    await writeFile(join(folder, 'run.json'), text);
    return readOrRefused(text.length, async () => {
      const run = await readRun(folder);
      requireFlags(folder, run.flags, command);
      return run;
    });
  });
});
