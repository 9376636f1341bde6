import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { joinBytes } from '../src/data/bytes.ts';
import { readZipDirectory, type ZipEntry } from '../src/data/zip_directory.ts';
import { openZipEntry } from '../src/data/zip_entry.ts';
import { asFailure } from '../src/errors.ts';

/** Two files of 3 and 5 bytes, not packed, the first with an extra field and a comment. */
function archive({ comment = '' }: { comment?: string } = {}): Uint8Array<ArrayBuffer> {
  const first = { level: 0, comment: 'of a file', extra: { 30583: Uint8Array.of(1, 2, 3) } } as const;
  const bytes = zipSync({ 'a.npy': [strToU8('abc'), first], 'b.npy': [strToU8('defgh'), { level: 0 }] });
  const end = new Uint8Array(bytes.length + comment.length);
  end.set(bytes);
  end.set(strToU8(comment), bytes.length);
  new DataView(end.buffer).setUint16(bytes.length - 2, comment.length, true);
  return end;
}

/** The same archive with a zip64 record: its end says that the directory is described there. */
function zip64(elsewhere: { size?: boolean; offset?: boolean; comment?: string } = { size: true, offset: true }) {
  const bytes = archive();
  const at = bytes.length - 22;
  const view = new DataView(bytes.buffer);
  const [size, offset] = [view.getUint32(at + 12, true), view.getUint32(at + 16, true)];
  const comment = strToU8(elsewhere.comment ?? '');
  const whole = new Uint8Array(bytes.length + 56 + 20 + comment.length);
  whole.set(bytes.subarray(0, at));
  const record = new DataView(whole.buffer, at, 56);
  record.setUint32(0, 0x06064b50, true);
  record.setBigUint64(40, BigInt(size), true);
  record.setBigUint64(48, BigInt(offset), true);
  const locator = new DataView(whole.buffer, at + 56, 20);
  locator.setUint32(0, 0x07064b50, true);
  locator.setBigUint64(8, BigInt(at), true);
  whole.set(bytes.subarray(at), at + 76);
  whole.set(comment, at + 76 + 22);
  const end = new DataView(whole.buffer, at + 76);
  if (elsewhere.size) end.setUint32(12, 0xffffffff, true);
  if (elsewhere.offset) end.setUint32(16, 0xffffffff, true);
  end.setUint16(20, comment.length, true);
  return { whole, at, directory: offset };
}

const directoryOf = (bytes: Uint8Array<ArrayBuffer>) => readZipDirectory('a.npz', new Blob([bytes]));
const refusalOf = async (bytes: Uint8Array<ArrayBuffer>) => {
  const outcome = await directoryOf(bytes).catch(asFailure);
  return outcome instanceof Error ? outcome.message : outcome.map(({ name }) => name);
};
const NONE = 'a.npz: it is not a zip archive, or not complete: save it again';
const DAMAGED = 'a.npz: the directory of the archive is damaged: save it again';

