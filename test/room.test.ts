import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { describe, expect, it, vi } from 'vitest';
import { Room } from '../src/cli/room.ts';
import { ownSource } from '../src/cli/train_source.ts';
import { Voice } from '../src/cli/voice.ts';
import { asFailure } from '../src/errors.ts';
import { DEFAULTS } from '../src/settings/table.ts';
import { bytesOf, npy, read } from './series_files.ts';

const [SERIES, STEPS] = [4000, 100];
/** Of all series in float32. */
const BYTES = 4 * SERIES * STEPS;
/** A text's size is known as it is read, in chunks of 512 KiB: half of the series are in this share of the chunks. */
const FIRST_CHUNKS = 0.8;

const labels = Uint8Array.from({ length: SERIES }, (_, n) => n % 2);
const x = npy({ descr: '<f4', shape: [SERIES, STEPS], data: bytesOf(new Float32Array(SERIES * STEPS)) });
const y = npy({ descr: '|u1', shape: [SERIES], data: labels });
const row = '0.25,'.repeat(STEPS);
const steps = (n: number) => Array.from({ length: STEPS }, (_, t) => `${n},${t},0.25,${labels[n]}\n`).join('');

/** The same series in every layout, and the share that may be read before they are found too large by half. */
const FILES: [name: string, content: BlobPart, share: number][] = [
  ['x.npz', zipSync({ 'x.npy': x, 'y.npy': y }, { level: 0 }) as Uint8Array<ArrayBuffer>, 0],
  ['wide.csv', Array.from(labels, (label) => `${row}${label}\n`).join(''), FIRST_CHUNKS],
  ['long.csv', `id,time,value,label\n${Array.from(labels, (_, n) => steps(n)).join('')}`, FIRST_CHUNKS],
  [
    'x.ts',
    `@classLabel true 0 1\n@data\n${Array.from(labels, (label) => `${row.slice(0, -1)}:${label}\n`).join('')}`,
    FIRST_CHUNKS,
  ],
];

describe('series that are larger than the largest buffer', () => {
  it.each(FILES)('of %s are refused before the rest is read', async (name, content, most) => {
    const ask = vi.fn(async () => BYTES / 2);
    let share = 0;
    const progress = (read: number) => {
      share = read;
    };
    const refused = await read(name, content, { fits: new Room(ask, 1000).fits, progress }).catch(asFailure);
    expect(refused).toMatchObject({ code: 'limit' });
    expect(share).toBeLessThanOrEqual(most);
    expect(ask).toHaveBeenCalledOnce();
  });

  it.each(FILES)(
    'are read from %s if they just fit, and no adapter is asked about small ones',
    async (name, content) => {
      const ask = vi.fn(async () => BYTES);
      expect(await read(name, content, { fits: new Room(ask, 1000).fits })).toMatchObject({ samples: SERIES });
      expect(await read(name, content, { fits: new Room(ask).fits })).toMatchObject({ samples: SERIES });
      expect(ask).toHaveBeenCalledOnce();
    },
  );

  it.each(FILES)('of %s fit if they are cut', async (name, content) => {
    const fits = new Room(async () => BYTES / 2, 1000).fits;
    expect(await read(name, content, { fits, length: STEPS / 2 })).toMatchObject({ timeSteps: STEPS / 2 });
  });

  it('are told with their bytes, those of the buffer and a way out', async () => {
    const { fits } = new Room(async () => 2 ** 30);
    await expect(fits({ bytes: 1_200_000_000, isAll: true })).rejects.toThrow(
      'the series need 1,200,000,000 bytes in one buffer, the largest of this adapter has 1,073,741,824: use fewer series, a shorter --length, or another adapter',
    );
    await expect(fits({ bytes: 1_200_000_000, isAll: false })).rejects.toThrow('1,200,000,000 bytes or more');
  });

  it('are refused with the test series, which share the buffer', async () => {
    const data = join(mkdtempSync(join(tmpdir(), 'room-')), 'x.npz');
    writeFileSync(data, zipSync({ 'x.npy': x, 'y.npy': y }, { level: 0 }));
    const source = (test: string | undefined) =>
      ownSource(
        { ...DEFAULTS, task: 'auto', data, test },
        new Voice({ quiet: true }),
        new Room(async () => 1.5 * BYTES, 1000),
      );
    await expect(source(data)).rejects.toThrow(
      `training and test series together need ${(2 * BYTES).toLocaleString('en')} bytes`,
    );
    expect((await source(undefined)).config.timeSteps).toBe(STEPS);
  });
});
