import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { NumpyRandom } from '../src/data/numpy_random.ts';
import { RUN_FILES } from '../test/run_files.ts';
import { cli, newFolder } from './command.ts';

const T = 8;
const PLANTED = 3;
const SMALL = ['--units', '8', '--batch-size', '16', '--learning-rate', '0.02', '--adapter', 'software'];

/** A CSV of noise. `label(n)` gives the name of a series' label, and the value in its planted step. */
function csv(samples: number, seed: number, label: (n: number) => { name: string; planted: number }): string {
  const random = new NumpyRandom(seed);
  const rows = Array.from({ length: samples }, (_, n) => {
    const { name, planted } = label(n);
    const steps = Array.from({ length: T }, (_, t) => (t === PLANTED ? planted : random.normal()).toFixed(4));
    return [name, ...steps].join(',');
  });
  return [`season,${Array.from({ length: T }, (_, t) => `t${t}`).join(',')}`, ...rows, ''].join('\n');
}

const SEASONS = ['winter', 'spring', 'summer'];
const seasons = (count: number) => (n: number) => ({ name: SEASONS[n % count], planted: 3 * ((n % count) - 1) });

/** A folder with a training and a test file. */
function files(label: (n: number) => { name: string; planted: number }): { folder: string; data: string[] } {
  const folder = newFolder();
  const [training, testing] = ['train.csv', 'test.csv'].map((name) => join(folder, name));
  writeFileSync(training, csv(240, 1, label));
  writeFileSync(testing, csv(60, 2, label));
  return { folder, data: ['--data', training, '--test', testing, '--label', 'season'] };
}

