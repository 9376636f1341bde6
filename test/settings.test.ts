import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../src/cli/program.ts';
import { optionName } from '../src/cli/settings.ts';
import { requireFlags } from '../src/cli/stored_flags.ts';
import { trainCommand } from '../src/cli/train.ts';
import type { SeriesSet } from '../src/data/series_set.ts';
import { asFailure } from '../src/errors.ts';
import { readModel, writeModel } from '../src/formats/model_file.ts';
import { readSafetensors, writeSafetensors } from '../src/formats/safetensors.ts';
import { requireFitOptions } from '../src/library/fit_options.ts';
import { EXPERIMENT, experimentOf } from '../src/model/config.ts';
import { addressParameters, PAGE_DEFAULTS, readAddress } from '../src/page/address.ts';
import { describeValues } from '../src/settings/kinds.ts';
import {
  DEFAULTS,
  SETTING_NAMES,
  type Setting,
  type SettingName,
  settingOf,
  unsetValue,
} from '../src/settings/table.ts';
import { prepareSeries } from '../src/train/prepare_series.ts';
import { TRAINED } from './saved_models.ts';

/** What each kind of setting refuses: as text, as a value, and the sentence after the setting's name. */
const WRONG: Record<Setting['kind'], { text: string; value: unknown; sentence: RegExp }> = {
  number: { text: '-1', value: -1, sentence: / is -1: give a (whole )?number from \S+ to \S+ \(.+\)$/ },
  flag: { text: 'perhaps', value: 'perhaps', sentence: / is perhaps: give (1 or 0|true or false)$/ },
  choice: { text: 'some', value: 'some', sentence: / is some: give end, shuffled or stratified$/ },
  schedule: { text: 'often', value: { kind: 'often' }, sentence: / is often: give (one of )?cosine, / },
  classWeights: { text: '1,-1', value: [1, -1], sentence: / is -1: give a number from 0 to 1000000 \(.+\)$/ },
};
/** A text that each kind takes, and its value. */
const RIGHT: Record<Setting['kind'], { text: string; value: unknown }> = {
  number: { text: '0.5', value: 0.5 },
  flag: { text: '0', value: false },
  choice: { text: 'stratified', value: 'stratified' },
  schedule: { text: 'step:2:0.5', value: { kind: 'step', everyEpochs: 2, factor: 0.5 } },
  classWeights: { text: '1,2.5', value: [1, 2.5] },
};

const isWhole = (row: Setting) => row.kind === 'number' && row.bound.integer;
const right = (row: Setting) => (isWhole(row) ? { text: '3', value: 3 } : RIGHT[row.kind]);
const sourceOf = ({ source }: Setting) => (source === 'series' ? 'series' : 'planted');

async function messageOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    const { code, message } = asFailure(error);
    return `${code}: ${message}`;
  }
  return 'nothing';
}

/** Options as commander has them, of `train` with these arguments; nothing is run. */
function flagsOf(...args: string[]): Record<string, unknown> {
  const command = trainCommand().action(() => {});
  command.parse(args, { from: 'user' });
  return command.opts();
}

const train = (...args: string[]) => createProgram().parseAsync(['train', ...args], { from: 'user' });
const address = (parameters: Record<string, string>) => readAddress(new URLSearchParams(parameters));

const SET: SeriesSet = {
  name: 'set',
  samples: 4,
  timeSteps: 2,
  inputDim: 1,
  channelNames: ['x'],
  x: new Float32Array(8),
  y: Float32Array.of(0, 1, 0, 1),
  target: { kind: 'class', name: 'label', classes: ['a', 'b'] },
};
const prepare = (settings: object) => prepareSeries(SET, { ...DEFAULTS, ...settings });

/** The model of a run whose checkpoint has another value of a setting. */
function fileWith(name: SettingName, value: unknown): Uint8Array {
  const file = readSafetensors('m', writeModel(TRAINED));
  const checkpoint = JSON.parse(file.metadata.get('checkpoint') ?? '');
  file.metadata.set('checkpoint', JSON.stringify({ ...checkpoint, config: { ...checkpoint.config, [name]: value } }));
  return writeSafetensors(file);
}

const rows = SETTING_NAMES.map((name) => [name, settingOf(name)] as const);

