// Files that people have and that hold no series as text or arrays, told by their first bytes.

interface FileKind {
  /** What people call it, and how it gets readable. */
  words: string;
  isIt(bytes: Uint8Array, text: string): boolean;
}

const begins =
  (...magic: number[]) =>
  (bytes: Uint8Array) =>
    magic.every((byte, i) => bytes[i] === byte);
const beginsWith = (magic: string) => (_: Uint8Array, text: string) => text.startsWith(magic);

const KINDS: readonly FileKind[] = [
  {
    words: 'an Excel workbook: save its sheet as CSV',
    isIt: (bytes, text) =>
      begins(0xd0, 0xcf, 0x11, 0xe0)(bytes) || (text.startsWith('PK') && /\[Content_Types\]|xl\//.test(text)),
  },
  {
    words: 'an OpenDocument file: save its sheet as CSV',
    isIt: (_, text) => text.startsWith('PK') && text.includes('opendocument'),
  },
  {
    words: 'a PyTorch or other archive of pickled objects: save plain arrays with numpy.savez',
    isIt: (_, text) => text.startsWith('PK') && text.includes('data.pkl'),
  },
  { words: 'a Parquet file: save it as CSV with pandas.read_parquet(…).to_csv(…)', isIt: beginsWith('PAR1') },
  {
    words: 'an Arrow or Feather file: save it as CSV with pandas.read_feather(…).to_csv(…)',
    isIt: (_, text) => text.startsWith('ARROW1') || text.startsWith('FEA1'),
  },
  {
    words: 'a MATLAB file: read it with scipy.io.loadmat and save its arrays with numpy.savez',
    isIt: beginsWith('MATLAB 5.0'),
  },
  {
    words: 'an HDF5 file, as MATLAB 7.3 and pandas write: read it with h5py and save its arrays with numpy.savez',
    isIt: begins(0x89, 0x48, 0x44, 0x46),
  },
  {
    words: 'a Python pickle, which only Python can read: save its arrays with numpy.savez, its table as CSV',
    isIt: (bytes) => bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5,
  },
  { words: 'an SQLite database: export a table as CSV', isIt: beginsWith('SQLite format 3') },
  { words: 'a 7z archive: unpack it first', isIt: begins(0x37, 0x7a, 0xbc, 0xaf) },
  { words: 'a RAR archive: unpack it first', isIt: beginsWith('Rar!') },
  { words: 'a bzip2 file: unpack it first', isIt: (bytes, text) => /^BZh\d/.test(text) && bytes[4] === 0x31 },
  { words: 'an xz file: unpack it first', isIt: begins(0xfd, 0x37, 0x7a, 0x58, 0x5a) },
  { words: 'a Zstandard file: unpack it first', isIt: begins(0x28, 0xb5, 0x2f, 0xfd) },
  { words: 'a PDF: copy its table into a CSV file', isIt: beginsWith('%PDF') },
  {
    words: 'a WAV recording: save its samples as CSV or with numpy.save',
    isIt: (_, text) => /^RIFF.{4}WAVE/s.test(text),
  },
  { words: 'a web page: save the data behind it as CSV', isIt: (_, text) => /^\s*<(!doctype html|html)/i.test(text) },
  { words: 'XML: save its table as CSV', isIt: (_, text) => /^\s*<\?xml/i.test(text) },
  {
    words: 'an ARFF file: take the .ts file of the same data set, or save it as CSV',
    isIt: (_, text) => /^\s*(%[^\n]*\n\s*)*@relation\b/i.test(text),
  },
  { words: 'JSON: save it as CSV with pandas.read_json(…).to_csv(…)', isIt: (_, text) => /^\s*[[{]/.test(text) },
  {
    words: 'UTF-16 text: save it with the encoding UTF-8',
    isIt: (bytes) => begins(0xff, 0xfe)(bytes) || begins(0xfe, 0xff)(bytes),
  },
];

/** What a file is, with what to do about it, if it is of a kind that is not read. `text` is its first bytes as text. */
export function unreadableKind(bytes: Uint8Array, text: string): string | undefined {
  return KINDS.find(({ isIt }) => isIt(bytes, text))?.words;
}

export const isGzip = begins(0x1f, 0x8b);
export const isZip = begins(0x50, 0x4b, 0x03, 0x04);