for (const [runtime, count] of [
  ['dawn', 3],
  ['chrome', 2],
] as const) {
  test(`on ${runtime} a model of ${count} classes is trained, tested, saved and used again`, async () => {
    const { folder, data } = files(seasons(count));
    const out = join(folder, 'run');
    const options = [...SMALL, '--runtime', runtime, '--out', out];
    const trained = await cli([
      'train',
      ...data,
      '--epochs',
      '40',
      '--patience',
      '12',
      '--split',
      'stratified',
      ...options,
    ]);
    expect(trained.stderr).toBe('');
    expect(trained.stdout).toContain(`train.csv: 240 series of ${T} steps, 1 channel`);
    expect(trained.stdout).toContain(`Classes: ${[...SEASONS.slice(0, count)].sort()[0]} ${240 / count}`);
    const accuracy = Number(/Test: Accuracy (\S+) on 60 series/.exec(trained.stdout)?.[1]);
    expect(accuracy).toBeGreaterThan(0.95);
    expect(readFileSync(join(out, 'history.csv'), 'utf8')).toMatch(
      /^epoch,seconds,loss,accuracy,valLoss,valAccuracy\n/,
    );

    expect(readdirSync(out).sort()).toEqual(RUN_FILES);
    const { evaluation, bestEpoch, history } = JSON.parse(readFileSync(join(out, 'history.json'), 'utf8'));
    expect(evaluation.test).toMatchObject({ samples: 60, classification: { accuracy } });
    expect(evaluation.validation.loss).toBeCloseTo(history[(bestEpoch ?? history.length) - 1].valLoss, 6);
    const report = readFileSync(join(out, 'report.html'), 'utf8');
    for (const part of ['validation', 'test']) expect(report).toContain(`Confusion matrix, ${part}<`);

    const use = [
      '--model',
      join(out, 'model.safetensors'),
      '--data',
      data[3],
      '--label',
      'season',
      '--runtime',
      runtime,
      '--adapter',
      'software',
    ];
    const table = join(folder, 'predictions.csv');
    const matrix = join(folder, 'matrix.svg');
    const predicted = await cli(['predict', ...use, '--csv', table, '--picture', matrix]);
    expect(predicted.stdout).toContain(`Accuracy ${accuracy.toFixed(4)} on 60 series`);
    const [header, ...rows] = readFileSync(table, 'utf8').trimEnd().split('\n');
    const names = SEASONS.slice(0, count).sort();
    expect(header).toBe(['series', 'label', 'predicted', ...names.map((name) => `probability ${name}`)].join(','));
    expect(rows).toHaveLength(60);
    for (const row of rows) {
      const [, , guess, ...probabilities] = row.split(',');
      const numbers = probabilities.map(Number);
      expect(numbers.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
      expect(names[numbers.indexOf(Math.max(...numbers))]).toBe(guess);
    }

    const recognised = [...readFileSync(matrix, 'utf8').matchAll(/ recognised: (\d+) of \d+</g)];
    expect(recognised).toHaveLength(count);
    expect(recognised.reduce((sum, [, number]) => sum + Number(number), 0)).toBe(Math.round(60 * accuracy));

    const attentionTable = join(folder, 'attention.csv');
    const meanTable = join(folder, 'mean.csv');
    const picture = join(folder, 'attention.png');
    const written = ['--csv', attentionTable, '--mean-csv', meanTable, '--picture', picture];
    const attention = await cli(['attention', ...use, ...written]);
    expect(attention.stderr).toBe('');
    expect([...readFileSync(picture).subarray(0, 8)]).toEqual([...Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')]);
    const means = readFileSync(meanTable, 'utf8').trimEnd().split('\n');
    expect(means.map((line) => line.split(',')[0])).toEqual(['class', '', ...names]);
    expect(attention.stdout).toContain(`Mean attention by time step (uniform would be 1/${T}`);
    const lines = readFileSync(attentionTable, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(61);
    expect(
      lines[1]
        .split(',')
        .slice(2)
        .reduce((sum, value) => sum + Number(value), 0),
    ).toBeCloseTo(1, 5);
  });
}

test('numbers are predicted, with their own metric', async () => {
  const { folder, data } = files((n) => ({ name: String((n % 37) / 10), planted: (n % 37) / 10 }));
  const out = join(folder, 'run');
  const options = [
    ...SMALL,
    '--runtime',
    'dawn',
    '--out',
    out,
    '--task',
    'regression',
    '--schedule',
    'cosine',
    '--clip-norm',
    '1',
  ];
  const { stdout, stderr } = await cli(['train', ...data, '--epochs', '60', ...options]);
  expect(stderr).toBe('');
  const r2 = Number(/Test: Mean absolute error .* R² (\S+) on 60 series/.exec(stdout)?.[1]);
  expect(r2).toBeGreaterThan(0.7);
  expect(readFileSync(join(out, 'history.csv'), 'utf8')).toMatch(
    /^epoch,seconds,loss,meanAbsoluteError,valLoss,valMeanAbsoluteError\n/,
  );
  const { evaluation } = JSON.parse(readFileSync(join(out, 'history.json'), 'utf8'));
  expect(evaluation.test.regression.r2).toBeCloseTo(r2, 3);
  expect(evaluation.test.residuals.labels).toHaveLength(60);
  expect(readFileSync(join(out, 'report.html'), 'utf8').match(/Residuals, predicted − label/g)).toHaveLength(2);
  const model = ['--model', join(out, 'model.safetensors'), '--data', data[3], '--label', 'season'];
  const refused = await cli(['predict', ...model, '--picture', join(folder, 'matrix.svg')]);
  expect(refused.stderr).toContain('--picture shows classes, but the model predicts numbers: leave it out');
  expect(refused.status).toBe(2);
});

test('the same seed gives the same model, another order of the series another one', async () => {
  const { folder, data } = files(seasons(2));
  const trained = async (name: string, ...options: string[]) => {
    const own = ['--runtime', 'dawn', '--out', join(folder, name), ...options];
    const { stdout } = await cli(['train', ...data, '--epochs', '2', ...SMALL, ...own]);
    const hash = /SHA-256 ([0-9a-f]{64})/.exec(stdout)?.[1];
    expect(hash).toBeDefined();
    return hash;
  };
  const first = await trained('a');
  expect(await trained('b')).toBe(first);
  expect(await trained('c', '--no-shuffle')).not.toBe(first);
  expect(await trained('d', '--class-weights', '1,3')).not.toBe(first);
  expect(await trained('e', '--l2', '0.01')).not.toBe(first);
});

test('options that do not fit are refused in one sentence', async () => {
  const { folder, data } = files(seasons(2));
  const other = join(folder, 'other.csv');
  writeFileSync(other, 'label,a,b\nx,1,2\ny,3,4\n');
  const model = join(folder, 'run', 'model.safetensors');
  const { status } = await cli([
    'train',
    ...data,
    '--epochs',
    '1',
    ...SMALL,
    '--runtime',
    'dawn',
    '--out',
    join(folder, 'run'),
  ]);
  expect(status).toBe(0);
  for (const [args, code, message] of [
    [['train', '--data', join(folder, 'none.csv')], 1, 'none.csv cannot be read (ENOENT)'],
    [
      ['train', ...data, '--time-steps', '8'],
      2,
      '--time-steps is a setting of the planted experiment: leave it out for own series',
    ],
    [['train', ...data, '--label', 'month'], 2, 'month'],
    [
      ['train', ...data, '--class-weights', '1,2,3', ...SMALL, '--out', join(folder, 'w')],
      2,
      '--class-weights is 1,2,3, but there are 2 classes',
    ],
    [['train', ...data, '--schedule', 'often'], 2, '--schedule is often: give cosine'],
    [
      ['predict', '--model', model, '--data', other],
      1,
      'its series are (2, 1), steps by channels, the training series (8, 1)',
    ],
    [
      ['predict', '--model', other, '--data', other],
      2,
      "is not a model's file name: give one that ends in .safetensors",
    ],
    [
      ['attention', '--model', model, '--data', data[3], '--picture', 'a.jpg'],
      2,
      '--picture is a.jpg: give a name that ends in .svg or .png',
    ],
    [['predict', '--data', other], 2, "required option '--model <file>' not specified"],
  ] as [string[], number, string][]) {
    const outcome = await cli(args);
    expect(outcome.stderr).toContain(message);
    expect(outcome.status, outcome.stderr).toBe(code);
  }
});
