import { describe, expect, it } from 'vitest';
import { createProgram } from '../src/cli/program.ts';
import { optionName } from '../src/cli/settings.ts';
import { requireFlags } from '../src/cli/stored_flags.ts';
import { trainCommand } from '../src/cli/train.ts';
import type { SeriesSet } from '../src/data/series_set.ts';
import { asFailure } from '../src/errors.ts';
import { readModel, writeModel } from '../src/formats/model_file.ts';
import { readSafetensors, writeSafetensors } from '../src/formats/safetensors.ts';
import { givenFitOptions } from '../src/library/fit_options.ts';
import { EXPERIMENT, experimentOf } from '../src/model/config.ts';
import { addressParameters, PAGE_DEFAULTS, readAddress } from '../src/page/address.ts';
import { CLASSES, describeMisfit } from '../src/settings/bounds.ts';
import { describeSetting, findContradiction, type Use } from '../src/settings/check.ts';
import { formatSetting, parseSetting, rulesOf } from '../src/settings/kinds.ts';
import {
  DEFAULTS,
  SETTING_NAMES,
  type Setting,
  type SettingName,
  type Settings,
  settingOf,
  unsetValue,
} from '../src/settings/table.ts';
import { prepareSeries } from '../src/train/prepare_series.ts';
import { TRAINED } from './saved_models.ts';

/** What each kind of setting refuses: as text, as a value, and the sentence after the setting's name. */
const WRONG: Record<Setting['kind'], { text: string; value: unknown; sentence: RegExp }> = {
  number: { text: '-1', value: -1, sentence: / is -1: give a (whole )?number from \S+ to \S+ \(.+\)$/ },
  flag: { text: 'perhaps', value: 'perhaps', sentence: / is perhaps: give (1 or 0|true or false)$/ },
  choice: { text: 'some', value: 'some', sentence: / is some: give \w+(, \w+)* or \w+$/ },
  schedule: { text: 'often', value: { kind: 'often' }, sentence: / is often: give (one of )?cosine, / },
  classWeights: { text: '1,-1', value: [1, -1], sentence: / is -1: give a number from 0 to 1000000 \(.+\)$/ },
  layers: { text: 'loop', value: [{ type: 'loop' }], sentence: /: layer 1 is loop: give one of attention, lstm, / },
};
/** A text that each kind takes, and its value. */
const RIGHT: Record<Exclude<Setting['kind'], 'choice'>, { text: string; value: unknown }> = {
  number: { text: '0.5', value: 0.5 },
  flag: { text: '0', value: false },
  schedule: { text: 'step:2:0.5', value: { kind: 'step', everyEpochs: 2, factor: 0.5 } },
  classWeights: { text: '1,2.5', value: [1, 2.5] },
  layers: {
    text: 'attention:single, lstm:5',
    value: [
      { type: 'attention', singleVector: true },
      { type: 'lstm', units: 5 },
    ],
  },
};

const isWhole = (row: Setting) => row.kind === 'number' && row.bound.integer;
/** A choice that is none of the defaults. */
const otherChoice = (choices: object) => Object.keys(choices)[1];
const right = (row: Setting) => {
  if (row.kind === 'choice') return { text: otherChoice(row.choices), value: otherChoice(row.choices) };
  return isWhole(row) ? { text: '3', value: 3 } : RIGHT[row.kind];
};
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
const NUMBERS: SeriesSet = { ...SET, target: { kind: 'number', name: 'load' } };
const isOfNumbers = (name: SettingName) => settingOf(name).needsNumbers ?? false;
const prepare = (name: SettingName, value: unknown) =>
  prepareSeries(isOfNumbers(name) ? NUMBERS : SET, { ...DEFAULTS, [name]: value });

