import { defineTiledKernel, type KernelCase, type TileDevice, type Tiling } from '../src/gpu/kernel.ts';
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
import {
  stageLoads,
  WORKGROUP_LANES,
  type WorkgroupTile,
  workgroupGradient,
  workgroupTileBytes,
  workgroupTiles,
} from './lstm_gradient_workgroup.ts';
import { ceilDiv, unroll, wgsl } from './wgsl.ts';

export interface LstmParameterGradientShape {
  timeSteps: number;
  inputDim: number;
  units: number;
  /** A multiple of 4. */
  batch: number;
  /** The sum over steps and samples is divided into this many parts, so that more lanes share it. */
  parts: number;
  /** Elements from one part's gradient to the next one's. */
  stride: number;
}

/** Pairs of step and sample that one turn of the loop takes. A sum is loaded and stored once for all of them. */
const TURN = 4;

/** How lanes share the sums: each a tile of its own, or those of a workgroup a tile together. */
type LstmGradientTile = GradientTile | WorkgroupTile;

function isWorkgroup(tile: LstmGradientTile): tile is WorkgroupTile {
  return 'staged' in tile;
}

/** Pairs of step and sample in one part, a multiple of TURN; the batch is a multiple of it too. */
export function pairsPerPart({
  timeSteps,
  batch,
  parts,
}: Pick<LstmParameterGradientShape, 'timeSteps' | 'batch' | 'parts'>): number {
  return TURN * ceilDiv(timeSteps * batch, TURN * parts);
}

function partialsLength({ inputDim, units, parts, stride }: LstmParameterGradientShape): number {
  return (parts - 1) * stride + (inputDim + 1 + units) * 4 * units;
}

/**
 * Whether the pass that sums R's rows also sums K's and b's, which saves a second load of dz. Only if they fit into one
 * more tile of rows.
 */
function sumsInputBeside({ inputDim }: LstmParameterGradientShape, tile: GradientTile): boolean {
  return inputDim + 1 <= sharing(tile) * tile.rows;
}

/** Sums that a lane may keep in registers. */
const REGISTER_SUMS = 16;

/** The tile counted in units: a lane takes a unit's four gates together, as dz lies in memory. */
function unitTile(tile: GradientTile): GradientTile {
  return { ...tile, columns: tile.columns / 4 };
}

/**
 * Storage for a lane's operands (a: rows, d: gates of units) and sums. A lane has `rows` rows of its tile, then
 * `besideRows` rows of K and b. Named variables if the sums fit in registers; otherwise one private array
 * (lstm_quads.ts says why). In the array a neighbour's rows are swapped in at each use, one exchange for all columns;
 * its columns are copied once, because they are used more often.
 */
function laneValues(tile: GradientTile, rows: number, besideRows: number) {
  const { columns, subgroups } = tile;
  const allRows = rows + besideRows;
  if (tile.rows * columns <= REGISTER_SUMS) {
    return {
      a: (p: number, n: number) => `a${p}_${n}`,
      d: (unit: number, g: number, n: number) => `d${unit}_${n}[${g}]`,
      sum: (p: number, unit: number, g: number) => `sum${p}_${unit}_${g}`,
      declare: unroll(allRows, (p) => unroll(columns, (q) => `var sum${p}_${Math.floor(q / 4)}_${q % 4} = 0.0;`)),
      keep: () => '',
    };
  }
  const own = (at: number) => `own[${at}]`;
  const a = (p: number, n: number) => own(p * TURN + n);
  const d = (unit: number, g: number, n: number) => own((allRows + 4 * unit + g) * TURN + n);
  const half = subgroups ? rows / 2 : 0;
  const ownUnits = columns / 4 / sharing(tile);
  const length = (allRows + columns) * TURN + allRows * columns;
  return {
    a: (p: number, n: number) => (half > 0 && p >= half && p < rows ? `quadSwapX(${a(p - half, n)})` : a(p, n)),
    d,
    sum: (p: number, unit: number, g: number) => own((allRows + columns) * TURN + p * columns + 4 * unit + g),
    // The index at run time keeps the array: without one the optimizer would take it apart into variables again.
    declare: `var own: array<f32, ${length}>;
    for (var n = 0u; n < ${length}u; n++) { own[n] = 0.0; }`,
    keep: (n: number) => wgsl`${unroll(rows - half, (m) => `${a(m, n)} = a${m}_${n};`)}
      ${unroll(besideRows, (m) => `${a(rows + m, n)} = a${rows + m}_${n};`)}
      ${unroll(ownUnits, (m) => unroll(4, (g) => `${d(m, g, n)} = d${m}_${n}[${g}];`))}
#if ${subgroups}
      ${unroll(ownUnits, (m) => unroll(4, (g) => `${d(ownUnits + m, g, n)} = quadSwapY(d${m}_${n}[${g}]);`))}
#endif
`,
  };
}

