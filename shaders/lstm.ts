import { type Draw, defineKernel, type KernelCase } from '../src/gpu/kernel.ts';
import {
  features,
  fittingVectors,
  forEachUnit,
  header,
  type LstmShape,
  type LstmTile,
  laneVectors,
  loadRecurrent,
  stores,
  workgroups,
} from './lstm_tile.ts';
import { unroll, wgsl } from './wgsl.ts';

// How the sequence is cut into lanes is told in lstm_tile.ts; here is what they compute.

const TILES: LstmTile[] = [
  { vectorsPerLane: 1, lanes: 32, sharedLoads: false },
  { vectorsPerLane: 2, lanes: 8, sharedLoads: true },
  { vectorsPerLane: 4, lanes: 4, sharedLoads: true },
];

/** Every size with every tile. */
const CASES: KernelCase<LstmShape>[] = [
  { name: 'size 1', timeSteps: 1, inputDim: 1, units: 1, batch: 4 },
  { name: 'odd', timeSteps: 5, inputDim: 3, units: 7, batch: 12 },
  { name: 'beyond a tile', timeSteps: 3, inputDim: 2, units: 33, batch: 132 },
  { name: '1,024 steps', timeSteps: 1024, inputDim: 1, units: 2, batch: 4 },
  { name: '64 channels, 256 units', timeSteps: 2, inputDim: 64, units: 256, batch: 8 },
  { name: 'experiment', timeSteps: 64, inputDim: 1, units: 32, batch: 256 },
].flatMap(({ name, ...shape }) =>
  TILES.map((tile) => ({
    name: `${name}, ${4 * tile.vectorsPerLane} samples a lane${tile.sharedLoads ? ', shared' : ''}`,
    shape: { ...shape, tile },
  })),
);

const SATURATED: LstmShape = { timeSteps: 200, inputDim: 2, units: 5, batch: 8, tile: TILES[0] };

/** A random LSTM whose gates neither vanish nor saturate. */
function scaled(values: Float32Array, fanIn: number): Float32Array {
  return values.map((value) => value / Math.sqrt(fanIn));
}

function forwardInputs({ inputDim, units }: LstmShape, draw: Draw) {
  return {
    parameters: scaled(draw.normal((inputDim + 1) * 4 * units), inputDim),
    recurrent: scaled(draw.normal(units * 4 * units), units),
  };
}

