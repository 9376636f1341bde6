import { defineTiledKernel, type KernelCase, type TileDevice, type Tiling } from '../src/gpu/kernel.ts';
import {
  DENSE_GRADIENT_LANES,
  denseGradientMisfit,
  denseStageLoads,
  denseTiles,
  denseWorkgroupGradient,
} from './dense_gradient_workgroup.ts';
import { denseMisfit, denseStages, denseWorkgroup, denseWorkgroups } from './dense_workgroup.ts';
import {
  type GradientTile,
  gradientLanes,
  gradientTiles,
  gradientTiling,
  laneRows,
  loadable,
  preferredFirst,
  sharing,
  storeSums,
  subgroupMisfit,
  tileColumn,
  tileOrigin,
  tileRow,
} from './gradient_tile.ts';
import { ceilDiv, LANES, unroll, wgsl } from './wgsl.ts';

// A dense layer z = a·K + b on batch-innermost tensors. `parameters` is K with b as one more row: (rows + 1, columns).
// `samples` is a multiple of 4 and is read four at a time.

/** How the lanes of `dense_forward` share its work. */
export interface DenseLaneTile {
  /** Columns that one lane computes, a multiple of 4. Each input that it loads serves all of them. */
  columns: number;
  /** Whether four neighbouring lanes load one parameter each and share it. Needs the feature `subgroups`. */
  subgroups: boolean;
}

/** A workgroup stages rows of both factors in workgroup memory. For GPUs. */
type DenseTile = DenseLaneTile | 'workgroup';

export interface DenseShape {
  /** Inputs of the layer. */
  rows: number;
  /** Outputs of the layer. */
  columns: number;
  samples: number;
}

/** With this many inputs a large tile saves more time than it takes to compile. */
const MANY_ROWS = 128;

const TILES: DenseLaneTile[] = [
  { columns: 4, subgroups: false },
  { columns: 8, subgroups: true },
  { columns: 16, subgroups: true },
];

const tileId = ({ columns, subgroups }: DenseLaneTile) => `columns/${columns}${subgroups ? '/shared' : ''}`;

/** The samples that take `flops` if one takes `sampleFlops`: a multiple of 4, and at most `samples`. */
function fewerSamples(samples: number, sampleFlops: number, flops: number): number {
  return Math.min(samples, 4 * Math.max(1, Math.floor(flops / sampleFlops / 4)));
}

function forwardMisfit(tile: DenseTile, _: DenseShape, device: TileDevice): string | undefined {
  return tile === 'workgroup' ? denseMisfit(device) : subgroupMisfit(tile, device);
}

const FORWARD_TILING: Tiling<DenseShape, DenseTile> = {
  id: (tile) => (tile === 'workgroup' ? tile : tileId(tile)),
  misfit: forwardMisfit,
  all: () => [...TILES, 'workgroup'],
  choices({ rows }, device) {
    if (!device.isSoftware && denseMisfit(device) === undefined) return ['workgroup'];
    const shared = TILES[rows >= MANY_ROWS ? 2 : 1];
    return preferredFirst(device.isSoftware && device.hasSubgroups ? shared : TILES[0], TILES, tileId, device);
  },
  shortened(shape, flops) {
    return { ...shape, samples: fewerSamples(shape.samples, 2 * shape.rows * shape.columns, flops) };
  },
};

const FORWARD_CASES: KernelCase<DenseShape, DenseTile>[] = [
  { name: 'size 1', shape: { rows: 1, columns: 1, samples: 4 } },
  { name: 'odd', shape: { rows: 5, columns: 7, samples: 12 } },
  { name: 'beyond a tile', shape: { rows: 33, columns: 66, samples: 388 } },
  { name: 'experiment, attention', shape: { rows: 64, columns: 64, samples: 256 } },
  { name: '1,024 steps', shape: { rows: 1024, columns: 1024, samples: 4 } },
];

function needsSubgroups(tile: DenseTile): boolean {
  return tile !== 'workgroup' && tile.subgroups;
}

