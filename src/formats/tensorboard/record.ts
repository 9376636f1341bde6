import { joinBytes } from '../../data/bytes.ts';
import { crc32c } from '../../data/crc32.ts';

// TFRecord, the framing of TensorFlow's event files: the data's length as a little-endian uint64, the length's
// checksum, the data, the data's checksum.

/** Frames a message as a record of a file. */
export function writeRecord(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(message.length), true);
  return joinBytes([length, checksum(length), message, checksum(message)]);
}

/** CRC-32C, rotated and offset by a constant, so that data which contain checksums themselves are protected too. */
function checksum(data: Uint8Array): Uint8Array {
  const crc = crc32c(data);
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, ((crc >>> 15) | (crc << 17)) + 0xa282ead8, true);
  return bytes;
}
