import { describe, expect, it } from 'vitest';
import { readSeries, readUnlabelled } from '../src/data/read_series.ts';
import type { ReadOptions, SeriesFile } from '../src/data/series_formats.ts';
import { asFailure } from '../src/errors.ts';
import { nearestName, requireOptions } from '../src/settings/option_names.ts';
import { seriesFile } from './series_files.ts';

const FILE = seriesFile('a.csv', 't0,t1,label\n1,2,up\n3,4,down\n');

async function refusal(options: object, file: object = FILE, read = readSeries): Promise<string> {
  const outcome = await read(file as SeriesFile, options as ReadOptions).catch(asFailure);
  return outcome instanceof Error ? `${outcome.code}: ${outcome.message}` : `${outcome.samples} series`;
}

describe('options of reading', () => {
  it.each([
    [{ labels_column: 'label' }, 'readSeries has no option "labels_column": the names are task, '],
    [{ Label: 'label' }, 'readSeries has no option "Label": do you mean label?'],
    [{ chanels: [0] }, 'readSeries has no option "chanels": do you mean channels?'],
    [{ channels_first: true }, 'readSeries has no option "channels_first": do you mean channelsFirst?'],
    [{ arrays: { z: 'x' } }, 'arrays has no option "z": the names are x, y'],
    [{ layout: 'tall' }, 'layout is "tall": give "wide" or "long"'],
    [{ header: 'yes' }, 'header is "yes": give true or false'],
    [{ task: 'classes' }, 'task is "classes": give "auto", "classification" or "regression"'],
    [{ delimiter: 'comma' }, 'delimiter is "comma": give ",", ";", "\\t", "|" or " "'],
    [{ decimal: ';' }, 'decimal is ";": give "." or ","'],
    [{ length: 0 }, 'length is 0: give a whole number from 1 to 1024'],
    [{ length: '8' }, 'length is "8": give a whole number from 1 to 1024'],
    [{ label: 1.5 }, 'label is 1.5: give the name of a column, or its number from 0'],
    [{ channels: 'a,b' }, 'channels is "a,b": give a list of columns, by name or number'],
    [{ format: 'xlsx' }, 'format is "xlsx": give "csv", '],
    [{ labels: 'y.npy' }, 'labels is "y.npy": give a file as { name, blob }'],
    [{ found: 1 }, 'found is 1: give a function'],
    [{ like: 'train.csv' }, 'like is "train.csv": give series that were read, or model.series'],
    ['label', 'readSeries takes its options by name: give an object with task, '],
  ])('are refused as %o', async (options, sentence) => {
    const message = await refusal(options as object);
    expect(message.slice(0, 16 + sentence.length)).toBe(`invalid-option: ${sentence}`);
  });

  it('are refused in the same way for series without labels', async () => {
    expect(await refusal({ lable: 2 }, FILE, readUnlabelled as typeof readSeries)).toBe(
      'invalid-option: readUnlabelled has no option "lable": do you mean label?',
    );
  });

  it('may be undefined', async () => {
    expect(await refusal({ layout: undefined, label: undefined, lable: undefined })).toBe('2 series');
  });

  it.each([['a.csv'], [FILE.blob], [{ name: 'a.csv' }], [{ name: 3, blob: FILE.blob }]])(
    'come after a file: %o is none',
    async (file) => {
      expect(await refusal({}, file as object)).toBe(
        'invalid-option: readSeries takes a file as { name, blob }: give both, such as { name: file.name, blob: file }',
      );
    },
  );
});

describe('the nearest name', () => {
  it.each([
    ['batch_size', 'batchSize'],
    ['BATCH-SIZE', 'batchSize'],
    ['epoch', 'epochs'],
    ['eposch', 'epochs'],
    ['x', undefined],
    ['optimizer', undefined],
    ['e'.repeat(1e6), undefined],
  ])('of %s is %s', (name, nearest) => {
    expect(nearestName(name, ['epochs', 'batchSize', 'l2'])).toBe(nearest);
  });

  it('is not asked for if options are no object', () => {
    for (const options of [null, 3, [], new AbortController().signal] as object[]) {
      expect(() => requireOptions('predict', options, ['signal'])).toThrow(
        'predict takes its options by name: give an object with signal',
      );
    }
  });
});
