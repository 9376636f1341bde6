/** The CRC-32 of zip archives and PNG. `before` is the check of the bytes before these. */
export const crc32 = cyclicRedundancyCheck(0xedb88320);

/** CRC-32C, with Castagnoli's polynomial. */
export const crc32c = cyclicRedundancyCheck(0x82f63b78);

/** The check for a polynomial with its bits reversed. */
function cyclicRedundancyCheck(polynomial: number): (bytes: Uint8Array, before?: number) => number {
  const remainders = Uint32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ polynomial : remainder >>> 1;
    return remainder;
  });
  return (bytes, before = 0) => {
    let crc = ~before;
    for (const byte of bytes) crc = (crc >>> 8) ^ remainders[(crc ^ byte) & 0xff];
    return ~crc >>> 0;
  };
}
