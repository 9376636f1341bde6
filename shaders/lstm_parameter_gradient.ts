import { defineTiledKernel, type KernelCase } from '../src/gpu/kernel.ts';
import {
  type GradientTile,
  gradientLanes,
  gradientTiles,
  gradientTiling,
  laneRows,
  loadable,
  SMALL_TILE,
  sharing,
  storeSums,
  tileColumn,
  tileOrigin,
  tileRow,
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

/** Whether rows of K and b are summed beside R's, so that dz need not be loaded once more for them: up to as many again. */
function sumsInputBeside({ inputDim }: LstmParameterGradientShape, tile: GradientTile): boolean {
  return inputDim + 1 <= sharing(tile) * tile.rows;
}

/** Sums that a lane may keep in registers. */
const REGISTER_SUMS = 16;

/** The tile by units, whose four gates a lane takes together, as dz lies in memory. */
function unitTile(tile: GradientTile): GradientTile {
  return { ...tile, columns: tile.columns / 4 };
}

/**
 * Where a lane has the turn's values, a of a row and d of a unit's gate g, and the sums of their products: in variables where they
 * fit into registers, else in one private array, for the reason that lstm_quads.ts gives. There the rows that a neighbour loaded
 * are fetched from it at every use, one exchange for all columns; its columns are kept, being used more often.
 */
function laneValues(tile: GradientTile, height: number, few: number) {
  const { columns: width, subgroups } = tile;
  const rows = height + few;
  if (tile.rows * width <= REGISTER_SUMS) {
    return {
      a: (p: number, n: number) => `a${p}_${n}`,
      d: (unit: number, g: number, n: number) => `d${unit}_${n}[${g}]`,
      sum: (p: number, unit: number, g: number) => `sum${p}_${unit}_${g}`,
      declare: unroll(rows, (p) => unroll(width, (q) => `var sum${p}_${Math.floor(q / 4)}_${q % 4} = 0.0;`)),
      keep: () => '',
    };
  }
  const own = (at: number) => `own[${at}]`;
  const a = (p: number, n: number) => own(p * TURN + n);
  const d = (unit: number, g: number, n: number) => own((rows + 4 * unit + g) * TURN + n);
  const half = subgroups ? height / 2 : 0;
  const ownUnits = width / 4 / sharing(tile);
  const values = (rows + width) * TURN + rows * width;
  return {
    a: (p: number, n: number) => (half > 0 && p >= half && p < height ? `quadSwapX(${a(p - half, n)})` : a(p, n)),
    d,
    sum: (p: number, unit: number, g: number) => own((rows + width) * TURN + p * width + 4 * unit + g),
    // An array that no index at run time reaches would be taken apart into variables again.
    declare: `var own: array<f32, ${values}>;
    for (var n = 0u; n < ${values}u; n++) { own[n] = 0.0; }`,
    keep: (n: number) => `${unroll(height - half, (m) => `${a(m, n)} = a${m}_${n};`)}
      ${unroll(few, (m) => `${a(height + m, n)} = a${height + m}_${n};`)}
      ${unroll(ownUnits, (m) => unroll(4, (g) => `${d(m, g, n)} = d${m}_${n}[${g}];`))}
      ${subgroups ? unroll(ownUnits, (m) => unroll(4, (g) => `${d(ownUnits + m, g, n)} = quadSwapY(d${m}_${n}[${g}]);`)) : ''}`,
  };
}

/** Whether a lane's values of h lie in fours in memory. */
function readsFours({ units }: LstmParameterGradientShape, tile: GradientTile): boolean {
  return units % 4 === 0 && (laneRows(units, tile) / sharing(tile)) % 4 === 0;
}

/** The rows of h that a lane loads itself for pair n, a0_n, a1_n, … */
function loadHidden(shape: LstmParameterGradientShape, tile: GradientTile, height: number, n: number): string {
  const { units } = shape;
  const share = sharing(tile);
  if (!readsFours(shape, tile)) {
    const row = (m: number) => loadable(tileRow(m, height, tile), units, share * height);
    return unroll(height / share, (m) => `let a${m}_${n} = hidden[at${n} * ${units}u + ${row(m)}];`);
  }
  const four = (m: number) => loadable(`first_four + ${m}u`, units / 4, (share * height) / 4);
  return unroll(
    height / share / 4,
    (m) => `let fours${m}_${n} = hidden[at${n} * ${units / 4}u + ${four(m)}];
      ${unroll(4, (e) => `let a${4 * m + e}_${n} = fours${m}_${n}[${e}];`)}`,
  );
}

/**
 * The sums of one lane over the part's pairs: rows of R, or else of K and b, and `few` rows of K and b beside those of R. Lanes
 * that share load half of their rows and half of their units; the neighbour beside has the other rows, the one above or
 * below the other units.
 */
function laneSums(
  shape: LstmParameterGradientShape,
  tile: GradientTile,
  of: 'input' | 'recurrent',
  few: number,
): string {
  const { timeSteps, inputDim, units, batch } = shape;
  const { columns: laneUnits, subgroups } = unitTile(tile);
  const share = sharing(tile);
  const rows = of === 'input' ? inputDim + 1 : units;
  const height = laneRows(rows, tile);
  const { a, d, sum, declare, keep } = laneValues(tile, height, few);
  const row = (m: number) => tileRow(m, height, tile);
  const unit = (m: number) => tileColumn(m, unitTile(tile));
  const fewRow = (m: number) => (subgroups ? `(is_upper * ${few}u + ${m}u)` : `${m}u`);
  const loads = (n: number) => `
      ${
        of === 'input'
          ? unroll(height / share, (m) => `let a${m}_${n} = input_row(${row(m)}, x_at, ${n}u);`)
          : loadHidden(shape, tile, height, n)
      }
      ${unroll(
        laneUnits / share,
        (m) => `let d${m}_${n} = gate_gradient[at${n} * ${units}u + ${loadable(unit(m), units, share * laneUnits)}];`,
      )}
      ${unroll(few, (m) => `let a${height + m}_${n} = input_row(${fewRow(m)}, x_at, ${n}u);`)}`;
  const products = (m: number, g: number) =>
    Array.from({ length: TURN }, (_, n) => `${d(m, g, n)} * row${n}`).join(' + ');
  const addRow = (p: number) => `{
        ${unroll(TURN, (n) => `let row${n} = ${a(p, n)};`)}
        ${unroll(laneUnits, (m) => unroll(4, (g) => `${sum(p, m, g)} += ${products(m, g)};`))}
      }`;
  // dz lies by units, the parameters' columns by gates.
  const store = (base: string, rowOf: (p: number) => string, first: number) => (p: number, m: number) =>
    unroll(
      4,
      (g) => `partials[${base} + ${rowOf(p)} * ${4 * units}u + ${g * units}u + ${unit(m)}] = ${sum(first + p, m, g)};`,
    );
  const base = of === 'input' ? 'base' : `base + ${(inputDim + 1) * 4 * units}u`;
  const own = { row, rows, tileRows: share * height, count: height };
  const beside = { row: fewRow, rows: inputDim + 1, tileRows: share * few, count: few };
  return `
    ${tileOrigin(of === 'input' ? 'group.z' : `group.z - ${inputTiles(shape, tile)}u`, rows, units, unitTile(tile))}
    ${readsFours(shape, tile) ? `let first_four = ${row(0)} / 4u;` : ''}
    ${declare}
    for (var at = first; at < end; at += ${TURN}u) {
      ${unroll(TURN, (n) => `let at${n} = min(at, ${timeSteps * batch - TURN}u) + ${n}u;`)}
      // The turn's pairs are of one step, for the batch is a multiple of ${TURN}.
      let x_at = at0${inputDim === 1 ? '' : ` + at0 / ${batch}u * ${(inputDim - 1) * batch}u`};
      ${unroll(TURN, loads)}
      ${unroll(TURN, keep)}
      ${unroll(height + few, addRow)}
    }
    let base = min(group.y, ${shape.parts - 1}u) * ${shape.stride}u;
    ${storeSums(own, units, unitTile(tile), store(base, row, 0))}
    ${storeSums(beside, units, unitTile(tile), store('base', fewRow, height))}`;
}

/** Tiles of K and b alone; none where they are few. */
function inputTiles(shape: LstmParameterGradientShape, tile: GradientTile): number {
  const { inputDim, units } = shape;
  return sumsInputBeside(shape, tile) ? 0 : gradientTiles(inputDim + 1, units, unitTile(tile)).down;
}

/** The tiles of one dispatch: those of K and b, then those of R, of which the first has the few rows beside it. */
function sums(shape: LstmParameterGradientShape, tile: GradientTile): string {
  const { inputDim, units } = shape;
  const tiles = inputTiles(shape, tile);
  if (tiles > 0) {
    return `if (group.z < ${tiles}u) { ${laneSums(shape, tile, 'input', 0)} } else { ${laneSums(shape, tile, 'recurrent', 0)} }`;
  }
  const first = laneSums(shape, tile, 'recurrent', ceilDiv(inputDim + 1, sharing(tile)));
  if (gradientTiles(units, units, unitTile(tile)).down === 1) return first;
  return `if (group.z == 0u) { ${first} } else { ${laneSums(shape, tile, 'recurrent', 0)} }`;
}

/** Of the tiles for 32 units the widest take seconds to compile, so that only one of them is tried. */
const OF_32_UNITS: GradientTile[] = [
  SMALL_TILE,
  { rows: 16, columns: 8, subgroups: false },
  { rows: 16, columns: 32, subgroups: true },
];

const CASES: KernelCase<LstmParameterGradientShape, GradientTile>[] = [
  { name: 'size 1', sizes: [1, 1, 1, 4], parts: 1, stride: 64 },
  { name: 'odd, more parts than pairs', sizes: [2, 3, 7, 12], parts: 8, stride: 320 },
  { name: 'beyond a tile', sizes: [3, 35, 33, 68], parts: 5, stride: 9152 },
  { name: 'few rows of K, beyond a tile', sizes: [3, 2, 32, 12], parts: 3, stride: 17152, tiles: OF_32_UNITS },
  { name: 'experiment', sizes: [64, 1, 32, 256], parts: 8, stride: 8640, tiles: OF_32_UNITS },
].map(({ name, sizes: [timeSteps, inputDim, units, batch], parts, stride, tiles }) => ({
  name,
  shape: { timeSteps, inputDim, units, batch, parts, stride },
  tiles,
}));

function flopsOf({ timeSteps, inputDim, units, batch }: LstmParameterGradientShape): number {
  return 2 * timeSteps * batch * (inputDim + 1 + units) * 4 * units;
}

/** Only units that fill them make wide tiles quicker; of few units most of a wide one would be empty. */
function widthFor(units: number): number {
  if (units % 32 === 0) return 32;
  return units < 16 ? 8 : 16;
}

const TILING = gradientTiling<LstmParameterGradientShape>({
  sizes: ({ units }) => [8, 16, 32].filter((width) => width <= widthFor(units)).map((width) => [16, width]),
  large: ({ units }) => [16, widthFor(units)],
  shortened(shape, flops) {
    const steps = Math.max(1, Math.floor(flops / flopsOf({ ...shape, timeSteps: 1 })));
    return { ...shape, timeSteps: Math.min(shape.timeSteps, steps) };
  },
});

/**
 * The gradient of K, b and R: [x; 1; h before]ᵀ·dz, summed over time steps and samples. x (T, D, batch), hidden (T + 1, batch, U)
 * of which row t is h before step t, gateGradient dz (T, batch, U, 4) → partials (parts, stride), of which each part's first
 * (D + 1 + U) · 4U elements are written; `gradient_sum` adds the parts up in their order, since WebGPU has no float atomics
 * and a run shall give the same bits each time.
 */
export const lstmParameterGradient = defineTiledKernel({
  name: 'lstm_parameter_gradient',
  bindings: { x: 'read', hidden: 'read', gateGradient: 'read', partials: 'write' },
  code: (shape: LstmParameterGradientShape, tile: GradientTile) => {
    const { timeSteps, inputDim, units, batch } = shape;
    const states = (timeSteps + 1) * batch * units;
    return wgsl`${tile.subgroups ? 'enable subgroups;' : ''}
@group(0) @binding(0) var<storage, read> x: array<f32, ${timeSteps * inputDim * batch}>;
@group(0) @binding(1) var<storage, read> hidden: ${readsFours(shape, tile) ? `array<vec4f, ${states / 4}>` : `array<f32, ${states}>`};
@group(0) @binding(2) var<storage, read> gate_gradient: array<vec4f, ${timeSteps * batch * units}>;
@group(0) @binding(3) var<storage, read_write> partials: array<f32, ${partialsLength(shape)}>;

// Row \`row\` of [x; 1] at pair \`n\` of the turn whose x begins at \`at\`, channel 0.
fn input_row(row: u32, at: u32, n: u32) -> f32 {
  let value = x[at + min(row, ${inputDim - 1}u) * ${batch}u + n];
  return select(value, 1.0, row == ${inputDim}u);
}

@compute @workgroup_size(${gradientLanes(tile)})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.y * ${pairsPerPart(shape)}u;
  let end = min(first + ${pairsPerPart(shape)}u, ${timeSteps * batch}u);
  ${sums(shape, tile)}
}
`;
  },
  tiles: TILING,
  features: (_, { subgroups }) => (subgroups ? ['subgroups'] : []),
  workgroups: (shape, tile) => {
    const { across, down } = gradientTiles(shape.units, shape.units, unitTile(tile));
    return [across, shape.parts, inputTiles(shape, tile) + down];
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
            sum += value * gateGradient[at * columns + (n % units) * 4 + Math.floor(n / units)];
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
      flops: flopsOf(shape),
      bytes: 4 * (timeSteps * batch * (inputDim + 5 * units) + partialsLength(shape)),
    };
  },
  cases: CASES,
  tolerance: 1e-5,
});