/** The entry point of lanes that compute columns each for themselves. */
function denseLanes({ rows, columns, samples }: DenseShape, tile: DenseLaneTile): string {
  const quads = samples / 4;
  const { subgroups } = tile;
  const each = (piece: (q: number) => string) => unroll(tile.columns, piece);
  // A column past the last repeats it: the same lane writes the same value again.
  const column = (index: string) => (columns % tile.columns === 0 ? index : `min(${index}, ${columns - 1}u)`);
  return wgsl`
@compute @workgroup_size(${subgroups ? 4 : LANES})
fn main(@builtin(global_invocation_id) id: vec3u) {
  // Lanes past the last vector repeat it, because lanes that share loads must all stay; they store nothing.
  let s = min(id.x, ${quads - 1}u);
#if ${subgroups}
  let lane_of_quad = id.x & 3u;
#endif
  let left = min(id.y, ${ceilDiv(columns, tile.columns) - 1}u) * ${tile.columns}u;
  ${each((q) => `let j${q} = ${column(`left + ${q}u`)};`)}
  ${each((q) => `var z${q} = vec4f(parameters[${rows * columns}u + j${q}]);`)}
  for (var i = 0u; i < ${rows}u; i++) {
    let a = input[i * ${quads}u + s];
#if ${subgroups}
    // Each lane of a quad loads one parameter of every four and hands it round.
    ${unroll(
      tile.columns / 4,
      (m) => `let one${m} = parameters[i * ${columns}u + ${column(`left + ${4 * m}u + lane_of_quad`)}];
    ${unroll(4, (e) => `let w${4 * m + e} = quadBroadcast(one${m}, ${e}u);`)}`,
    )}
#else
    ${each((q) => `let w${q} = parameters[i * ${columns}u + j${q}];`)}
#endif
    ${each((q) => `z${q} += w${q} * a;`)}
  }
  if (id.x < ${quads}u) {
    ${each((q) => `output[j${q} * ${quads}u + s] = z${q};`)}
  }
}`;
}

/** input (rows, samples), parameters (rows + 1, columns) → output (columns, samples). */
export const denseForward = defineTiledKernel({
  name: 'dense_forward',
  bindings: { input: 'read', parameters: 'read', output: 'write' },
  code: (shape: DenseShape, tile: DenseTile) => {
    const { rows, columns, samples } = shape;
    const quads = samples / 4;
    return wgsl`
#if ${needsSubgroups(tile)}
enable subgroups;
#endif
@group(0) @binding(0) var<storage, read> input: array<vec4f, ${rows * quads}>;
@group(0) @binding(1) var<storage, read> parameters: array<f32, ${(rows + 1) * columns}>;
@group(0) @binding(2) var<storage, read_write> output: array<vec4f, ${columns * quads}>;
${tile === 'workgroup' ? denseWorkgroup(shape) : denseLanes(shape, tile)}
`;
  },
  tiles: FORWARD_TILING,
  features: (_, tile) => (needsSubgroups(tile) ? ['subgroups'] : []),
  workgroups: (shape, tile) => {
    if (tile === 'workgroup') return denseWorkgroups(shape);
    const { columns, samples } = shape;
    return [ceilDiv(samples / 4, tile.subgroups ? 4 : LANES), ceilDiv(columns, tile.columns), 1];
  },
  sizes: ({ rows, columns, samples }) => ({
    input: rows * samples,
    parameters: (rows + 1) * columns,
    output: columns * samples,
  }),
  reference({ input, parameters }, { rows, columns, samples }) {
    const output = new Float64Array(columns * samples);
    for (let j = 0; j < columns; j++) {
      for (let s = 0; s < samples; s++) {
        let z = parameters[rows * columns + j];
        for (let i = 0; i < rows; i++) z += parameters[i * columns + j] * input[i * samples + s];
        output[j * samples + s] = z;
      }
    }
    return { output };
  },
  cost: ({ rows, columns, samples }) => ({
    flops: 2 * rows * columns * samples,
    bytes: 4 * (rows * samples + (rows + 1) * columns + columns * samples),
  }),
  lane: ({ rows }, tile) =>
    tile === 'workgroup'
      ? { loads: 1 + denseStages({ rows }), barriers: 2 * denseStages({ rows }) }
      : { loads: 1 + rows },
  cases: FORWARD_CASES,
  tolerance: 1e-5,
});

/** Lanes sum a tile each, or a workgroup sums one together. The latter is for GPUs. */
type DenseGradientTile = GradientTile | 'workgroup';

export interface DenseParameterGradientShape {
  rows: number;
  columns: number;
  samples: number;
  /** The sum over samples is divided into this many parts, so that more lanes share it. */
  parts: number;
  /** Elements from one part's gradient to the next one's. */
  stride: number;
}

