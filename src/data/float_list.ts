import { Failure } from '../errors.ts';

const FIRST_CHUNK = 1024;
const LARGEST_CHUNK = 2 ** 20;

/**
 * A float32 list that grows by chunks. It is copied once, when its length is known, so it takes at most twice its
 * array.
 */
export class FloatList {
  private readonly full: Float32Array[] = [];
  private chunk: Float32Array = new Float32Array(FIRST_CHUNK);
  private used = 0;
  private before = 0;

  get length(): number {
    return this.before + this.used;
  }

  push(value: number): void {
    if (this.used === this.chunk.length) this.grow();
    this.chunk[this.used++] = value;
  }

  /** Moves all values into one array and empties the list. Throws out-of-memory. */
  toArray(): Float32Array {
    const values = allocateFloats(this.length);
    let at = 0;
    this.full.push(this.chunk.subarray(0, this.used));
    for (let chunk = this.full.shift(); chunk; chunk = this.full.shift()) {
      values.set(chunk, at);
      at += chunk.length;
    }
    this.clear();
    return values;
  }

  clear(): void {
    this.full.length = 0;
    this.chunk = new Float32Array(FIRST_CHUNK);
    this.used = 0;
    this.before = 0;
  }

  private grow(): void {
    this.full.push(this.chunk);
    this.before += this.used;
    this.chunk = allocateFloats(Math.min(LARGEST_CHUNK, 2 * this.chunk.length));
    this.used = 0;
  }
}

/** Throws out-of-memory if the host cannot allocate that much in one piece. */
export function allocateFloats(count: number): Float32Array {
  try {
    return new Float32Array(count);
  } catch {
    const megabytes = Math.ceil((4 * count) / 2 ** 20);
    throw new Failure('out-of-memory', `the series need ${megabytes} MiB in one piece: use fewer or shorter ones`);
  }
}