/** Whether a lane's values of h are whole vectors of four in memory. */
function readsFours({ units }: LstmParameterGradientShape, tile: GradientTile): boolean {
  return units % 4 === 0 && (laneRows(units, tile) / sharing(tile)) % 4 === 0;
}

/** Loads for pair n the rows of h that a lane loads itself: a0_n, a1_n, … */
function loadHidden(shape: LstmParameterGradientShape, tile: GradientTile, rows: number, n: number): string {
  const { units } = shape;
  const share = sharing(tile);
  const row = (m: number) => loadable(tileRow(m, rows, tile), units, share * rows);
  const four = (m: number) => loadable(`first_four + ${m}u`, units / 4, (share * rows) / 4);
  return wgsl`
#if ${readsFours(shape, tile)}
      ${unroll(
        rows / share / 4,
        (m) => `let fours${m}_${n} = hidden[at${n} * ${units / 4}u + ${four(m)}];
      ${unroll(4, (e) => `let a${4 * m + e}_${n} = fours${m}_${n}[${e}];`)}`,
      )}
#else
      ${unroll(rows / share, (m) => `let a${m}_${n} = hidden[at${n} * ${units}u + ${row(m)}];`)}
#endif
`;
}

/**
 * The sums of one lane over the part's pairs: rows of R, or of K and b, and with rows of R also `besideRows` rows of K
 * and b. Lanes that share load half of their rows and half of their units. The lane beside has the other rows, the lane
 * above or below has the other units.
 */
function laneSums(
  shape: LstmParameterGradientShape,
  tile: GradientTile,
  of: 'input' | 'recurrent',
  besideRows: number,
): string {
  const { timeSteps, inputDim, units, batch } = shape;
  const { columns: laneUnits, subgroups } = unitTile(tile);
  const share = sharing(tile);
  const gradientRows = of === 'input' ? inputDim + 1 : units;
  const rows = laneRows(gradientRows, tile);
  const { a, d, sum, declare, keep } = laneValues(tile, rows, besideRows);
  const row = (m: number) => tileRow(m, rows, tile);
  const unit = (m: number) => tileColumn(m, unitTile(tile));
  const loadableUnit = (m: number) => loadable(unit(m), units, share * laneUnits);
  const besideRow = (m: number) => (subgroups ? `(is_upper * ${besideRows}u + ${m}u)` : `${m}u`);
  const loads = (n: number) => wgsl`
#if ${of === 'input'}
      ${unroll(rows / share, (m) => `let a${m}_${n} = input_row(${row(m)}, x_at, ${n}u);`)}
#else
      ${loadHidden(shape, tile, rows, n)}
#endif
      ${unroll(laneUnits / share, (m) => `let d${m}_${n} = gate_gradient[at${n} * ${units}u + ${loadableUnit(m)}];`)}
      ${unroll(besideRows, (m) => `let a${rows + m}_${n} = input_row(${besideRow(m)}, x_at, ${n}u);`)}`;
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
  const own = { row, rows: gradientRows, tileRows: share * rows, count: rows };
  const beside = { row: besideRow, rows: inputDim + 1, tileRows: share * besideRows, count: besideRows };
  const tileNumber = of === 'input' ? 'group.z' : `group.z - ${inputTiles(shape, tile)}u`;
  return wgsl`
    ${tileOrigin(tileNumber, gradientRows, units, unitTile(tile))}
#if ${readsFours(shape, tile)}
    let first_four = ${row(0)} / 4u;
#endif
    ${declare}
    for (var at = first; at < end; at += ${TURN}u) {
      ${unroll(TURN, (n) => `let at${n} = min(at, ${timeSteps * batch - TURN}u) + ${n}u;`)}
      // All pairs of a turn are of one step, because the batch is a multiple of ${TURN}.
#if ${inputDim === 1}
      let x_at = at0;
#else
      let x_at = at0 + at0 / ${batch}u * ${(inputDim - 1) * batch}u;
#endif
      ${unroll(TURN, loads)}
      ${unroll(TURN, keep)}
      ${unroll(rows + besideRows, addRow)}
    }
    let base = min(group.y, ${shape.parts - 1}u) * ${shape.stride}u;
    ${storeSums(own, units, unitTile(tile), store(base, row, 0))}
    ${storeSums(beside, units, unitTile(tile), store('base', besideRow, rows))}`;
}