describe.each(rows)('%s', (name, row) => {
  const wrong = WRONG[row.kind];

  it('is an option of the command line', () => {
    const { text, value } = right(row);
    if (row.kind === 'flag') expect(flagsOf(optionName(name))).toHaveProperty(name, !unsetValue(name));
    else expect(flagsOf(optionName(name), text)).toHaveProperty(name, value);
    expect(flagsOf()[name]).toEqual(unsetValue(name));
  });

  it('is a parameter of the address, which leads back', () => {
    const { text, value } = right(row);
    const read = address({ data: sourceOf(row), [name]: text });
    expect(read.refused).toEqual([]);
    expect(read.values).toEqual({ ...PAGE_DEFAULTS, [name]: value });
    expect(readAddress(addressParameters('train', read)).values).toEqual(read.values);
  });

  it('is refused in the same words by command line, address, file, experiment and library', async () => {
    const said = [
      row.kind === 'flag' ? '' : await messageOf(() => flagsOf(optionName(name), wrong.text)),
      `invalid-option: ${address({ data: sourceOf(row), [name]: wrong.text }).refused}`,
      await messageOf(() => readModel('m', fileWith(name, wrong.value))),
      row.source === 'series' ? '' : await messageOf(() => experimentOf({ ...DEFAULTS, [name]: wrong.value })),
      row.source === 'planted' ? '' : await messageOf(() => prepare({ [name]: wrong.value })),
    ];
    const before = [
      `invalid-option: ${optionName(name)}`,
      `invalid-option: ${name}`,
      `invalid-file: m has an impossible config: ${name}`,
      `invalid-option: ${name}`,
      `invalid-option: ${name}`,
    ];
    const sentences = said.flatMap((sentence, i) => {
      if (sentence === '') return [];
      expect(sentence).toContain(before[i]);
      return [sentence.slice(before[i].length).replace(/: give a model of this kind$/, '')];
    });
    expect(sentences.length).toBeGreaterThanOrEqual(3);
    for (const sentence of sentences) expect(sentence).toMatch(wrong.sentence);
    // Numbers, choices and weights read the same as text and as a value.
    if (row.kind !== 'flag' && row.kind !== 'schedule') expect(new Set(sentences).size).toBe(1);
  });
});

const own = rows.filter(([, { source }]) => source !== 'both');

describe.each(own)('%s where it has no use', (name, row) => {
  const { text, value } = right(row);
  const sentence =
    row.source === 'series'
      ? 'is a setting for own series: leave it out for the planted experiment'
      : 'is a setting of the planted experiment: leave it out for own series';

  it('is refused in the same words by command line, address, run file and library', async () => {
    const data = row.source === 'planted' ? { data: 'series.csv' } : {};
    const given = [optionName(name), ...(row.kind === 'flag' ? [] : [text])];
    const files = row.source === 'planted' ? ['--data', 'series.csv'] : [];
    expect(await messageOf(() => train(...given, ...files))).toBe(`invalid-option: ${optionName(name)} ${sentence}`);
    const other = row.source === 'planted' ? 'series' : 'planted';
    expect(address({ data: other, [name]: text }).refused).toEqual([`${name} ${sentence}`]);
    const stored = { ...DEFAULTS, ...data, [name]: value };
    expect(await messageOf(() => requireFlags('runs/1', stored, trainCommand()))).toBe(
      `invalid-file: the run in runs/1 has options that no run can have: ${optionName(name)} ${sentence}`,
    );
    if (row.source === 'series') return;
    expect(await messageOf(() => requireFitOptions({ [name]: value }))).toBe(`invalid-option: ${name} ${sentence}`);
  });
});

