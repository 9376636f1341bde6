import { defineKernel, type KernelCase } from '../src/gpu/kernel.ts';
import {
  type GradientTile,
  gradientLanes,
  gradientTiles,
  laneRows,
  loadable,
  sharing,
  storeSums,
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

/** Rows of K and b up to which they are summed beside R's: dz need not be loaded once more for so few. */
const FEW_ROWS = 4;

/** Values m = 0 … count − 1 of a tensor whose rows are `width` long, four in one load where they lie so. */
function loadValues(
  name: string,
  tensor: string,
  count: number,
  index: (m: number) => string,
  n: number,
  fours: boolean,
) {
  if (!fours) return unroll(count, (m) => `let ${name}${m}_${n} = ${tensor}[${index(m)}];`);
  return unroll(
    count / 4,
    (m) => `let ${name}${4 * m}_four_${n} = ${tensor}[(${index(4 * m)}) / 4u];
      ${unroll(4, (e) => `let ${name}${4 * m + e}_${n} = ${name}${4 * m}_four_${n}[${e}];`)}`,
  );
}

/**
 * The sums of one lane over the part's pairs: rows of R, or else of K and b, and `few` rows of K and b beside those of R. Lanes
 * that share load half of their rows and half of their columns; the neighbour beside has the other rows, the one above or
 * below the other columns.
 */
function laneSums(shape: LstmParameterGradientShape, of: 'input' | 'recurrent', few: number): string {
  const { inputDim, units, tile } = shape;
  const { columns: width, subgroups } = tile;
  const share = sharing(tile);
  const rows = of === 'input' ? inputDim + 1 : units;
  const height = laneRows(rows, tile);
  const columns = 4 * units;
  const recurrentRow = (n: number) => (m: number) =>
    `at${n} * ${units}u + ${loadable(`row${m}`, units, share * height)}`;
  const column = (n: number) => (m: number) =>
    `at${n} * ${columns}u + ${loadable(`column${m}`, columns, share * width)}`;
  const loads = (n: number) => `
      ${
        of === 'input'
          ? unroll(height / share, (m) => `let a${m}_${n} = input_row(row${m}, at${n});`)
          : loadValues('a', 'hidden', height / share, recurrentRow(n), n, readsFours(shape).hidden)
      }
      ${loadValues('d', 'gate_gradient', width / share, column(n), n, readsFours(shape).gateGradient)}
      ${subgroups ? unroll(height / 2, (m) => `let a${height / 2 + m}_${n} = quadSwapX(a${m}_${n});`) : ''}
      ${subgroups ? unroll(width / 2, (m) => `let d${width / 2 + m}_${n} = quadSwapY(d${m}_${n});`) : ''}
      ${unroll(few, (m) => `let a${height + m}_${n} = input_row(few${m}, at${n});`)}`;
  const products = (p: number, q: number) =>
    Array.from({ length: TURN }, (_, n) => `a${p}_${n} * d${q}_${n}`).join(' + ');
  const each = (count: number, piece: (p: number, q: number) => string) =>
    unroll(count, (p) => unroll(width, (q) => piece(p, q)));
  const own = { row: 'row', rows, tileRows: share * height, count: height };
  const beside = { row: 'few', rows: inputDim + 1, tileRows: share * few, count: few };
  return `
    ${tileOrigin(of === 'input' ? 'group.z' : `group.z - ${inputTiles(shape)}u`, rows, columns, tile)}
    ${tileRowsAndColumns(height, tile)}
    ${unroll(few, (m) => `let few${m} = ${subgroups ? `is_upper * ${few}u + ` : ''}${m}u;`)}
    ${each(height + few, (p, q) => `var sum${p}_${q} = 0.0;`)}
    for (var at = first; at < end; at += ${TURN}u) {
      ${unroll(TURN, (n) => `let at${n} = min(at, ${shape.timeSteps * shape.batch - TURN}u) + ${n}u;`)}
      ${unroll(TURN, loads)}
      ${each(height + few, (p, q) => `sum${p}_${q} += ${products(p, q)};`)}
    }
    let base = min(group.y, ${shape.parts - 1}u) * ${shape.stride}u;
    ${storeSums(own, columns, tile, `base + ${of === 'input' ? 0 : (inputDim + 1) * columns}u`, (p, q) => `sum${p}_${q}`)}
    ${storeSums(beside, columns, tile, 'base', (p, q) => `sum${height + p}_${q}`)}`;
}

/** Tiles of K and b alone; none where they are few. */
function inputTiles({ inputDim, units, tile }: LstmParameterGradientShape): number {
  return inputDim + 1 > FEW_ROWS ? gradientTiles(inputDim + 1, 4 * units, tile).down : 0;
}

/** Whether a lane's values lie in fours in memory. */
function readsFours({ units, tile }: LstmParameterGradientShape) {
  const own = (count: number) => count / sharing(tile);
  return { hidden: units % 4 === 0 && own(laneRows(units, tile)) % 4 === 0, gateGradient: own(tile.columns) % 4 === 0 };
}

function array(elements: number, fours: boolean): string {
  return fours ? `array<vec4f, ${elements / 4}>` : `array<f32, ${elements}>`;
}

/** The tiles of one dispatch: those of K and b, then those of R, of which the first has the few rows beside it. */
function sums(shape: LstmParameterGradientShape): string {
  const { inputDim, units, tile } = shape;
  const tiles = inputTiles(shape);
  if (tiles > 0) {
    return `if (group.z < ${tiles}u) { ${laneSums(shape, 'input', 0)} } else { ${laneSums(shape, 'recurrent', 0)} }`;
  }
  const first = laneSums(shape, 'recurrent', ceilDiv(inputDim + 1, sharing(tile)));
  if (gradientTiles(units, 4 * units, tile).down === 1) return first;
  return `if (group.z == 0u) { ${first} } else { ${laneSums(shape, 'recurrent', 0)} }`;
}

const TILES: GradientTile[] = [
  { rows: 4, columns: 4, subgroups: false },
  { rows: 16, columns: 32, subgroups: true },
];

const CASES: KernelCase<LstmParameterGradientShape>[] = [
  { name: 'size 1', timeSteps: 1, inputDim: 1, units: 1, batch: 4, parts: 1, stride: 64 },
  { name: 'odd, more parts than pairs', timeSteps: 2, inputDim: 3, units: 7, batch: 12, parts: 8, stride: 320 },
  { name: 'beyond a tile', timeSteps: 3, inputDim: 35, units: 33, batch: 68, parts: 5, stride: 9152 },
  { name: 'experiment', timeSteps: 64, inputDim: 1, units: 32, batch: 256, parts: 8, stride: 8640 },
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
  bindings: { x: 'read', hidden: 'read', gateGradient: 'read', partials: 'write' },
  code: (shape: LstmParameterGradientShape) => {
    const { timeSteps, inputDim, units, batch, tile } = shape;
    const fours = readsFours(shape);
    return wgsl`${tile.subgroups ? 'enable subgroups;' : ''}
@group(0) @binding(0) var<storage, read> x: array<f32, ${timeSteps * inputDim * batch}>;
@group(0) @binding(1) var<storage, read> hidden: ${array((timeSteps + 1) * batch * units, fours.hidden)};
@group(0) @binding(2) var<storage, read> gate_gradient: ${array(timeSteps * batch * 4 * units, fours.gateGradient)};
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
  ${sums(shape)}
}
`;
  },
  features: ({ tile }) => (tile.subgroups ? ['subgroups'] : []),
  workgroups: (shape) => {
    const { across, down } = gradientTiles(shape.units, 4 * shape.units, shape.tile);
    return [across, shape.parts, inputTiles(shape) + down];
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