/** Tiles that sum only K and b; 0 if they are summed beside R. */
function inputTiles(shape: LstmParameterGradientShape, tile: GradientTile): number {
  const { inputDim, units } = shape;
  return sumsInputBeside(shape, tile) ? 0 : gradientTiles(inputDim + 1, units, unitTile(tile)).down;
}

/**
 * The tiles of one dispatch: first those of K and b, then those of R. If K and b are summed beside R, the first tile
 * does it.
 */
function sums(shape: LstmParameterGradientShape, tile: GradientTile): string {
  const { inputDim, units } = shape;
  const tiles = inputTiles(shape, tile);
  if (tiles > 0) {
    const [input, recurrent] = (['input', 'recurrent'] as const).map((of) => laneSums(shape, tile, of, 0));
    return `if (group.z < ${tiles}u) { ${input} } else { ${recurrent} }`;
  }
  const first = laneSums(shape, tile, 'recurrent', ceilDiv(inputDim + 1, sharing(tile)));
  if (gradientTiles(units, units, unitTile(tile)).down === 1) return first;
  return `if (group.z == 0u) { ${first} } else { ${laneSums(shape, tile, 'recurrent', 0)} }`;
}

const WORKGROUP_TILE: WorkgroupTile = { staged: 16 };

/** Tiles tried for 32 units. The widest take seconds to compile, so that only one of them is here. */
const OF_32_UNITS: LstmGradientTile[] = [
  WORKGROUP_TILE,
  SMALL_TILE,
  { rows: 16, columns: 8, subgroups: false },
  { rows: 16, columns: 32, subgroups: true },
];

