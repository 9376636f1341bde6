import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { BenchResult } from '../src/bench/result.ts';
import { requireBenchResult } from '../src/bench/result_file.ts';
import { Failure } from '../src/errors.ts';
import { packagePath } from '../src/hosts/package_path.ts';
import { EXPERIMENT } from '../src/model/config.ts';
import { result, row, WHOLE as whole } from './bench_results.ts';

/** The whole result with the field at a path set to a value. */
function withField(path: string, value: unknown): unknown {
  const copy = JSON.parse(JSON.stringify(whole));
  const names = path.split('.');
  const last = names.pop() as string;
  names.reduce((object, name) => object[name], copy)[last] = value;
  return copy;
}

describe('a result from a file', () => {
  const read = (content: unknown) => () => requireBenchResult('old.json', content);

  it.each<[string, BenchResult]>([
    ['with everything', whole],
    ['with what every benchmark has', result([row('a', 1)])],
  ])('%s is taken, and what it has beyond is left alone', (_, given) => {
    expect(read({ ...JSON.parse(JSON.stringify(given)), more: 1 })).not.toThrow();
  });

  it.each([null, undefined, 1, 'text', [], {}, { rows: [] }])('that is %j is refused in one sentence', (content) => {
    expect(read(content)).toThrow(Failure);
    expect(read(content)).toThrow(/^old\.json has no environment: give a file that bench --json wrote$/);
  });

  it.each([
    ['limits', undefined, 'no limits'],
    ['limits.multiplyAddGflops', 0, 'limits.multiplyAddGflops 0, not a positive number'],
    ['rows', [], 'no rows'],
    ['rows', [null], 'no rows[0]'],
    ['rows.0.name', undefined, 'rows[0].name undefined, not a text'],
    ['rows.0.medianMs', '1', 'rows[0].medianMs "1", not a positive number'],
    ['rows.0.bytes', null, 'rows[0].bytes null, not a number from 0'],
    ['environment.config', 7, 'no environment.config'],
    ['environment.adapter.description', { html: '<b>' }, 'environment.adapter.description object, not a text'],
    ['environment.adapter.features', ['a', 1], 'environment.adapter.features[1] 1, not a text'],
    ['environment.adapter.limits', { a: '<b>' }, 'environment.adapter.limits.a "<b>", not a number'],
    ['environment.timer', 'sundial', 'environment.timer "sundial", not timestamp or wall-clock'],
    ['format', 3, 'format 3, not a number up to 2, the newest form that this version reads'],
    ['rows.0.starts', [1, '2'], 'rows[0].starts[1] "2", not a positive number'],
    ['date', 'yesterday', 'date "yesterday", not a date'],
    ['score.value', -1, 'score.value -1, not a positive number'],
    ['score.workloads', {}, 'no list score.workloads'],
    ['correctness.0.passed', 'yes', 'correctness[0].passed "yes", not true or false'],
    ['invalid', ['a', {}], 'invalid[1] object, not a text'],
    ['sweeps.0.size', 'constructor', 'sweeps[0].size "constructor", not a size that is swept'],
    ['sweeps.0.size', 'x'.repeat(1000), `sweeps[0].size "${'x'.repeat(40)}…", not a size that is swept`],
  ])('with %s %j is refused by name', (path, value, misfit) => {
    expect(read(withField(path, value))).toThrow(`old.json has ${misfit}: give a file that bench --json wrote`);
  });
});

describe('a stored benchmark', () => {
  const folder = packagePath('benchmarks');

  it.each(readdirSync(folder))('%s can be compared with: valid, and of the sizes that bench has by default', (name) => {
    const content: unknown = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'));
    requireBenchResult(name, content);
    expect(content.invalid).toBeUndefined();
    expect(content.environment.adapter.isSoftware).toBe(name === 'swiftshader.json');
    const { batchSize, timeSteps, inputDim, units, singleAttentionVector, seed } = EXPERIMENT;
    expect(content.environment.config).toEqual({ batchSize, timeSteps, inputDim, units, singleAttentionVector, seed });
    expect(content.rows[0].name).toBe('training step');
  });
});
