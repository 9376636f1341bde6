import { describe, expect, it } from 'vitest';
import { readUnlabelled } from '../src/data/read_series.ts';
import type { ReadOptions } from '../src/data/series_formats.ts';
import { isLabelled, type Unseen } from '../src/data/series_set.ts';
import { asFailure } from '../src/errors.ts';
import { predictionCsv, seriesAttentionCsv } from '../src/train/csv_lines.ts';
import { attentionGroups } from '../src/train/mean_attention.ts';
import { npy, read, refusal, seriesFile } from './series_files.ts';

const X = npy({ descr: '<f4', shape: [2, 3], data: new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer) });

const readAny = (name: string, content: BlobPart, options?: ReadOptions) =>
  readUnlabelled(seriesFile(name, content), options);

describe('series without labels', () => {
  const training = () => read('train.csv', '1.5,2.5,3.5,up\n4.5,5.5,6.5,down\n');

  it.each([
    ['a wide table with a header', 'new.csv', 't0,t1,t2\n1,2,3\n4,5,6\n'],
    ['a wide table without one', 'new.csv', '1.5,2,3\n4,5,6.5\n'],
    ['a long table', 'new.csv', 'id,time,v\na,0,1\na,1,2\na,2,3\nb,0,4\nb,1,5\nb,2,6\n'],
    ['a .ts file', 'new.ts', '@classLabel false\n@data\n1,2,3\n4,5,6\n'],
    ['a .ts file whose labels are missing', 'new.ts', '@classLabel true up down\n@data\n1,2,3:?\n4,5,6:?\n'],
    ['an array', 'new.npy', X],
  ] as const)('are read from %s, but not to train on', async (_, name, content) => {
    const like = await training();
    const set = await readAny(name, content, { like });
    expect(set).toMatchObject({ samples: 2, timeSteps: 3, inputDim: 1 });
    expect(isLabelled(set)).toBe(false);
    expect(set.y ?? set.target).toBeUndefined();
    expect(await refusal(name, content, { like })).toMatch(/^invalid-(file|option): /);
  });

  it('have the label of the training series in the column of that name, if there is one', async () => {
    const like = await read('train.csv', 'a,befund,b\n1.5,up,3\n4,down,6\n', { label: 'befund' });
    const labelled = await readAny('new.csv', 'a,befund,b\n1,down,3\n4,up,6\n', { like });
    expect([...(labelled.y ?? [])]).toEqual([0, 1]);
    expect(isLabelled(await readAny('new.csv', 'a,b\n1,3\n4,6\n', { like }))).toBe(false);
  });

  it('keep the labels that a file has, and are refused if only some have one', async () => {
    const like = await training();
    const labelled = await readAny('new.csv', '1.5,2,3,up\n4,5,6,down\n', { like });
    expect([...(labelled.y ?? [])]).toEqual([1, 0]);
    const mixed = await readAny('new.csv', 't0,t1,t2,label\n1,2,3,up\n4,5,6,\n', { like }).catch(asFailure);
    expect(mixed).toMatchObject({ message: 'new.csv, row 3, column "label": the label is missing (""): fill it in' });
  });
});

it('predictions and attention name series by their ids, and have labels only if there are some', async () => {
  const { target } = await read('train.csv', 't0,t1,label\n1,2,up\n3,4,down\n');
  const set: Unseen = { ...(await readAny('new.csv', 'id,t0,t1\n=x,1,2\nb,3,4\n')), target };
  const values = Float32Array.of(0.25, 0.75);
  const attention = Float32Array.of(0.5, 0.5, 0.25, 0.75);
  const prediction = { samples: 2, outputs: 1, values, attention };
  expect([...predictionCsv(set, prediction)]).toEqual([
    'series,id,predicted,probability down,probability up\n',
    "0,'=x,down,0.75,0.25\n",
    '1,b,up,0.25,0.75\n',
  ]);
  expect([...seriesAttentionCsv(set, prediction)].slice(0, 2)).toEqual([
    'series,id,channel,t0,t1\n',
    "0,'=x,channel 0,0.5,0.5\n",
  ]);
  expect(attentionGroups(set, prediction)).toHaveLength(1);
  const again = await readAny('predictions.csv', [...predictionCsv(set, prediction)].join(''), {
    ...{ id: 'id', time: 'series', label: 'predicted' },
    channels: ['probability down', 'probability up'],
  });
  expect(again.ids).toEqual(['=x', 'b']);
});