/** The model of a run whose checkpoint has another value of a setting. */
function fileWith(name: SettingName, value: unknown): Uint8Array {
  const file = readSafetensors('m', writeModel(TRAINED));
  const checkpoint = JSON.parse(file.metadata.get('checkpoint') ?? '');
  const output = isOfNumbers(name) ? { kind: 'regression' } : undefined;
  const config = { ...checkpoint.config, ...(output && { output }), [name]: value };
  file.metadata.set('checkpoint', JSON.stringify({ ...checkpoint, config }));
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
      row.source === 'planted' ? '' : await messageOf(() => prepare(name, wrong.value)),
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
    expect(await messageOf(() => givenFitOptions({ [name]: value }))).toBe(`invalid-option: ${name} ${sentence}`);
  });
});

describe('settings', () => {
  it('of a run as it is are taken from its file', () => {
    expect(() => requireFlags('runs/1', { ...DEFAULTS }, trainCommand())).not.toThrow();
    expect(() =>
      requireFlags('runs/1', { ...DEFAULTS, data: '/a.csv', split: 'shuffled' }, trainCommand()),
    ).not.toThrow();
  });

  it('for classes are refused if numbers are predicted', () => {
    const set = NUMBERS;
    expect(() => prepareSeries(set, { ...DEFAULTS, classWeights: [1, 2] })).toThrow(
      'classWeights is for classes, but numbers are predicted: leave it out',
    );
    expect(() => prepareSeries(set, { ...DEFAULTS, labelSmoothing: 0.1 })).toThrow('labelSmoothing is for classes');
    expect(() => prepareSeries(set, { ...DEFAULTS, ...flagsOf('--data', 'numbers.csv') })).not.toThrow();
  });

  it('for numbers are refused if classes are predicted', () => {
    const sentence = 'loss is for numbers, but classes are predicted: leave it out';
    expect(() => prepareSeries(SET, { ...DEFAULTS, loss: 'mae' })).toThrow(sentence);
    expect(prepareSeries(NUMBERS, { ...DEFAULTS, loss: 'mae' }).config.loss).toBe('mae');
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
    const options: object[] = [
      ...[{ batch_size: 3 }, { epoch: 2 }, { flavour: 'sweet' }, { watch: { metric: true } }],
      ...[{ callbacks: { epoch: 3 } }, { watch: { samples: true } }, { tune: 1 }, { signal: new AbortController() }],
      ...[{ callbacks: { epochs: () => {} } }, { units: 3 }, { tune: true, epochs: 2, seed: undefined }],
    ];
    expect(await Promise.all(options.map((one) => messageOf(() => givenFitOptions(one))))).toEqual([
      'invalid-option: fit has no option "batch_size": do you mean batchSize?',
      'invalid-option: fit has no option "epoch": do you mean epochs?',
      expect.stringMatching(/^invalid-option: fit has no option "flavour": the names are batchSize, .*, resume$/),
      'invalid-option: watch has no option "metric": do you mean metrics?',
      'invalid-option: callbacks.epoch is a number: give a function',
      'invalid-option: watch.samples is a boolean: give a number',
      'invalid-option: tune is a number: give a boolean',
      'invalid-option: signal is no AbortSignal: give the signal of an AbortController',
      'invalid-option: callbacks has no option "epochs": do you mean epoch?',
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

describe('a value', () => {
  const anySource = {};
  const planted = { source: 'planted' } as const;
  const series = { source: 'series' } as const;

  // [setting, value, use, sentence; undefined if it fits]
  const values: [SettingName, unknown, Use, string | undefined][] = [
    [
      'units',
      undefined,
      anySource,
      'units is undefined: give a whole number from 1 to 256 (the recurrent kernel is (U, 4U))',
    ],
    [
      'units',
      { some: 1 },
      anySource,
      'units is object: give a whole number from 1 to 256 (the recurrent kernel is (U, 4U))',
    ],
    [
      'units',
      '  many\n',
      anySource,
      'units is many: give a whole number from 1 to 256 (the recurrent kernel is (U, 4U))',
    ],
    ['units', ' ', anySource, 'units is empty: give a whole number from 1 to 256 (the recurrent kernel is (U, 4U))'],
    ['units', 1, anySource, undefined],
    ['units', 256, anySource, undefined],
    ['units', 2.5, anySource, 'units is 2.5: give a whole number from 1 to 256 (the recurrent kernel is (U, 4U))'],
    ['learningRate', 2.5, anySource, undefined],
    [
      'learningRate',
      Number.POSITIVE_INFINITY,
      anySource,
      "learningRate is Infinity: give a number from 0 to 1e+38 (Adam's step size, a float32)",
    ],
    ['split', 'end', planted, 'split is a setting for own series: leave it out for the planted experiment'],
    ['split', 'balanced', planted, 'split is a setting for own series: leave it out for the planted experiment'],
    ['split', 'balanced', anySource, 'split is balanced: give auto, end, shuffled or stratified'],
    ['split', 'toString', anySource, 'split is toString: give auto, end, shuffled or stratified'],
    ['split', ['end'], anySource, 'split is object: give auto, end, shuffled or stratified'],
    ['classWeights', undefined, { classes: 0 }, undefined],
    ['classWeights', 'balanced', series, undefined],
    [
      'classWeights',
      'balanced',
      anySource,
      'classWeights is balanced, which is for own series: give a number for each class',
    ],
    ['classWeights', [1, 2, 3], anySource, undefined],
    ['classWeights', [1, 2, 3], { classes: 3 }, undefined],
    ['classWeights', 5, { classes: 3 }, 'classWeights is 5: give balanced, or a number for each class as 1,2.5'],
    ['labelSmoothing', 0, { classes: 0 }, undefined],
    ['labelSmoothing', 0.5, { classes: 0 }, 'labelSmoothing is for classes, but numbers are predicted: leave it out'],
    ['shuffle', true, anySource, undefined],
    ['shuffle', 1, anySource, 'shuffle is 1: give true or false'],
    ['schedule', null, anySource, 'schedule is undefined: give one of cosine, step, plateau, constant'],
    ['schedule', { kind: ['cosine'] }, anySource, 'schedule is object: give one of cosine, step, plateau, constant'],
    ['schedule', { kind: 'toString' }, anySource, 'schedule is toString: give one of cosine, step, plateau, constant'],
    [
      'schedule',
      { kind: 'step', everyEpochs: 2, factor: 2 },
      anySource,
      'schedule.factor is 2: give a number from 0 to 1 (the learning rate is multiplied by it)',
    ],
  ];

  it.each(values)('of %s, %j with %j, fits or is refused in one sentence', (name, value, use, sentence) => {
    expect(describeSetting(name, value, use)).toBe(sentence);
    expect(describeSetting(name, value, use, (name) => `the ${name}`)).toBe(sentence && `the ${sentence}`);
  });

  // [values, use, setting that contradicts, sentence]
  const contradictions: [Partial<Settings>, Use, SettingName?, string?][] = [
    [
      { attentionColumn: 4, timeSteps: 4 },
      planted,
      'attentionColumn',
      'THE attentionColumn is 4, but there are 4 time steps: give 0 to 3, or more THE timeSteps',
    ],
    [{ attentionColumn: 3, timeSteps: 4 }, planted],
    [{ attentionColumn: 4 }, planted],
    [{ timeSteps: 4 }, planted],
    [{ attentionColumn: 4, timeSteps: 4 }, series],
    [
      { samples: 4, validationSplit: 0.9 },
      planted,
      'validationSplit',
      'THE validationSplit 0.9 leaves none of 4 series to train on: give a smaller share, or more series',
    ],
    [
      { samples: 100, validationSplit: 0.9 },
      { ...series, samples: 4 },
      'validationSplit',
      'THE validationSplit 0.9 leaves none of 4 series to train on: give a smaller share, or more series',
    ],
    [
      { samples: 4, validationSplit: 0.9 },
      { ...planted, samples: 100 },
      'validationSplit',
      'THE validationSplit 0.9 leaves none of 4 series to train on: give a smaller share, or more series',
    ],
    [
      { samples: 4, validationSplit: 0.9 },
      { ...series, samples: 100 },
    ],
    [{ samples: 4, validationSplit: 0.9 }, series],
    [{ samples: 2, validationSplit: 0.5 }, planted],
    [{ samples: 1 }, planted],
  ];

  it.each(contradictions)(
    'of several settings, %j with %j, contradicts another or not',
    (given, use, name, sentence) => {
      expect(findContradiction(given, use, (one) => `THE ${one}`)).toEqual(name && { name, sentence });
    },
  );

  // [setting, text, value or sentence]
  const texts: [SettingName, string, unknown][] = [
    ['units', ' 3 ', 3],
    ['units', ' ', 'LABEL is empty: give a whole number from 1 to 256 (the recurrent kernel is (U, 4U))'],
    [
      'attentionColumn',
      ' ',
      'LABEL is empty: give a whole number from 0 to 1023 (a time step, so below the number of time steps)',
    ],
    ['shuffle', '1', true],
    ['shuffle', 'true', true],
    ['shuffle', '0', false],
    ['shuffle', 'false', false],
    ['shuffle', '', 'LABEL is empty: give 1 or 0'],
    ['split', 'shuffled', 'shuffled'],
    ['classWeights', ' balanced ', 'balanced'],
    ['classWeights', '1, 0.5', [1, 0.5]],
    ['classWeights', '1,', 'LABEL is 1,: give balanced, or a number for each class as 1,2.5'],
    ['schedule', 'cosine', { kind: 'cosine' }],
    ['schedule', 'cosine:1', 'LABEL is cosine:1: give cosine, step:EPOCHS:FACTOR, plateau:EPOCHS:FACTOR or constant'],
    ['schedule', 'toString', 'LABEL is toString: give cosine, step:EPOCHS:FACTOR, plateau:EPOCHS:FACTOR or constant'],
    ['schedule', 'plateau:3:0.5', { kind: 'plateau', patience: 3, factor: 0.5 }],
    [
      'schedule',
      'step:3',
      'LABEL step: factor is empty: give a number from 0 to 1 (the learning rate is multiplied by it)',
    ],
    ['schedule', 'step::0.5', 'LABEL step: epochs is empty: give a whole number from 1 to 100000 (epochs)'],
  ];

  it.each(texts)('of %s is read from the text %j, or refused, and written back', async (name, text, expected) => {
    if (typeof expected === 'string' && expected.startsWith('LABEL')) {
      expect(await messageOf(() => parseSetting(name, text, 'LABEL'))).toBe(`invalid-option: ${expected}`);
      return;
    }
    const value = parseSetting(name, text);
    expect(value).toEqual(expected);
    expect(parseSetting(name, formatSetting(name, value))).toEqual(expected);
  });

  it('of the classes of an output has bounds too', () => {
    expect(describeMisfit('output.classes', 1, CLASSES)).toBe(
      'output.classes is 1: give a whole number from 2 to 1000 (an output each)',
    );
  });

  it('of a file has a rule: optional if told so', () => {
    const rules = rulesOf(['units', 'shuffle'], (name) => name === 'shuffle');
    expect(Object.keys(rules)).toEqual(['units', 'shuffle']);
    expect([rules.units(3, 'u'), rules.shuffle(false, 's'), rules.shuffle(undefined, 's')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([rules.units(0, 'u'), rules.units(undefined, 'u'), rules.shuffle(1, 's')]).toEqual([
      'u 0, not a whole number from 1 to 256',
      'u undefined, not a whole number from 1 to 256',
      's 1, not true or false',
    ]);
    expect(rulesOf(['units']).units(undefined, 'u')).toBe('u undefined, not a whole number from 1 to 256');
  });
});
