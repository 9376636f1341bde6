import { type ByteReader, CHUNK_BYTES } from './bytes.ts';
import { invalidFile } from './invalid_file.ts';
import { type Dtype, parseDtype } from './npy_dtype.ts';

const LONGEST_HEADER = 2 ** 16;
/** More axes than any array has here, so that a message can still name them. */
const MOST_AXES = 8;

interface NpyHeader {
  dtype: Dtype;
  shape: number[];
  /** The first axis varies fastest, not the last. */
  fortranOrder: boolean;
}

/** An array in numpy's .npy format, versions 1 to 3, read in the order of its bytes. */
export class NpyArray {
  private constructor(
    /** The array's place, for errors. */
    readonly where: string[],
    private readonly header: NpyHeader,
    private readonly reader: ByteReader,
  ) {}

  /** Reads the header. Throws invalid-file unless exactly its number of bytes follows. */
  static async open(where: string[], reader: ByteReader): Promise<NpyArray> {
    const start = await reader.take(8);
    const version = start[6];
    if (
      String.fromCharCode(...start.subarray(1, 6)) !== 'NUMPY' ||
      start[0] !== 0x93 ||
      !(version >= 1 && version <= 3)
    ) {
      throw invalidFile(where, 'it is not a .npy file of version 1 to 3: save it with numpy.save');
    }
    const lengthBytes = version === 1 ? 2 : 4;
    const [low = 0, second = 0, third = 0, high = 0] = await reader.take(lengthBytes);
    const length = low + 2 ** 8 * second + 2 ** 16 * third + 2 ** 24 * high;
    if (length > LONGEST_HEADER) {
      throw invalidFile(where, `its header would have ${length} bytes, ${LONGEST_HEADER} is the most: save it again`);
    }
    const header = parseHeader(where, new TextDecoder().decode(await reader.take(length)));
    requireBytes(where, header, reader.size - start.length - lengthBytes - length);
    return new NpyArray(where, header, reader);
  }

  get shape(): number[] {
    return this.header.shape;
  }

  get dtype(): Dtype {
    return this.header.dtype;
  }

  /** Sizes of the axes, the fastest first, each with its stride in a destination that has these `strides`. */
  axes(strides: number[]): { size: number; stride: number }[] {
    const axes = this.shape.map((size, axis) => ({ size, stride: strides[axis] }));
    return this.header.fortranOrder ? axes : axes.reverse();
  }

  /** Calls `take` for every element in the order of the bytes. */
  async visit(take: (value: number | string, index: number) => void): Promise<void> {
    const { dtype, shape } = this.header;
    const count = shape.reduce((product, size) => product * size, 1);
    const most = Math.floor(CHUNK_BYTES / dtype.bytes);
    for (let first = 0; first < count; first += most) {
      const bytes = await this.reader.take(Math.min(most, count - first) * dtype.bytes);
      const view = new DataView(bytes.buffer);
      for (let i = 0; i * dtype.bytes < bytes.length; i++) take(dtype.read(view, i * dtype.bytes), first + i);
    }
    if (!(await this.reader.atEnd())) throw invalidFile(this.where, 'it has more bytes than it says: save it again');
  }
}

/** The header is a Python dict, which numpy always writes in the same form. */
function parseHeader(where: string[], text: string): NpyHeader {
  const descr = /'descr': *('([^']*)'|\[)/.exec(text);
  const order = /'fortran_order': *(True|False)/.exec(text);
  const shape = /'shape': *\(([\d, L]*)\)/.exec(text);
  if (!descr || !order || !shape) {
    throw invalidFile(where, 'its header does not give dtype, order and shape: save it with numpy.save');
  }
  if (descr[1] === '[') {
    throw invalidFile(
      where,
      'its elements have fields, which are not read: save one plain array with astype("float32")',
    );
  }
  const sizes = (shape[1].match(/\d+/g) ?? []).map(Number);
  if (sizes.length > MOST_AXES) {
    throw invalidFile(where, `its shape has ${sizes.length} axes: give an array of three or fewer`);
  }
  return {
    dtype: parseDtype(where, descr[2]),
    shape: sizes,
    fortranOrder: order[1] === 'True',
  };
}

/** Throws invalid-file unless the elements take exactly the bytes after the header. */
function requireBytes(where: string[], { dtype, shape }: NpyHeader, follow: number): void {
  const bytes = shape.reduce((product, size) => product * size, dtype.bytes);
  if (bytes === follow) return;
  throw invalidFile(
    where,
    `its shape (${shape.join(', ')}) of ${dtype.name} takes ${bytes} bytes and ${Math.max(follow, 0)} follow: save it again, it is incomplete`,
  );
}
