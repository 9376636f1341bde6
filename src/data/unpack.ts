import { printable, quoteList } from '../text/quote.ts';
import type { ByteSource } from './bytes.ts';
import { isGzip, isZip } from './file_kinds.ts';
import { invalidFile } from './invalid_file.ts';
import { SERIES_ENDINGS, type SeriesFile } from './series_formats.ts';
import { readZipDirectory } from './zip_directory.ts';
import { inflate, mostUnpacked, openZipEntry } from './zip_entry.ts';

/**
 * The file inside a gzip file, or the only readable one inside a zip archive; any other file as it is, and so a NumPy
 * archive. Throws invalid-file for a damaged one, and for an archive of several files.
 */
export async function unpacked(file: SeriesFile): Promise<SeriesFile> {
  const { name, blob } = file;
  const magic = new Uint8Array(await blob.slice(0, 4).arrayBuffer());
  if (isGzip(magic)) {
    const source = { size: mostUnpacked(blob.size), chunks: () => inflate([name], blob, 'gzip') };
    return { name: name.replace(/\.gz$/i, ''), blob: await held([name], source) };
  }
  return isZip(magic) ? unzipped(file) : file;
}

async function unzipped(file: SeriesFile): Promise<SeriesFile> {
  const { name, blob } = file;
  const entries = await readZipDirectory(name, blob);
  if (entries.some((entry) => entry.name.endsWith('.npy'))) return file;
  // macOS adds files of its own.
  const isReadable = (path: string) =>
    !path.startsWith('__MACOSX/') && SERIES_ENDINGS.some((ending) => path.toLowerCase().endsWith(ending));
  const readable = entries.filter((entry) => isReadable(entry.name));
  if (readable.length !== 1) {
    const names = quoteList(entries.map((entry) => entry.name));
    throw invalidFile([name], `it is an archive of ${names}: unpack it, and give the file of the series`);
  }
  const [entry] = readable;
  const path = [name, printable(entry.name)];
  return {
    name: entry.name.split('/').at(-1) ?? entry.name,
    blob: await held(path, await openZipEntry(name, blob, entry)),
  };
}

/** All bytes of a source, at most its size. */
async function held(where: string[], { size, chunks }: ByteSource): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let held = 0;
  for await (const part of chunks()) {
    held += part.length;
    if (held > size) throw invalidFile(where, `it unpacks to more than ${size} bytes: give it unpacked`);
    parts.push(part.slice());
  }
  return new Blob(parts);
}
