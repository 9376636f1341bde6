import { defineKernel, type KernelCase } from '../src/gpu/kernel.ts';
import {
  type GradientTile,
  gradientLanes,
  gradientTiles,
  laneRows,
  loadable,
  sharing,
  tileName,
  tileOrigin,
  tileRowsAndColumns,
} from './gradient_tile.ts';
import { ceilDiv, unroll, wgsl } from './wgsl.ts';

export interface LstmParameterGradientShape {
  timeSteps: number;
  inputDim: number;
  units: number;
  /** A multiple of 4. */
  batch: number;
  /** The sum over steps and samples is cut into this many parts, so that more lanes share it. */
  parts: number;
  /** Elements from one part's gradient to the next one's. */
  stride: number;
  tile: GradientTile;
}

/** Pairs of step and sample that one turn of the loop takes, so that an accumulator is touched once for all of them. */
const TURN = 4;

/** Pairs of step and sample of one part, a multiple of TURN; the batch is one too. */
function pairsPerPart({ timeSteps, batch, parts }: LstmParameterGradientShape): number {
  return TURN * ceilDiv(timeSteps * batch, TURN * parts);
}

function partialsLength({ inputDim, units, parts, stride }: LstmParameterGradientShape): number {
  return (parts - 1) * stride + (inputDim + 1 + units) * 4 * units;
}

/**
 * The sums of one lane over the part's pairs; `loadRow(m, n)` is the value of row m at pair n. Lanes that share load half of
 * their rows and half of their columns; the neighbour beside has the other rows, the one above or below the other columns.
 */
function laneSums(
  { units, tile }: LstmParameterGradientShape,
  rows: number,
  loadRow: (m: number, n: number) => string,
): string {
  const { size, subgroups } = tile;
  const share = sharing(tile);
  const height = laneRows(rows, tile);
  const columns = 4 * units;
  const loads = (n: number) => `
      ${unroll(height / share, (m) => `let a${m}_${n} = ${loadRow(m, n)};`)}
      ${unroll(size / share, (m) => `let d${m}_${n} = gate_gradient[at${n} * ${columns}u + ${loadable(`column${m}`, columns, share * size)}];`)}
      ${subgroups ? unroll(height / 2, (m) => `let a${height / 2 + m}_${n} = quadSwapX(a${m}_${n});`) : ''}
      ${subgroups ? unroll(size / 2, (m) => `let d${size / 2 + m}_${n} = quadSwapY(d${m}_${n});`) : ''}`;
  const products = (p: number, q: number) =>
    Array.from({ length: TURN }, (_, n) => `a${p}_${n} * d${q}_${n}`).join(' + ');
  const each = (piece: (p: number, q: number) => string) => unroll(height, (p) => unroll(size, (q) => piece(p, q)));
  return `
    ${tileRowsAndColumns(height, tile)}
    ${each((p, q) => `var sum${p}_${q} = 0.0;`)}
    for (var at = first; at < end; at += ${TURN}u) {
      ${unroll(TURN, (n) => `let at${n} = at + ${n}u;`)}
      ${unroll(TURN, loads)}
      ${each((p, q) => `sum${p}_${q} += ${products(p, q)};`)}
    }
    ${each(
      (p, q) => `if (row${p} < ${rows}u && column${q} < ${columns}u) {
      partials[base + row${p} * ${columns}u + column${q}] = sum${p}_${q};
    }`,
    )}`;
}

const TILES: GradientTile[] = [
  { size: 4, subgroups: false },
  { size: 16, subgroups: true },
];

const CASES: KernelCase<LstmParameterGradientShape>[] = [
  {
    name: 'size 1',
    timeSteps: 1,
    inputDim: 1,
    units: 1,
    batch: 4,
    parts: 1,
    stride: 64,
  },
  {
    name: 'odd, more parts than pairs',
    timeSteps: 2,
    inputDim: 3,
    units: 7,
    batch: 12,
    parts: 8,
    stride: 320,
  },
  {
    name: 'beyond a tile',
    timeSteps: 3,
    inputDim: 35,
    units: 33,
    batch: 68,
    parts: 5,
    stride: 9152,
  },
  {
    name: 'experiment',
    timeSteps: 64,
    inputDim: 1,
    units: 32,
    batch: 256,
    parts: 8,
    stride: 8640,
  },
].flatMap(({ name, ...shape }) =>
  TILES.map((tile) => ({
    name: `${name}, ${tileName(tile)}`,
    shape: { ...shape, tile },
  })),
);

