import { invalidFile } from './invalid_file.ts';

const END = { signature: 0x06054b50, bytes: 22, longestComment: 0xffff };
const ZIP64_LOCATOR = { signature: 0x07064b50, bytes: 20 };
const ZIP64_END = { signature: 0x06064b50, bytes: 56 };
const ENTRY = { signature: 0x02014b50, bytes: 46 };
const ZIP64_FIELD = 1;
/** Marks a number that is too large for its field and stands in the zip64 field instead. */
const ELSEWHERE = 0xffffffff;

/** Room for some ten thousand files; an archive of arrays has a few. */
const LARGEST_DIRECTORY = 2 ** 20;

/** A file of an archive, as the directory describes it. */
export interface ZipEntry {
  name: string;
  encrypted: boolean;
  method: number;
  crc: number;
  compressed: number;
  size: number;
  /** Where its local header begins, and where the next file or the directory begins. */
  start: number;
  end: number;
}

/** Reads the directory of a zip archive, zip64 too, from the archive's end. Throws invalid-file. */
export async function readZipDirectory(file: string, blob: Blob): Promise<ZipEntry[]> {
  const { offset, size } = await findDirectory(file, blob);
  if (size > LARGEST_DIRECTORY) {
    throw invalidFile(
      [file],
      `its directory has ${size} bytes, ${LARGEST_DIRECTORY} is the most: keep fewer files in it`,
    );
  }
  const entries = parseEntries(file, await viewOf(blob, offset, offset + size));
  entries.sort((a, b) => a.start - b.start);
  for (const [i, entry] of entries.entries()) entry.end = entries[i + 1]?.start ?? offset;
  return entries;
}

/** The bytes from … to − 1; fewer at the end of the blob. */
export async function viewOf(blob: Blob, from: number, to: number): Promise<DataView> {
  return new DataView(await blob.slice(from, to).arrayBuffer());
}

async function findDirectory(file: string, blob: Blob): Promise<{ offset: number; size: number }> {
  const from = Math.max(0, blob.size - END.bytes - END.longestComment - ZIP64_LOCATOR.bytes);
  const tail = await viewOf(blob, from, blob.size);
  const at = findEnd(tail);
  if (at < 0) throw invalidFile([file], 'it is not a zip archive, or not complete: save it again');
  const size = tail.getUint32(at + 12, true);
  const offset = tail.getUint32(at + 16, true);
  const directory = offset === ELSEWHERE || size === ELSEWHERE ? await findZip64(blob, tail, at) : { offset, size };
  if (directory && directory.offset + directory.size <= from + at) return directory;
  throw damaged(file);
}

/** Offset of the archive's last record, which a comment may follow; −1 if there is none. */
function findEnd(tail: DataView): number {
  for (let at = tail.byteLength - END.bytes; at >= 0; at--) {
    const comment = tail.byteLength - at - END.bytes;
    if (tail.getUint32(at, true) === END.signature && tail.getUint16(at + 20, true) === comment) return at;
  }
  return -1;
}

/** The directory that the zip64 record describes. The locator before the last record at `end` points to that record. */
async function findZip64(
  blob: Blob,
  tail: DataView,
  end: number,
): Promise<{ offset: number; size: number } | undefined> {
  const at = end - ZIP64_LOCATOR.bytes;
  if (at < 0 || tail.getUint32(at, true) !== ZIP64_LOCATOR.signature) return undefined;
  const start = Number(tail.getBigUint64(at + 8, true));
  const record = await viewOf(blob, Math.min(start, blob.size), Math.min(start + ZIP64_END.bytes, blob.size));
  if (record.byteLength < ZIP64_END.bytes || record.getUint32(0, true) !== ZIP64_END.signature) return undefined;
  return { size: Number(record.getBigUint64(40, true)), offset: Number(record.getBigUint64(48, true)) };
}

function parseEntries(file: string, view: DataView): ZipEntry[] {
  const entries: ZipEntry[] = [];
  for (let at = 0; at < view.byteLength; ) {
    if (at + ENTRY.bytes > view.byteLength || view.getUint32(at, true) !== ENTRY.signature) throw damaged(file);
    const name = at + ENTRY.bytes;
    const extra = name + view.getUint16(at + 28, true);
    const comment = extra + view.getUint16(at + 30, true);
    const next = comment + view.getUint16(at + 32, true);
    if (next > view.byteLength) throw damaged(file);
    const [size, compressed, start] = wideNumbers(view, [at + 24, at + 20, at + 42], extra, comment);
    entries.push({
      name: new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + name, extra - name)),
      encrypted: (view.getUint16(at + 8, true) & 1) === 1,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      compressed,
      size,
      start,
      end: 0,
    });
    at = next;
  }
  return entries;
}

/**
 * The 32-bit numbers at these places. A number that is ELSEWHERE is replaced by the next 64-bit number of the zip64
 * field from … to − 1.
 */
function wideNumbers(view: DataView, places: number[], from: number, to: number): number[] {
  let at = from;
  while (at + 4 <= to && view.getUint16(at, true) !== ZIP64_FIELD) at += 4 + view.getUint16(at + 2, true);
  at += 4;
  return places.map((place) => {
    const value = view.getUint32(place, true);
    if (value !== ELSEWHERE || at + 8 > to) return value;
    at += 8;
    return Number(view.getBigUint64(at - 8, true));
  });
}

function damaged(file: string) {
  return invalidFile([file], 'the directory of the archive is damaged: save it again');
}
