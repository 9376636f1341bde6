import { ceilDiv } from './wgsl.ts';

// How the LSTM's work is cut into lanes (invocations). Whatever the cut, one dispatch carries a whole sequence, and the same
// tile gives the same bits.

/**
 * A lane carries whole samples, all units of them, through time. Each recurrent parameter it loads serves all its samples; no lane
 * waits for another. For software adapters where the units are too many for registers.
 */
export interface SampleLanes {
  lanes: 'samples';
  /** Samples that one lane carries side by side. */
  samplesPerLane: number;
  /** Units whose gates are summed in one pass over h, so that each h loaded serves all of them. */
  unitsPerPass: number;
  /** Four neighbouring lanes load one parameter each and hand it round. Needs the feature `subgroups`. */
  subgroups: boolean;
}

/**
 * Four lanes share a sample: unit k belongs to lane k mod 4, h goes round by quad operations, and every lane keeps the
 * parameters of its units in private memory. For software adapters. Needs the feature `subgroups`.
 */
export interface QuadLanes {
  lanes: 'quads';
  /** Samples that one workgroup takes, one after another: the parameters are loaded once for all of them. A multiple of 4. */
  samplesPerWorkgroup: number;
}

/**
 * A lane is a unit, a workgroup takes a few samples through time together; h goes round in workgroup memory, with one barrier a
 * time step. For GPUs.
 */
export interface UnitLanes {
  lanes: 'units';
  /** Samples that a workgroup carries side by side: 1, 2 or 4. */
  samplesPerLane: number;
  /** Where the recurrent parameters stay from step to step. */
  parameters: 'registers' | 'workgroup' | 'storage';
}

export type LstmTile = SampleLanes | QuadLanes | UnitLanes;

export interface LstmShape {
  /** Time steps of this dispatch; longer sequences are several dispatches. */
  timeSteps: number;
  inputDim: number;
  units: number;
  /** A multiple of 4. */
  batch: number;
  tile: LstmTile;
}

/** A tile in one word, to write on a command line, to name cases and to compare by: `quads/32`. */
export function tileId(tile: LstmTile): string {
  switch (tile.lanes) {
    case 'samples':
      return `samples/${tile.samplesPerLane}/${tile.unitsPerPass}${tile.subgroups ? '/shared' : ''}`;
    case 'quads':
      return `quads/${tile.samplesPerWorkgroup}`;
    case 'units':
      return `units/${tile.samplesPerLane}/${tile.parameters}`;
  }
}

export function tileFeatures({ tile }: LstmShape): GPUFeatureName[] {
  const subgroups = tile.lanes === 'quads' || (tile.lanes === 'samples' && tile.subgroups);
  return subgroups ? ['subgroups'] : [];
}

/** Lanes of a workgroup of `SampleLanes`: one quad. */
export const SAMPLE_LANES = 4;

export function tileWorkgroups({ batch, tile }: LstmShape): [number, number, number] {
  switch (tile.lanes) {
    case 'samples':
      return [ceilDiv(batch, SAMPLE_LANES * tile.samplesPerLane), 1, 1];
    case 'quads':
      return [ceilDiv(batch, tile.samplesPerWorkgroup), 1, 1];
    case 'units':
      return [ceilDiv(batch, tile.samplesPerLane), 1, 1];
  }
}

/** WGSL guarantees 8,192 bytes for an invocation's variables; this many values of it are for arrays. */
const PRIVATE_VALUES = 2048;
/** Of a unit of `QuadLanes` beside its parameters, at most: dz of four gates, dh, dc and c backward. */
export const QUAD_UNIT_VALUES = 7;
/** Registers that an invocation may take for parameters on a GPU. */
const REGISTER_VALUES = 160;

/** Why a tile cannot compute a shape on a device with these limits; undefined when it can. */
export function misfitOf(shape: LstmShape, limits: LaneLimits): string | undefined {
  const { inputDim, units, tile } = shape;
  if (tile.lanes === 'quads') {
    const owned = ceilDiv(units, 4);
    const values = owned * (4 * (inputDim + 1 + 4 * owned) + QUAD_UNIT_VALUES) + inputDim;
    if (values > PRIVATE_VALUES) return 'the parameters do not fit into private memory';
  }
  if (tile.lanes === 'samples') {
    const values = tile.samplesPerLane * (units + inputDim);
    if (values > PRIVATE_VALUES) return 'the states do not fit into private memory';
  }
  if (tile.lanes === 'units') {
    const lanes = units + inputDim;
    if (lanes > limits.maxComputeInvocationsPerWorkgroup || lanes > limits.maxComputeWorkgroupSizeX)
      return 'a workgroup has fewer invocations';
    if (unitsStorageBytes(shape, tile) > limits.maxComputeWorkgroupStorageSize) return 'workgroup memory is smaller';
    if (tile.parameters === 'registers' && 4 * units > REGISTER_VALUES)
      return 'the parameters do not fit into registers';
  }
  return undefined;
}

/** Limits that decide which tiles a device can run. */
export type LaneLimits = Pick<
  GPUSupportedLimits,
  'maxComputeInvocationsPerWorkgroup' | 'maxComputeWorkgroupSizeX' | 'maxComputeWorkgroupStorageSize'
>;

/** Elements of one row of R or K in workgroup memory; the odd length keeps lanes that read down a column apart. */
export function parameterRow(units: number): number {
  return 4 * units + 1;
}

function unitsStorageBytes({ units, inputDim }: LstmShape, tile: UnitLanes): number {
  const exchanged = 2 * 4 * units * tile.samplesPerLane;
  const parameters = tile.parameters === 'workgroup' ? (units + inputDim) * parameterRow(units) : 0;
  return 4 * (exchanged + parameters);
}