/**
 * The gradient of K, b and R: [x; 1; h before]ᵀ·dz, summed over time steps and samples. x (T, D, batch), hidden (T + 1, batch, U)
 * of which row t is h before step t, gateGradient dz (T, batch, 4U) → partials (parts, stride), of which each part's first
 * (D + 1 + U) · 4U elements are written; `gradient_sum` adds the parts up in their order, since WebGPU has no float atomics
 * and a run shall give the same bits each time.
 */
export const lstmParameterGradient = defineKernel({
  name: 'lstm_parameter_gradient',
  bindings: {
    x: 'read',
    hidden: 'read',
    gateGradient: 'read',
    partials: 'write',
  },
  code: (shape: LstmParameterGradientShape) => {
    const { timeSteps, inputDim, units, batch, stride, tile } = shape;
    const share = sharing(tile);
    const columns = 4 * units;
    const inputTiles = gradientTiles(inputDim + 1, columns, tile).down;
    const row = (m: number) => loadable(`row${m}`, units, share * laneRows(units, tile));
    return wgsl`${tile.subgroups ? 'enable subgroups;' : ''}
@group(0) @binding(0) var<storage, read> x: array<f32, ${timeSteps * inputDim * batch}>;
@group(0) @binding(1) var<storage, read> hidden: array<f32, ${(timeSteps + 1) * batch * units}>;
@group(0) @binding(2) var<storage, read> gate_gradient: array<f32, ${timeSteps * batch * columns}>;
@group(0) @binding(3) var<storage, read_write> partials: array<f32, ${partialsLength(shape)}>;

// Row \`row\` of [x; 1] at a pair of step and sample.
fn input_row(row: u32, at: u32) -> f32 {
  let d = min(row, ${inputDim - 1}u);
  let value = x[${inputDim === 1 ? 'at' : `(at / ${batch}u * ${inputDim}u + d) * ${batch}u + at % ${batch}u`}];
  return select(value, 1.0, row == ${inputDim}u);
}

@compute @workgroup_size(${gradientLanes(tile)})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.y * ${pairsPerPart(shape)}u;
  let end = min(first + ${pairsPerPart(shape)}u, ${timeSteps * batch}u);
  if (group.z < ${inputTiles}u) {
    let base = group.y * ${stride}u;
    ${tileOrigin('group.z', inputDim + 1, tile)}
    ${laneSums(shape, inputDim + 1, (m, n) => `input_row(row${m}, at${n})`)}
  } else {
    let base = group.y * ${stride}u + ${(inputDim + 1) * columns}u;
    ${tileOrigin(`(group.z - ${inputTiles}u)`, units, tile)}
    ${laneSums(shape, units, (m, n) => `hidden[at${n} * ${units}u + ${row(m)}]`)}
  }
}
`;
  },
  features: ({ tile }) => (tile.subgroups ? ['subgroups'] : []),
  workgroups: ({ inputDim, units, parts, tile }) => {
    const { across, down } = gradientTiles(units, 4 * units, tile);
    return [across, parts, gradientTiles(inputDim + 1, 4 * units, tile).down + down];
  },
  sizes: (shape) => {
    const { timeSteps, inputDim, units, batch } = shape;
    return {
      x: timeSteps * inputDim * batch,
      hidden: (timeSteps + 1) * batch * units,
      gateGradient: timeSteps * batch * 4 * units,
      partials: partialsLength(shape),
    };
  },
  reference({ x, hidden, gateGradient }, shape) {
    const { timeSteps, inputDim, units, batch, parts, stride } = shape;
    const columns = 4 * units;
    const partials = new Float64Array(partialsLength(shape)).fill(Number.NaN);
    for (let part = 0; part < parts; part++) {
      const end = Math.min((part + 1) * pairsPerPart(shape), timeSteps * batch);
      for (let row = 0; row < inputDim + 1 + units; row++) {
        for (let n = 0; n < columns; n++) {
          let sum = 0;
          for (let at = part * pairsPerPart(shape); at < end; at++) {
            const t = Math.floor(at / batch);
            let value = 1;
            if (row < inputDim) value = x[(t * inputDim + row) * batch + (at % batch)];
            else if (row > inputDim) value = hidden[at * units + row - inputDim - 1];
            sum += value * gateGradient[at * columns + n];
          }
          partials[part * stride + row * columns + n] = sum;
        }
      }
    }
    return { partials };
  },
  cost: (shape) => {
    const { timeSteps, inputDim, units, batch } = shape;
    return {
      flops: 2 * timeSteps * batch * (inputDim + 1 + units) * 4 * units,
      bytes: 4 * (timeSteps * batch * (inputDim + 5 * units) + partialsLength(shape)),
    };
  },
  cases: CASES,
  tolerance: 1e-5,
});
