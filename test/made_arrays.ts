// Large arrays are collected as soon as nobody needs them, so that what a reader takes cannot be seen afterwards: it is counted as it is
// made. What Node makes by itself (a blob's chunks, what a stream unpacks) is not.

const CONSTRUCTORS = [
  ...['ArrayBuffer', 'Uint8Array', 'Uint16Array', 'Int32Array', 'Uint32Array'],
  ...['BigInt64Array', 'Float32Array', 'Float64Array'],
] as 'Uint8Array'[];
const Buffers = ArrayBuffer;

let bytes = 0;

for (const name of CONSTRUCTORS) {
  globalThis[name] = new Proxy(globalThis[name], {
    construct(target, args, newTarget) {
      const array = Reflect.construct(target, args, newTarget);
      if (!(args[0] instanceof Buffers)) bytes += array.byteLength;
      return array;
    },
  });
}

for (const prototype of [Object.getPrototypeOf(Uint8Array.prototype), Buffers.prototype]) {
  const { slice } = prototype;
  prototype.slice = function (this: unknown, ...args: unknown[]) {
    const part = slice.apply(this, args);
    bytes += part.byteLength;
    return part;
  };
}

/** Bytes of all arrays of numbers that have been made so far, whether they are still needed or not. */
export function bytesMade(): number {
  return bytes;
}
