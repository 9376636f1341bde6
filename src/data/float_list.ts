import { inOnePiece } from './bytes.ts';

const FIRST_CHUNK = 1024;
const LARGEST_CHUNK = 2 ** 20;

/**
 * A list of numbers that grows by chunks. It is copied once, when its length is known, so it takes at most twice its
 * array. `allocate` makes its arrays.
 */
export class NumberList<Values extends Float32Array | Float64Array | Uint32Array> {
  private readonly full: Values[] = [];
  private chunk: Values;
  private used = 0;
  private before = 0;

  constructor(private readonly allocate: (count: number) => Values) {
    this.chunk = allocate(FIRST_CHUNK);
  }

  get length(): number {
    return this.before + this.used;
  }

  push(value: number): void {
    if (this.used === this.chunk.length) this.grow();
    this.chunk[this.used++] = value;
  }

  /** Moves all values into one array and empties the list. Throws out-of-memory. */
  toArray(): Values {
    const values = this.allocate(this.length);
    let at = 0;
    this.full.push(this.chunk.subarray(0, this.used) as Values);
    for (let chunk = this.full.shift(); chunk; chunk = this.full.shift()) {
      values.set(chunk, at);
      at += chunk.length;
    }
    this.clear();
    return values;
  }

  clear(): void {
    this.full.length = 0;
    this.chunk = this.allocate(FIRST_CHUNK);
    this.used = 0;
    this.before = 0;
  }

  private grow(): void {
    this.full.push(this.chunk);
    this.before += this.used;
    this.chunk = this.allocate(Math.min(LARGEST_CHUNK, 2 * this.chunk.length));
    this.used = 0;
  }
}

/** Throws out-of-memory if the host cannot allocate that much in one piece. */
export const allocateFloats = (count: number) => inOnePiece(4 * count, () => new Float32Array(count));
/** In double precision. */
export const allocateDoubles = (count: number) => inOnePiece(8 * count, () => new Float64Array(count));
/** Of whole numbers below 2³². */
export const allocateWhole = (count: number) => inOnePiece(4 * count, () => new Uint32Array(count));