/** Vectors of four samples in one part; shader and reference follow the same rule. */
export function quadsPerPart({ samples, parts }: Pick<DenseParameterGradientShape, 'samples' | 'parts'>): number {
  return ceilDiv(samples / 4, parts);
}

function partialsLength({ rows, columns, parts, stride }: DenseParameterGradientShape): number {
  return (parts - 1) * stride + (rows + 1) * columns;
}

const GRADIENT_CASES: KernelCase<DenseParameterGradientShape, GradientTile>[] = [
  { name: 'size 1', shape: { rows: 1, columns: 1, samples: 4, parts: 1, stride: 64 } },
  { name: 'odd, more parts than vectors', shape: { rows: 5, columns: 7, samples: 12, parts: 11, stride: 64 } },
  { name: 'beyond a tile', shape: { rows: 33, columns: 66, samples: 68, parts: 4, stride: 2304 } },
  { name: 'experiment, attention', shape: { rows: 64, columns: 64, samples: 256, parts: 8, stride: 8640 } },
];

const LANE_GRADIENT_TILING = gradientTiling<DenseParameterGradientShape>({
  sizes: () => [
    [4, 8],
    [8, 8],
  ],
  large: ({ rows }) => [rows >= MANY_ROWS ? 8 : 4, 8],
  shortened(shape, flops) {
    return { ...shape, samples: fewerSamples(shape.samples, 2 * (shape.rows + 1) * shape.columns, flops) };
  },
});

function gradientMisfit(
  tile: DenseGradientTile,
  shape: DenseParameterGradientShape,
  device: TileDevice,
): string | undefined {
  return tile === 'workgroup' ? denseGradientMisfit(shape, device) : LANE_GRADIENT_TILING.misfit(tile, shape, device);
}

const GRADIENT_TILING: Tiling<DenseParameterGradientShape, DenseGradientTile> = {
  ...LANE_GRADIENT_TILING,
  id: (tile) => (tile === 'workgroup' ? tile : LANE_GRADIENT_TILING.id(tile)),
  misfit: gradientMisfit,
  all: (shape) => [...LANE_GRADIENT_TILING.all(shape), 'workgroup'],
  choices: (shape, device) =>
    device.isSoftware || denseGradientMisfit(shape, device) !== undefined
      ? LANE_GRADIENT_TILING.choices(shape, device)
      : ['workgroup'],
};

/** The entry point of lanes that sum a tile each. */
function gradientLaneMain(shape: DenseParameterGradientShape, tile: GradientTile): string {
  const { rows, columns, samples, stride } = shape;
  const { columns: width, subgroups } = tile;
  const share = sharing(tile);
  const height = laneRows(rows + 1, tile);
  const quads = samples / 4;
  const row = (m: number) => tileRow(m, height, tile);
  const loadableColumn = (m: number) => loadable(tileColumn(m, tile), columns, share * width);
  const each = (piece: (p: number, q: number) => string) => unroll(height, (p) => unroll(width, (q) => piece(p, q)));
  return wgsl`
@compute @workgroup_size(${gradientLanes(tile)})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  ${tileOrigin('group.z', rows + 1, columns, tile)}
  ${each((p, q) => `var sum${p}_${q} = 0.0;`)}
  let first = min(group.y, ${shape.parts - 1}u) * ${quadsPerPart(shape)}u;
  let end = min(first + ${quadsPerPart(shape)}u, ${quads}u);
  for (var quad = first; quad < end; quad++) {
    let s = min(quad, ${quads - 1}u);
    // The row past the kernel's is the bias'.
    ${unroll(
      height / share,
      (m) =>
        `let a${m} = select(input[min(${row(m)}, ${rows - 1}u) * ${quads}u + s], vec4f(1.0), ${row(m)} == ${rows}u);`,
    )}
    ${unroll(width / share, (m) => `let d${m} = output_gradient[${loadableColumn(m)} * ${quads}u + s];`)}
#if ${subgroups}
    // The other half of the rows comes from the lane beside, the other half of the columns from the one above or below.
    ${unroll(height / 2, (m) => `let a${height / 2 + m} = quadSwapX(a${m});`)}
    ${unroll(width / 2, (m) => `let d${width / 2 + m} = quadSwapY(d${m});`)}
#endif
    ${each((p, q) => `sum${p}_${q} += dot(a${p}, d${q});`)}
  }
  let base = min(group.y, ${shape.parts - 1}u) * ${stride}u;
  ${storeSums(
    { row, rows: rows + 1, tileRows: share * height, count: height },
    columns,
    tile,
    (p, q) => `partials[base + ${row(p)} * ${columns}u + ${tileColumn(q, tile)}] = sum${p}_${q};`,
  )}
}`;
}

