/** Bytes read at a time: parsed within some 20 ms, so that a page's own thread would stay responsive. */
export const CHUNK_BYTES = 2 ** 19;

/** Bytes to be read in their order; `size` is what they are said to be. */
export interface ByteSource {
  size: number;
  chunks(): AsyncGenerator<Uint8Array>;
}

/** `progress` gets the share that has been read after every chunk. */
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

/** Takes as many bytes of a source as a format asks for next. */
export class ByteReader {
  /** Of the whole source. */
  readonly size: number;
  private readonly chunks: AsyncGenerator<Uint8Array>;
  private rest: Uint8Array = new Uint8Array();

  constructor(source: ByteSource) {
    this.size = source.size;
    this.chunks = source.chunks();
  }

  /** The next `count` bytes, fewer where the source ends; at offset 0 of a buffer of their own. */
  async take(count: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(count);
    let taken = 0;
    while (taken < count) {
      if (this.rest.length === 0 && !(await this.refill())) return bytes.slice(0, taken);
      const part = this.rest.subarray(0, count - taken);
      bytes.set(part, taken);
      this.rest = this.rest.subarray(part.length);
      taken += part.length;
    }
    return bytes;
  }

  /** True when nothing is left; the source has then made its last checks. */
  async atEnd(): Promise<boolean> {
    return this.rest.length === 0 && !(await this.refill());
  }

  /** Ends the source before its end. */
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

/** The parts as one array. */
export function joinBytes(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
