import type { Tensor } from './safetensors.ts';

// https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html: the oldest version of every structure, which
// Keras' files (h5py's default) use. All numbers are little-endian; addresses and sizes are 8 bytes long.

/** A group of a file: texts about it, and its members by name. */
export interface Hdf5Group {
  attributes?: Map<string, string>;
  members: Map<string, Hdf5Group | Tensor>;
}

export const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
/** Stands for a missing address. */
export const NOWHERE = 2n ** 64n - 1n;

/** The kinds of messages in an object's header. */
export const MESSAGE = {
  dataspace: 0x1,
  datatype: 0x3,
  fillValue: 0x5,
  layout: 0x8,
  attribute: 0xc,
  continuation: 0x10,
  symbolTable: 0x11,
} as const;

/** Bytes of a header before its messages, of a message before its body, and of a group's entry for one member. */
export const HEADER_BYTES = 16;
export const MESSAGE_BYTES = 8;
export const ENTRY_BYTES = 40;
/** Bytes before the elements of a tree's node, of a list of entries and of a heap of texts. */
export const TREE_BYTES = 24;
export const SYMBOLS_BYTES = 8;
export const HEAP_BYTES = 16;

/** The datatype of little-endian IEEE float32. */
export const FLOAT32 = [0x11, 0x20, 0x1f, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0];

/** Rounds up to a multiple of 8: every structure begins at one. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}