describe('the directory of an archive', () => {
  it('has each file with its place, in the order of the bytes, whatever comment follows', async () => {
    const plain = await directoryOf(archive());
    expect(plain).toMatchObject([
      { name: 'a.npy', encrypted: false, method: 0, compressed: 3, size: 3, start: 0 },
      { name: 'b.npy', encrypted: false, method: 0, compressed: 5, size: 5 },
    ]);
    expect(plain[0].end).toBe(plain[1].start);
    const bytes = archive();
    expect(plain[1].end).toBe(new DataView(bytes.buffer).getUint32(bytes.length - 6, true));
    for (const length of [1, 65_535])
      expect(await directoryOf(archive({ comment: '.'.repeat(length) }))).toEqual(plain);
    // The comment holds what looks like the end of an archive.
    expect(await directoryOf(archive({ comment: `PK\u0005\u0006${'\0'.repeat(40)}` }))).toEqual(plain);
    const swapped = archive();
    const view = new DataView(swapped.buffer);
    const directory = view.getUint32(swapped.length - 6, true);
    const second = directory + 46 + 5 + view.getUint16(directory + 30, true) + view.getUint16(directory + 32, true);
    const [first, last] = [swapped.slice(directory, second), swapped.slice(second, swapped.length - 22)];
    swapped.set(last, directory);
    swapped.set(first, directory + last.length);
    expect(await directoryOf(swapped)).toEqual(plain);
  });

  it.each([
    ['its size', { size: true }],
    ['its place', { offset: true }],
    ['both', { size: true, offset: true }],
    ['both, before a comment', { size: true, offset: true, comment: 'x'.repeat(65_535) }],
  ])('may have %s in a zip64 record', async (_, elsewhere) => {
    expect(await directoryOf(zip64(elsewhere).whole)).toEqual(await directoryOf(archive()));
  });

  it('may have numbers of a file in a zip64 field, behind other fields', async () => {
    const { whole, at, directory } = zip64();
    const view = new DataView(whole.buffer);
    // The field of three bytes becomes one of zip64 that is too short: numbers stay as they are.
    const extra = directory + 46 + 5;
    view.setUint16(extra, 1, true);
    view.setUint32(directory + 24, 0xffffffff, true);
    expect((await directoryOf(whole))[0].size).toBe(0xffffffff);
    // A longer field: first 4 + 3 bytes of another kind, then size, packed size and place.
    const field = new Uint8Array(4 + 24);
    const numbers = new DataView(field.buffer);
    numbers.setUint16(0, 1, true);
    numbers.setUint16(2, 24, true);
    for (const [i, value] of [3n, 3n, 0n].entries()) numbers.setBigUint64(4 + 8 * i, value, true);
    const longer = new Uint8Array(whole.length + field.length);
    longer.set(whole.subarray(0, extra + 7));
    longer.set(field, extra + 7);
    longer.set(whole.subarray(extra + 7), extra + 7 + field.length);
    const entry = new DataView(longer.buffer);
    entry.setUint16(extra, 0x7777, true);
    entry.setUint16(directory + 30, 7 + field.length, true);
    for (const place of [20, 24, 42]) entry.setUint32(directory + place, 0xffffffff, true);
    const record = at + field.length;
    entry.setBigUint64(record + 40, entry.getBigUint64(record + 40, true) + BigInt(field.length), true);
    entry.setBigUint64(record + 56 + 8, BigInt(record), true);
    expect(await directoryOf(longer)).toEqual(await directoryOf(archive()));
  });

  it('may have one number of a file in a zip64 field', async () => {
    const bytes = archive();
    const view = new DataView(bytes.buffer);
    const directory = view.getUint32(bytes.length - 6, true);
    const second = directory + 46 + 5 + view.getUint16(directory + 30, true) + view.getUint16(directory + 32, true);
    const field = new DataView(new ArrayBuffer(12));
    field.setUint16(0, 1, true);
    field.setUint16(2, 8, true);
    field.setBigUint64(4, BigInt(view.getUint32(second + 42, true)), true);
    view.setUint32(second + 42, 0xffffffff, true);
    view.setUint16(second + 30, 12, true);
    view.setUint32(bytes.length - 22 + 12, bytes.length - 22 - directory + 12, true);
    const name = second + 46 + 5;
    const longer = joinBytes([bytes.subarray(0, name), new Uint8Array(field.buffer), bytes.subarray(name)]);
    expect(await directoryOf(longer)).toEqual(await directoryOf(archive()));
  });

  it('is refused if the end of the archive is missing or wrong', async () => {
    expect(await refusalOf(new Uint8Array(0))).toBe(NONE);
    expect(await refusalOf(new Uint8Array(21))).toBe(NONE);
    expect(await refusalOf(archive().slice(0, -1))).toBe(NONE);
    expect(await refusalOf(archive().slice(-22))).toBe(DAMAGED);
    const empty = new Uint8Array(22);
    empty.set([0x50, 0x4b, 5, 6]);
    expect(await refusalOf(empty)).toEqual([]);
    const huge = new Uint8Array(22 + 2 ** 20 + 1);
    huge.set(empty, 2 ** 20 + 1);
    new DataView(huge.buffer).setUint32(2 ** 20 + 1 + 12, 2 ** 20 + 1, true);
    expect(await refusalOf(huge)).toBe(
      'a.npz: its directory has 1048577 bytes, 1048576 is the most: keep fewer files in it',
    );
    // One byte less may be a directory; these zeros are none.
    new DataView(huge.buffer).setUint32(2 ** 20 + 1 + 12, 2 ** 20, true);
    expect(await refusalOf(huge)).toBe(DAMAGED);
    const elsewhere = empty.slice();
    new DataView(elsewhere.buffer).setUint32(16, 0xffffffff, true);
    expect(await refusalOf(elsewhere)).toBe(DAMAGED);
  });

  it('is refused if its last file is cut off, however short the rest is', async () => {
    /** An archive whose directory has a file without a name, and the first bytes of another. */
    const withRest = (bytes: number) => {
      const directory = new Uint8Array(46 + 46);
      for (const at of [0, 46]) directory.set([0x50, 0x4b, 1, 2], at);
      const end = new DataView(new ArrayBuffer(22));
      end.setUint32(0, 0x06054b50, true);
      end.setUint32(12, 46 + bytes, true);
      return joinBytes([directory.subarray(0, 46 + bytes), new Uint8Array(end.buffer)]);
    };
    expect(await refusalOf(withRest(0))).toEqual(['']);
    for (const bytes of [1, 3, 4, 30, 45]) expect(await refusalOf(withRest(bytes))).toBe(DAMAGED);
    expect(await refusalOf(withRest(46))).toEqual(['', '']);
  });

  it.each([
    ['signature of the record', 0, 0],
    ['signature of the locator', 56, 0],
    ['place of the record', 56 + 8, 0xfffffff],
    ['place of the record', 56 + 8, 1],
    ['size of the directory', 40, 0xffff],
    ['place of the directory', 48, 0xffff],
  ])('is refused with another %s', async (_, from, value) => {
    const { whole, at } = zip64();
    new DataView(whole.buffer).setUint32(at + from, value, true);
    expect(await refusalOf(whole)).toBe(DAMAGED);
  });

  it.each([
    ['signature', 0, 1],
    ['length of its name', 28, 0xffff],
    ['length of its extra fields', 30, 0xffff],
    ['length of its comment', 32, 0xffff],
  ])('is refused if a file has another %s', async (_, from, value) => {
    const bytes = archive();
    const view = new DataView(bytes.buffer);
    view.setUint16(view.getUint32(bytes.length - 6, true) + from, value, true);
    expect(await refusalOf(bytes)).toBe(DAMAGED);
  });
});

