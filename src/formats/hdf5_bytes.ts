import type { Failure } from '../errors.ts';
import type { Wrong } from '../rules.ts';

/** The bytes of an HDF5 file. Access beyond their end throws invalid-file. */
export class Hdf5Bytes {
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    readonly wrong: Wrong,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.length;
  }

  u8(at: number): number {
    return this.view.getUint8(this.within(at, 1));
  }

  u16(at: number): number {
    return this.view.getUint16(this.within(at, 2), true);
  }

  u32(at: number): number {
    return this.view.getUint32(this.within(at, 4), true);
  }

  /** An address or a size, which must not exceed the file. */
  u64(at: number): number {
    const value = this.view.getBigUint64(this.within(at, 8), true);
    if (value > BigInt(this.length)) throw this.damaged(at);
    return Number(value);
  }

  slice(at: number, size: number): Uint8Array {
    this.within(at, size);
    return this.bytes.subarray(at, at + size);
  }

  has(at: number, expected: ArrayLike<number>): boolean {
    return at + expected.length <= this.length && Array.from(expected).every((byte, i) => this.bytes[at + i] === byte);
  }

  requireSignature(at: number, letters: string): void {
    if (!this.has(at, new TextEncoder().encode(letters))) throw this.damaged(at);
  }

  /** Text up to the first zero, in at most `most` bytes. */
  text(at: number, most: number): string {
    const bytes = this.slice(at, Math.min(most, this.length - at));
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
  }

  damaged(at: number): Failure {
    return this.wrong(`is damaged at byte ${at}`);
  }

  private within(at: number, size: number): number {
    if (at + size > this.length) throw this.damaged(at);
    return at;
  }
}