const CASES: KernelCase<LstmParameterGradientShape, LstmGradientTile>[] = [
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

/** A wide tile is quicker only if the units fill it; with few units most of it would be empty. */
function widthFor(units: number): number {
  if (units % 32 === 0) return 32;
  return units < 16 ? 8 : 16;
}

const LANE_TILING = gradientTiling<LstmParameterGradientShape>({
  sizes: ({ units }) => [8, 16, 32].filter((width) => width <= widthFor(units)).map((width) => [16, width]),
  large: ({ units }) => [16, widthFor(units)],
  shortened(shape, flops) {
    const steps = Math.max(1, Math.floor(flops / flopsOf({ ...shape, timeSteps: 1 })));
    return { ...shape, timeSteps: Math.min(shape.timeSteps, steps) };
  },
});

function misfit(tile: LstmGradientTile, shape: LstmParameterGradientShape, device: TileDevice): string | undefined {
  if (!isWorkgroup(tile)) return LANE_TILING.misfit(tile, shape, device);
  const { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX, maxComputeWorkgroupStorageSize } = device.limits;
  if (WORKGROUP_LANES > Math.min(maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX))
    return 'a workgroup has fewer invocations';
  return workgroupTileBytes(shape, tile) > maxComputeWorkgroupStorageSize ? 'workgroup memory is smaller' : undefined;
}

const TILING: Tiling<LstmParameterGradientShape, LstmGradientTile> = {
  ...LANE_TILING,
  id: (tile) => (isWorkgroup(tile) ? `workgroup/${tile.staged}` : LANE_TILING.id(tile)),
  misfit,
  all: (shape) => [...LANE_TILING.all(shape), WORKGROUP_TILE],
  choices: (shape, device) =>
    device.isSoftware || misfit(WORKGROUP_TILE, shape, device) !== undefined
      ? LANE_TILING.choices(shape, device)
      : [WORKGROUP_TILE],
};

function workgroupMain(shape: LstmParameterGradientShape, tile: WorkgroupTile): string {
  return `${workgroupGradient(shape, tile)}
@compute @workgroup_size(${WORKGROUP_LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let part = min(group.y, ${shape.parts - 1}u);
  let first = part * ${pairsPerPart(shape)}u;
  let end = min(first + ${pairsPerPart(shape)}u, ${shape.timeSteps * shape.batch}u);
  sum_tile(lane, group.z, group.x, first, end, part * ${shape.stride}u);
}`;
}

/** The entry point of lanes that sum a tile each. */
function laneMain(shape: LstmParameterGradientShape, tile: GradientTile): string {
  const { timeSteps, inputDim, batch } = shape;
  return `// Row \`row\` of [x; 1] at pair \`n\` of the turn whose x begins at \`at\`, channel 0.
fn input_row(row: u32, at: u32, n: u32) -> f32 {
  let value = x[at + min(row, ${inputDim - 1}u) * ${batch}u + n];
  return select(value, 1.0, row == ${inputDim}u);
}

@compute @workgroup_size(${gradientLanes(tile)})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.y * ${pairsPerPart(shape)}u;
  let end = min(first + ${pairsPerPart(shape)}u, ${timeSteps * batch}u);
  ${sums(shape, tile)}
}`;
}

/**
 * The gradient of K, b and R: [x; 1; h before]ᵀ·dz, summed over time steps and samples. x (T, D, batch), hidden (T + 1,
 * batch, U) whose row t is h before step t, gateGradient dz (T, batch, U, 4) → partials (parts, stride); the first (D +
 * 1 + U) · 4U elements of each part are written. `gradient_sum` adds the parts in their order: WebGPU has no float
 * atomics, and every run must give the same bits.
 */
export const lstmParameterGradient = defineTiledKernel({
  name: 'lstm_parameter_gradient',
  bindings: { x: 'read', hidden: 'read', gateGradient: 'read', partials: 'write' },
  code: (shape: LstmParameterGradientShape, tile: LstmGradientTile) => {
    const { timeSteps, inputDim, units, batch } = shape;
    const states = (timeSteps + 1) * batch * units;
    return wgsl`
#if ${!isWorkgroup(tile) && tile.subgroups}
enable subgroups;
#endif
@group(0) @binding(0) var<storage, read> x: array<f32, ${timeSteps * inputDim * batch}>;
#if ${!isWorkgroup(tile) && readsFours(shape, tile)}
@group(0) @binding(1) var<storage, read> hidden: array<vec4f, ${states / 4}>;
#else
@group(0) @binding(1) var<storage, read> hidden: array<f32, ${states}>;
#endif
@group(0) @binding(2) var<storage, read> gate_gradient: array<vec4f, ${timeSteps * batch * units}>;
@group(0) @binding(3) var<storage, read_write> partials: array<f32, ${partialsLength(shape)}>;

${isWorkgroup(tile) ? workgroupMain(shape, tile) : laneMain(shape, tile)}
`;
  },
  tiles: TILING,
  features: (_, tile) => (!isWorkgroup(tile) && tile.subgroups ? ['subgroups'] : []),
  workgroups: (shape, tile) => {
    if (isWorkgroup(tile)) {
      const { across, down } = workgroupTiles(shape);
      return [across, shape.parts, down];
    }
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
  lane: (shape, tile) => {
    if (!isWorkgroup(tile)) return { loads: pairsPerPart(shape) / TURN };
    const stages = ceilDiv(pairsPerPart(shape), tile.staged);
    return { loads: stages * stageLoads(shape, tile), barriers: 2 * stages };
  },
  cases: CASES,
  tolerance: 1e-5,
});