describe('a file of an archive', () => {
  const NOT_THERE = 'a.npz, a: it is not where the directory of the archive says: save the archive again';
  const DIFFERS = 'a.npz, a: its bytes differ from the size or CRC-32 that the archive gives: save the archive again';
  /** Not two bytes in a row are the same, and 251 come again. */
  const VALUES = Uint8Array.from({ length: 2 ** 21 }, (_, i) => (i * i) % 251);

  /** An archive of one file, with its entry. */
  async function packed(content: Uint8Array, level: 0 | 9 = 9) {
    const bytes = new Uint8Array(zipSync({ a: [content, { level }] }));
    const [entry] = await readZipDirectory('a.npz', new Blob([bytes]));
    return { bytes, entry };
  }

  async function unpack(
    { bytes, entry }: Awaited<ReturnType<typeof packed>>,
    change: Partial<ZipEntry> = {},
    progress?: (share: number) => void,
  ): Promise<Uint8Array> {
    const source = await openZipEntry('a.npz', new Blob([bytes]), { ...entry, ...change }, progress);
    const parts: Uint8Array[] = [];
    for await (const part of source.chunks()) parts.push(part);
    return joinBytes(parts);
  }

  it('of more than 4 MiB is unpacked if it is packed fewer than a hundred times', async () => {
    const content = new Uint8Array(2 ** 22 + 2 ** 20).map((_, i) => (i % 160 === 0 ? (i * i) % 251 : 0));
    const archive = await packed(content);
    expect(content.length / archive.entry.compressed).toBeGreaterThan(2);
    expect(content.length / archive.entry.compressed).toBeLessThan(100);
    expect((await unpack(archive)).length).toBe(content.length);
  });

  it.each([0, 9] as const)('tells how much of it has been read, packed at level %i', async (level) => {
    const shares: number[] = [];
    await unpack(await packed(VALUES, level), {}, (share) => shares.push(share));
    expect(shares.length).toBeGreaterThan(2);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares[0]).toBeGreaterThan(0);
    expect(shares[0]).toBeLessThan(0.5);
    expect(shares.at(-1)).toBe(1);
  });

  it('is refused if its packed bytes are damaged', async () => {
    const archive = await packed(VALUES);
    // No block of deflate begins with ones.
    archive.bytes[30 + 1] = 0xff;
    await expect(unpack(archive)).rejects.toThrow('a.npz, a: its packed bytes are damaged: save it again');
  });

  it('is refused if it ends before its size, although its CRC-32 is right', async () => {
    const archive = await packed(strToU8('abcabcabc'));
    expect(await unpack(archive)).toEqual(strToU8('abcabcabc'));
    await expect(unpack(archive, { size: 10 })).rejects.toThrow(DIFFERS);
  });

  it('is refused if the archive ends within its header', async () => {
    const archive = await packed(VALUES);
    for (const left of [0, 2, 4, 29]) {
      const start = archive.bytes.length - left;
      archive.bytes.set([0x50, 0x4b, 3, 4].slice(0, left), start);
      await expect(unpack(archive, { start })).rejects.toThrow(NOT_THERE);
    }
  });
});
