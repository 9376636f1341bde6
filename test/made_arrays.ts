// Large arrays are collected as soon as nobody needs them, so that the memory of a reader cannot be measured
// afterwards. It is counted as arrays are made. Node's own memory (a blob's chunks, unpacked streams) is not counted.

const CONSTRUCTORS = [
  'ArrayBuffer',
  'Uint8Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'BigInt64Array',
  'Float32Array',
  'Float64Array',
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

/** Bytes of all arrays of numbers made so far, whether they are still needed or not. */
export function bytesMade(): number {
  return bytes;
}