/** The entry point of workgroups that sum a tile together. */
function gradientWorkgroupMain(shape: DenseParameterGradientShape): string {
  const { samples, parts, stride } = shape;
  const values = denseWorkgroupGradient(
    shape,
    (at) => `input[${at}]`,
    (at) => `output_gradient[${at}]`,
  );
  return `${values}
@compute @workgroup_size(${DENSE_GRADIENT_LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let part = min(group.y, ${parts - 1}u);
  let first = part * ${quadsPerPart(shape)}u;
  let end = min(first + ${quadsPerPart(shape)}u, ${samples / 4}u);
  sum_dense_tile(lane, group.z, group.x, first, end, part * ${stride}u);
}`;
}

/**
 * The gradient of kernel and bias, in parts that `gradient_sum` adds up in a fixed order: dK[i, j] = Σ input[i, s] ·
 * outputGradient[j, s], db[j] = Σ outputGradient[j, s]. input (rows, samples) and outputGradient (columns, samples) →
 * partials (parts, stride); the first (rows + 1) · columns elements of each part are written.
 */
export const denseParameterGradient = defineTiledKernel({
  name: 'dense_parameter_gradient',
  bindings: { input: 'read', outputGradient: 'read', partials: 'write' },
  code: (shape: DenseParameterGradientShape, tile: DenseGradientTile) => {
    const { rows, columns, samples } = shape;
    const quads = samples / 4;
    return wgsl`
#if ${tile !== 'workgroup' && tile.subgroups}
enable subgroups;
#endif
@group(0) @binding(0) var<storage, read> input: array<vec4f, ${rows * quads}>;
@group(0) @binding(1) var<storage, read> output_gradient: array<vec4f, ${columns * quads}>;
@group(0) @binding(2) var<storage, read_write> partials: array<f32, ${partialsLength(shape)}>;
${tile === 'workgroup' ? gradientWorkgroupMain(shape) : gradientLaneMain(shape, tile)}
`;
  },
  tiles: GRADIENT_TILING,
  features: (_, tile) => (tile !== 'workgroup' && tile.subgroups ? ['subgroups'] : []),
  workgroups: ({ rows, columns, samples, parts }, tile) => {
    if (tile === 'workgroup') {
      const { across, down } = denseTiles({ rows, columns, samples });
      return [across, parts, down];
    }
    const { across, down } = gradientTiles(rows + 1, columns, tile);
    return [across, parts, down];
  },
  sizes: (shape) => ({
    input: shape.rows * shape.samples,
    outputGradient: shape.columns * shape.samples,
    partials: partialsLength(shape),
  }),
  reference({ input, outputGradient }, shape) {
    const { rows, columns, samples, parts, stride } = shape;
    const partials = new Float64Array(partialsLength(shape)).fill(Number.NaN);
    const perPart = quadsPerPart(shape) * 4;
    for (let part = 0; part < parts; part++) {
      const end = Math.min((part + 1) * perPart, samples);
      for (let i = 0; i <= rows; i++) {
        for (let j = 0; j < columns; j++) {
          let sum = 0;
          for (let s = part * perPart; s < end; s++) {
            sum += (i === rows ? 1 : input[i * samples + s]) * outputGradient[j * samples + s];
          }
          partials[part * stride + i * columns + j] = sum;
        }
      }
    }
    return { partials };
  },
  cost: (shape) => {
    const { rows, columns, samples } = shape;
    return {
      flops: 2 * (rows + 1) * columns * samples,
      bytes: 4 * ((rows + columns) * samples + partialsLength(shape)),
    };
  },
  lane: (shape, tile) => {
    const quads = quadsPerPart(shape);
    return tile === 'workgroup' ? { loads: quads * denseStageLoads(shape), barriers: 2 * quads } : { loads: quads };
  },
  cases: GRADIENT_CASES,
  tolerance: 1e-5,
});