/** Gates that saturate both ways, and cells that grow with t. */
function saturated(shape: LstmShape, draw: Draw) {
  const { parameters, recurrent } = forwardInputs(shape, draw);
  const tenfold = (values: Float32Array) => values.map((value) => 10 * value);
  const x = draw.normal(shape.timeSteps * shape.inputDim * shape.batch);
  return { x: tenfold(x), parameters: tenfold(parameters), recurrent: tenfold(recurrent) };
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/**
 * x (T, D, batch), parameters K and b as (D + 1, 4U), recurrent R (U, 4U) → hidden h, cell c (T, U, batch) and the
 * activated gates (T, 4U, batch) in Keras' order i, f, c̃, o. z = x_t·K + h·R + b; c = σ(f)c + σ(i)tanh(c̃); h = σ(o)tanh(c);
 * h₀ = c₀ = 0.
 */
export const lstmForward = defineKernel({
  name: 'lstm_forward',
  bindings: { x: 'read', parameters: 'read', recurrent: 'read', hidden: 'write', cell: 'write', gates: 'write' },
  code: (shape: LstmShape) => {
    const { timeSteps, inputDim, units, tile } = shape;
    const quads = shape.batch / 4;
    const lane = fittingVectors(shape, 1);
    return wgsl`
${header(shape)}
@group(0) @binding(0) var<storage, read> x: array<vec4f, ${timeSteps * inputDim * quads}>;
@group(0) @binding(1) var<storage, read> parameters: array<f32, ${(inputDim + 1) * 4 * units}>;
@group(0) @binding(2) var<storage, read> recurrent: array<f32, ${units * 4 * units}>;
@group(0) @binding(3) var<storage, read_write> hidden: array<vec4f, ${timeSteps * units * quads}>;
@group(0) @binding(4) var<storage, read_write> cell: array<vec4f, ${timeSteps * units * quads}>;
@group(0) @binding(5) var<storage, read_write> gates: array<vec4f, ${timeSteps * 4 * units * quads}>;

const UNITS = ${units}u;
const QUADS = ${quads}u;

@compute @workgroup_size(${shape.tile.lanes})
fn main(@builtin(global_invocation_id) id: vec3u) {
  ${laneVectors(shape, lane)}
  var h: array<vec4f, ${units * lane}>;
  for (var t = 0u; t < ${timeSteps}u; t++) {
    for (var j = 0u; j < UNITS; j++) {
      let bias = ${inputDim * 4}u * UNITS + j;
      ${unroll(lane, (v) => unroll(4, (g) => `var z${g}_${v} = vec4f(parameters[bias + ${g}u * UNITS]);`))}
      for (var d = 0u; d < ${inputDim}u; d++) {
        ${unroll(lane, (v) => `let x${v} = x[(t * ${inputDim}u + d) * QUADS + s${v}];`)}
        ${unroll(
          4,
          (g) => `{
          let w = parameters[(d * 4u + ${g}u) * UNITS + j];
          ${unroll(lane, (v) => `z${g}_${v} += w * x${v};`)}
        }`,
        )}
      }
      ${forEachUnit(
        units,
        (k) => `{
        ${loadRecurrent(k, tile)}
        ${unroll(
          lane,
          (v) => `let h${v} = h[${k} * ${lane}u + ${v}u];
        ${unroll(4, (g) => `z${g}_${v} += w${g} * h${v};`)}`,
        )}
      }`,
      )}
      ${unroll(
        lane,
        (v) => `{
        let i = sigmoid4(z0_${v});
        let f = sigmoid4(z1_${v});
        let g = tanh4(z2_${v});
        let o = sigmoid4(z3_${v});
        let at = (t * UNITS + j) * QUADS + s${v};
        var c = i * g;
        if (t > 0u) { c += f * cell[at - UNITS * QUADS]; }
        let at_gate = (t * 4u * UNITS + j) * QUADS + s${v};
        ${stores(
          shape,
          lane,
          `cell[at] = c;
        hidden[at] = o * tanh4(c);
        gates[at_gate] = i;
        gates[at_gate + UNITS * QUADS] = f;
        gates[at_gate + 2u * UNITS * QUADS] = g;
        gates[at_gate + 3u * UNITS * QUADS] = o;`,
        )}
      }`,
      )}
    }
    ${forEachUnit(units, (k) =>
      unroll(lane, (v) => `h[${k} * ${lane}u + ${v}u] = hidden[(t * UNITS + ${k}) * QUADS + s${v}];`),
    )}
  }
}
`;
  },
  features,
  workgroups: (shape) => workgroups(shape, fittingVectors(shape, 1)),
  sizes: ({ timeSteps, inputDim, units, batch }) => ({
    x: timeSteps * inputDim * batch,
    parameters: (inputDim + 1) * 4 * units,
    recurrent: units * 4 * units,
    hidden: timeSteps * units * batch,
    cell: timeSteps * units * batch,
    gates: timeSteps * 4 * units * batch,
  }),
  reference({ x, parameters, recurrent }, { timeSteps, inputDim, units, batch }) {
    const hidden = new Float64Array(timeSteps * units * batch);
    const cell = new Float64Array(timeSteps * units * batch);
    const gates = new Float64Array(timeSteps * 4 * units * batch);
    const z = new Float64Array(4);
    for (let b = 0; b < batch; b++) {
      for (let t = 0; t < timeSteps; t++) {
        for (let j = 0; j < units; j++) {
          for (let gate = 0; gate < 4; gate++) {
            const column = gate * units + j;
            let sum = parameters[inputDim * 4 * units + column];
            for (let d = 0; d < inputDim; d++) {
              sum += parameters[d * 4 * units + column] * x[(t * inputDim + d) * batch + b];
            }
            if (t > 0) {
              for (let k = 0; k < units; k++) {
                sum += recurrent[k * 4 * units + column] * hidden[((t - 1) * units + k) * batch + b];
              }
            }
            z[gate] = gate === 2 ? Math.tanh(sum) : sigmoid(sum);
            gates[(t * 4 * units + column) * batch + b] = z[gate];
          }
          const at = (t * units + j) * batch + b;
          const before = t > 0 ? cell[at - units * batch] : 0;
          cell[at] = z[1] * before + z[0] * z[2];
          hidden[at] = z[3] * Math.tanh(cell[at]);
        }
      }
    }
    return { hidden, cell, gates };
  },
  // A cell: two products and one sum for c, one product for h; an activation counts as one operation.
  cost: ({ timeSteps, inputDim, units, batch }) => ({
    flops: timeSteps * batch * units * (8 * (inputDim + units) + 9),
    bytes: 4 * (timeSteps * batch * (inputDim + 6 * units) + 4 * units * (inputDim + 1 + units)),
  }),
  inputs: forwardInputs,
  cases: [...CASES, { name: 'saturated', shape: SATURATED, inputs: saturated }],
  tolerance: 1e-5,
});

/**
 * Back through time from the last hidden state. gates (T, 4U, batch), cell (T, U, batch), recurrent R (U, 4U),
 * hiddenGradient dh_T (U, batch) → gateGradient dz (T, 4U, batch), the gradient before the activations; cellGradient
 * (U, batch) is the gradient that reaches c₀. The parameters' gradients and dx follow from dz as a dense layer's do.
 */
export const lstmBackward = defineKernel({
  name: 'lstm_backward',
  bindings: {
    gates: 'read',
    cell: 'read',
    recurrent: 'read',
    hiddenGradient: 'read',
    gateGradient: 'write',
    cellGradient: 'write',
  },
  code: (shape: LstmShape) => {
    const { timeSteps, units } = shape;
    const quads = shape.batch / 4;
    const lane = fittingVectors(shape, 2);
    return wgsl`
${header(shape)}
@group(0) @binding(0) var<storage, read> gates: array<vec4f, ${timeSteps * 4 * units * quads}>;
@group(0) @binding(1) var<storage, read> cell: array<vec4f, ${timeSteps * units * quads}>;
@group(0) @binding(2) var<storage, read> recurrent: array<f32, ${units * 4 * units}>;
@group(0) @binding(3) var<storage, read> hidden_gradient: array<vec4f, ${units * quads}>;
@group(0) @binding(4) var<storage, read_write> gate_gradient: array<vec4f, ${timeSteps * 4 * units * quads}>;
@group(0) @binding(5) var<storage, read_write> cell_gradient: array<vec4f, ${units * quads}>;

const UNITS = ${units}u;
const QUADS = ${quads}u;

@compute @workgroup_size(${shape.tile.lanes})
fn main(@builtin(global_invocation_id) id: vec3u) {
  ${laneVectors(shape, lane)}
  var dh: array<vec4f, ${units * lane}>;
  var dh_before: array<vec4f, ${units * lane}>;
  for (var j = 0u; j < UNITS; j++) {
    ${unroll(lane, (v) => `dh[j * ${lane}u + ${v}u] = hidden_gradient[j * QUADS + s${v}];`)}
    ${stores(
      shape,
      lane,
      unroll(lane, (v) => `cell_gradient[j * QUADS + s${v}] = vec4f(0.0);`),
    )}
  }
  for (var t = ${timeSteps - 1}i; t >= 0i; t--) {
    ${forEachUnit(units, (k) => unroll(lane, (v) => `dh_before[${k} * ${lane}u + ${v}u] = vec4f(0.0);`))}
    for (var j = 0u; j < UNITS; j++) {
      ${unroll(lane, (v) => unroll(4, (g) => `var dz${g}_${v}: vec4f;`))}
      // Loaded before any is stored, because a lane past the batch's end carries the last quad several times.
      ${unroll(lane, (v) => `let dc_after${v} = cell_gradient[j * QUADS + s${v}];`)}
      ${unroll(
        lane,
        (v) => `{
        let at = (u32(t) * UNITS + j) * QUADS + s${v};
        let at_gate = (u32(t) * 4u * UNITS + j) * QUADS + s${v};
        let i = gates[at_gate];
        let f = gates[at_gate + UNITS * QUADS];
        let g = gates[at_gate + 2u * UNITS * QUADS];
        let o = gates[at_gate + 3u * UNITS * QUADS];
        var c_before = vec4f(0.0);
        if (t > 0i) { c_before = cell[at - UNITS * QUADS]; }
        let c_tanh = tanh4(cell[at]);
        let dh_j = dh[j * ${lane}u + ${v}u];
        let dc = dc_after${v} + dh_j * o * (1.0 - c_tanh * c_tanh);
        dz0_${v} = dc * g * i * (1.0 - i);
        dz1_${v} = dc * c_before * f * (1.0 - f);
        dz2_${v} = dc * i * (1.0 - g * g);
        dz3_${v} = dh_j * c_tanh * o * (1.0 - o);
        ${stores(
          shape,
          lane,
          `cell_gradient[j * QUADS + s${v}] = dc * f;
        ${unroll(4, (g) => `gate_gradient[at_gate + ${g}u * UNITS * QUADS] = dz${g}_${v};`)}`,
        )}
      }`,
      )}
      ${forEachUnit(
        units,
        (k) => `{
        ${loadRecurrent(k, shape.tile)}
        ${unroll(
          lane,
          (v) => `dh_before[${k} * ${lane}u + ${v}u] += w0 * dz0_${v} + w1 * dz1_${v} + w2 * dz2_${v} + w3 * dz3_${v};`,
        )}
      }`,
      )}
    }
    ${forEachUnit(units, (k) =>
      unroll(lane, (v) => `dh[${k} * ${lane}u + ${v}u] = dh_before[${k} * ${lane}u + ${v}u];`),
    )}
  }
}
`;
  },
  features,
  workgroups: (shape) => workgroups(shape, fittingVectors(shape, 2)),
  sizes: ({ timeSteps, units, batch }) => ({
    gates: timeSteps * 4 * units * batch,
    cell: timeSteps * units * batch,
    recurrent: units * 4 * units,
    hiddenGradient: units * batch,
    gateGradient: timeSteps * 4 * units * batch,
    cellGradient: units * batch,
  }),
  reference({ gates, cell, recurrent, hiddenGradient }, { timeSteps, units, batch }) {
    const gateGradient = new Float64Array(timeSteps * 4 * units * batch);
    const cellGradient = new Float64Array(units * batch);
    for (let b = 0; b < batch; b++) {
      let dh = Float64Array.from({ length: units }, (_, j) => hiddenGradient[j * batch + b]);
      for (let t = timeSteps - 1; t >= 0; t--) {
        const dhBefore = new Float64Array(units);
        for (let j = 0; j < units; j++) {
          const at = (t * units + j) * batch + b;
          const atGate = (gate: number) => (t * 4 * units + gate * units + j) * batch + b;
          const [i, f, g, o] = [0, 1, 2, 3].map((gate) => gates[atGate(gate)]);
          const cBefore = t > 0 ? cell[at - units * batch] : 0;
          const cTanh = Math.tanh(cell[at]);
          const dc = cellGradient[j * batch + b] + dh[j] * o * (1 - cTanh * cTanh);
          cellGradient[j * batch + b] = dc * f;
          const dz = [
            dc * g * i * (1 - i),
            dc * cBefore * f * (1 - f),
            dc * i * (1 - g * g),
            dh[j] * cTanh * o * (1 - o),
          ];
          for (let gate = 0; gate < 4; gate++) {
            gateGradient[atGate(gate)] = dz[gate];
            for (let k = 0; k < units; k++) dhBefore[k] += recurrent[(k * 4 + gate) * units + j] * dz[gate];
          }
        }
        dh = dhBefore;
      }
    }
    return { gateGradient, cellGradient };
  },
  cost: ({ timeSteps, units, batch }) => ({
    flops: timeSteps * batch * units * (8 * units + 26),
    bytes: 4 * (timeSteps * batch * units * 9 + batch * units * 2 + 4 * units * units),
  }),
  inputs: ({ timeSteps, units, batch }: LstmShape, draw) => {
    const gates = Float32Array.from(draw.normal(timeSteps * 4 * units * batch), (value, index) => {
      const gate = Math.floor(index / (units * batch)) % 4;
      return gate === 2 ? Math.tanh(value) : sigmoid(value);
    });
    return { gates, recurrent: scaled(draw.normal(units * 4 * units), units) };
  },
  cases: CASES,
  tolerance: 1e-5,
});
