import { Failure } from '../errors.ts';

/** Bytes of one read. A chunk is parsed within some 20 ms, so a page's own thread would stay responsive. */
export const CHUNK_BYTES = 2 ** 19;

/** Bytes to be read in order; `size` is their declared number. */
export interface ByteSource {
  size: number;
  chunks(): AsyncGenerator<Uint8Array>;
}

/** `progress` gets the share that has been read, after every chunk. */
export function blobSource(blob: Blob, progress?: (share: number) => void): ByteSource {
  return { size: blob.size, chunks: () => slices(blob, progress) };
}

async function* slices(blob: Blob, progress?: (share: number) => void): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < blob.size; at += CHUNK_BYTES) {
    const end = Math.min(at + CHUNK_BYTES, blob.size);
    yield new Uint8Array(await blob.slice(at, end).arrayBuffer());
    progress?.(end / blob.size);
  }
}

/** Reads a source piece by piece, each as long as the format asks for. */
export class ByteReader {
  /** Bytes of the whole source. */
  readonly size: number;
  private readonly chunks: AsyncGenerator<Uint8Array>;
  private rest: Uint8Array = new Uint8Array();

  constructor(source: ByteSource) {
    this.size = source.size;
    this.chunks = source.chunks();
  }

  /**
   * The next `count` bytes, or fewer at the end of the source. They have a buffer of their own and start at its offset
   * 0.
   */
  async take(count: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(count);
    const taken = await this.fill(bytes);
    return taken < count ? bytes.slice(0, taken) : bytes;
  }

  /** Writes the next bytes into `bytes`. Returns their number, which is smaller at the end of the source. */
  async fill(bytes: Uint8Array): Promise<number> {
    let taken = 0;
    while (taken < bytes.length) {
      if (this.rest.length === 0 && !(await this.refill())) break;
      const part = this.rest.subarray(0, bytes.length - taken);
      bytes.set(part, taken);
      this.rest = this.rest.subarray(part.length);
      taken += part.length;
    }
    return taken;
  }

  /** True if nothing is left. The source has then made its last checks. */
  async atEnd(): Promise<boolean> {
    return this.rest.length === 0 && !(await this.refill());
  }

  /** Closes the source early. */
  async close(): Promise<void> {
    await this.chunks.return(undefined);
  }

  private async refill(): Promise<boolean> {
    const { done, value } = await this.chunks.next();
    if (done) return false;
    this.rest = value;
    return true;
  }
}

/** What `allocate` makes of `bytes` bytes. Throws out-of-memory if the host cannot allocate them in one piece. */
export function inOnePiece<Made>(bytes: number, allocate: () => Made): Made {
  try {
    return allocate();
  } catch {
    const megabytes = Math.ceil(bytes / 2 ** 20);
    throw new Failure('out-of-memory', `the series need ${megabytes} MiB in one piece: use fewer or shorter ones`);
  }
}

/** Joins the parts into one array. */
export function joinBytes(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
