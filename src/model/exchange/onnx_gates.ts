// An LSTM in ONNX: gates in the order i, o, f, c; a kernel is (gates and units, rows); one bias for the input and one
// for the state. In Keras: gates in the order i, f, c, o; a kernel is (rows, gates and units); one bias.

/** The position in Keras' order of each gate in ONNX' order. */
const GATES = [0, 3, 1, 2];

/** (rows, 4U) in Keras' order → (4U, rows) in ONNX'. */
export function toOnnxGates(kernel: Float32Array, rows: number): Float32Array {
  const turned = new Float32Array(kernel.length);
  forEachElement(kernel.length, rows, (keras, onnx) => {
    turned[onnx] = kernel[keras];
  });
  return turned;
}

/** The reverse of `toOnnxGates`. */
export function toKerasGates(kernel: Float32Array, rows: number): Float32Array {
  const turned = new Float32Array(kernel.length);
  forEachElement(kernel.length, rows, (keras, onnx) => {
    turned[keras] = kernel[onnx];
  });
  return turned;
}

/** The input's bias (4U) in ONNX' order, and zeros for the state's. */
export function toOnnxBias(bias: Float32Array): Float32Array {
  const both = new Float32Array(2 * bias.length);
  both.set(toOnnxGates(bias, 1));
  return both;
}

/** The reverse of `toOnnxBias`. Another system may have a bias for the state; it is added to the input's. */
export function toKerasBias(both: Float32Array): Float32Array {
  const [input, state] = [both.subarray(0, both.length / 2), both.subarray(both.length / 2)];
  // Adding 0 would turn -0 into 0.
  return toKerasGates(
    input.map((value, i) => (state[i] === 0 ? value : value + state[i])),
    1,
  );
}

/** Calls `use` with the index of each element in Keras' layout and in ONNX'. */
function forEachElement(length: number, rows: number, use: (keras: number, onnx: number) => void): void {
  const columns = length / rows;
  const units = columns / GATES.length;
  for (let column = 0; column < columns; column++) {
    const place = GATES[Math.floor(column / units)] * units + (column % units);
    for (let row = 0; row < rows; row++) use(row * columns + place, column * rows + row);
  }
}
