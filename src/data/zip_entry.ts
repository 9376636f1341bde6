import { printable } from '../text/quote.ts';
import { type ByteSource, blobSource } from './bytes.ts';
import { crc32 } from './crc32.ts';
import { invalidFile } from './invalid_file.ts';
import { viewOf, type ZipEntry } from './zip_directory.ts';

const LOCAL_HEADER = { signature: 0x04034b50, bytes: 30 };
const STORED = 0;
const DEFLATED = 8;

/** Up to this size a file may be compressed by any ratio. */
const FREE_BYTES = 2 ** 22;
/** Measurements compress at most 20 times; deflate reaches 1,032, which zip bombs use. */
const LARGEST_RATIO = 100;

/**
 * Unpacks a file of an archive. Checks the directory's description first, and stops if more bytes come than it says.
 * Throws invalid-file. `progress` gets the share that has been read.
 */
export async function openZipEntry(
  file: string,
  blob: Blob,
  entry: ZipEntry,
  progress?: (share: number) => void,
): Promise<ByteSource> {
  const where = [file, printable(entry.name)];
  requirePlausible(where, entry);
  const header = await viewOf(blob, entry.start, entry.start + LOCAL_HEADER.bytes);
  if (header.byteLength < LOCAL_HEADER.bytes || header.getUint32(0, true) !== LOCAL_HEADER.signature) {
    throw invalidFile(where, 'it is not where the directory of the archive says: save the archive again');
  }
  const start = entry.start + LOCAL_HEADER.bytes + header.getUint16(26, true) + header.getUint16(28, true);
  if (start + entry.compressed > entry.end) {
    throw invalidFile(where, 'it overlaps what follows in the archive: save the archive again');
  }
  const bytes = blob.slice(start, start + entry.compressed);
  const chunks = () => (entry.method === STORED ? blobSource(bytes).chunks() : inflate(where, bytes));
  return { size: entry.size, chunks: () => verified(where, entry, chunks(), progress) };
}

/** Most bytes that so many packed ones may become. */
export function mostUnpacked(compressed: number): number {
  return Math.max(FREE_BYTES, LARGEST_RATIO * compressed);
}

function requirePlausible(where: string[], { encrypted, method, compressed, size }: ZipEntry): void {
  if (encrypted || (method !== STORED && method !== DEFLATED)) {
    const how = encrypted ? 'it is encrypted' : `it is packed by method ${method}`;
    throw invalidFile(where, `${how}, which is not read: save it stored or deflated, not encrypted`);
  }
  const most = method === STORED ? compressed : mostUnpacked(compressed);
  if (size > most) {
    throw invalidFile(
      where,
      `it would unpack ${compressed} bytes to ${size}, but ${most} is the most: save it not compressed`,
    );
  }
}

/** The unpacked bytes. Throws invalid-file if they are damaged. */
export async function* inflate(
  where: string[],
  blob: Blob,
  format: CompressionFormat = 'deflate-raw',
): AsyncGenerator<Uint8Array> {
  const reader = blob.stream().pipeThrough(new DecompressionStream(format)).getReader();
  const read = () =>
    reader.read().catch(() => {
      throw invalidFile(where, 'its packed bytes are damaged: save it again');
    });
  try {
    for (let part = await read(); !part.done; part = await read()) yield part.value;
  } finally {
    await reader.cancel().catch(() => {}); // The reader has thrown this error already.
  }
}

/** Passes the bytes on. Throws invalid-file if their number or check differs from the directory. */
async function* verified(
  where: string[],
  { size, crc: expected }: ZipEntry,
  chunks: AsyncGenerator<Uint8Array>,
  progress?: (share: number) => void,
): AsyncGenerator<Uint8Array> {
  let read = 0;
  let crc = 0;
  for await (const bytes of chunks) {
    read += bytes.length;
    if (read > size) break;
    crc = crc32(bytes, crc);
    yield bytes;
    progress?.(read / size);
  }
  if (read === size && crc === expected) return;
  throw invalidFile(where, 'its bytes differ from the size or CRC-32 that the archive gives: save the archive again');
}