describe('settings', () => {
  it('of a run as it is are taken from its file', () => {
    expect(() => requireFlags('runs/1', { ...DEFAULTS }, trainCommand())).not.toThrow();
    expect(() =>
      requireFlags('runs/1', { ...DEFAULTS, data: '/a.csv', split: 'shuffled' }, trainCommand()),
    ).not.toThrow();
  });

  it('for classes are refused where numbers are predicted', () => {
    const set: SeriesSet = { ...SET, target: { kind: 'number', name: 'load' } };
    expect(() => prepareSeries(set, { ...DEFAULTS, classWeights: [1, 2] })).toThrow(
      'classWeights is for classes, but numbers are predicted: leave it out',
    );
    expect(() => prepareSeries(set, { ...DEFAULTS, labelSmoothing: 0.1 })).toThrow('labelSmoothing is for classes');
    expect(() => prepareSeries(set, { ...DEFAULTS, ...flagsOf('--data', 'numbers.csv') })).not.toThrow();
  });

  it('of the experiment have a weight for each of its two classes, as numbers', async () => {
    expect(await messageOf(() => train('--class-weights', '1,2,3'))).toBe(
      'invalid-option: --class-weights is 1,2,3, but there are 2 classes: give a number for each',
    );
    expect(await messageOf(() => train('--class-weights', 'balanced'))).toBe(
      'invalid-option: --class-weights is balanced, which is for own series: give a number for each class',
    );
  });

  it('and other options that the library does not know are refused', async () => {
    const options: object[] = [{ batch_size: 3 }, { units: 3 }, { tune: true, epochs: 2, seed: undefined }];
    expect(await Promise.all(options.map((one) => messageOf(() => requireFitOptions(one))))).toEqual([
      expect.stringMatching(/^invalid-option: batch_size is not a setting: the names are samples, /),
      'invalid-option: units is a setting of the model: give it when the model is made',
      'nothing',
    ]);
  });

  it('leave out of a config what means the same as none', () => {
    expect(experimentOf({ ...DEFAULTS, shuffle: true })).toEqual(EXPERIMENT);
    expect(experimentOf({ ...DEFAULTS, shuffle: false, l2: 0 })).toEqual({ ...EXPERIMENT, shuffle: false, l2: 0 });
  });

  it('in groups, as files of earlier versions have them, are read', () => {
    const file = readSafetensors('m', writeModel(TRAINED));
    const checkpoint = JSON.parse(file.metadata.get('checkpoint') ?? '');
    const update = { classWeights: [1, 2], l2: 0.1, largestGradientNorm: 3 };
    const config = { ...checkpoint.config, update, earlyStopping: { patience: 5, restoreBest: true } };
    file.metadata.set('checkpoint', JSON.stringify({ ...checkpoint, config }));
    expect(readModel('m', writeSafetensors(file)).checkpoint?.config).toEqual({
      ...TRAINED.checkpoint?.config,
      classWeights: [1, 2],
      l2: 0.1,
      clipNorm: 3,
      patience: 5,
    });
  });
});

const PAGE = new URL('../docs/settings.md', import.meta.url);

const WHERE: Record<Setting['source'], string> = {
  planted: 'the experiment',
  series: 'own series',
  both: 'both',
};

function cellsOf(name: SettingName): string[] {
  const row = settingOf(name);
  const unset = unsetValue(name);
  const meaning = row.kind === 'flag' ? `${row.words} (off: ${row.off})` : row.words;
  return [
    `\`${name}\``,
    `\`${optionName(name)}\``,
    describeValues(name),
    unset === undefined && 'absent' in row ? row.absent : String(unset),
    row.needsClasses ? `${WHERE[row.source]}, classes only` : WHERE[row.source],
    meaning,
  ];
}

function settingsPage(): string {
  const head = ['setting', 'option', 'values', 'without it', 'for', 'meaning'];
  const lines = [head, head.map(() => '---'), ...SETTING_NAMES.map(cellsOf)].map((cells) => `| ${cells.join(' | ')} |`);
  return `# Settings

All settings of a training. The page's address has a setting under its name (\`?units=16\`; flags are 1 or 0). The
command line has it as the option. The library has it under its name: a setting of the model when the model is made, the
others in \`fit\`. A value out of bounds is refused, and so is a setting that does not apply to the data.

Two defaults differ by place. \`fit\` takes Keras': batches of 32, one epoch, no validation. The page shuffles own series
before it splits them.

This page is made from \`src/settings/table.ts\` by a test, which fails if they differ
(\`UPDATE_SETTINGS=1 npx vitest run test/settings.test.ts\`).

${lines.join('\n')}
`;
}

it('are in docs/settings.md as in the table', () => {
  if (process.env.UPDATE_SETTINGS) writeFileSync(PAGE, settingsPage());
  expect(readFileSync(PAGE, 'utf8')).toBe(settingsPage());
});
