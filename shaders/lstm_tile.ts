import type { TileDevice, Tiling } from '../src/gpu/kernel.ts';
import { ceilDiv } from './wgsl.ts';

// The ways in which lanes (invocations) share the work of the LSTM. In every way one dispatch carries a whole sequence,
// and the same tile gives the same bits.

/**
 * A lane carries whole samples with all their units through time. Each recurrent parameter that it loads serves all its
 * samples; no lane waits for another. For software adapters, if there are too many units for registers.
 */
export interface SampleLanes {
  lanes: 'samples';
  /** Samples that one lane carries side by side. */
  samplesPerLane: number;
  /** Units whose gates are summed in one pass over h. Each h that is loaded serves all of them. */
  unitsPerPass: number;
  /** Whether four neighbouring lanes load one parameter each and share it. Needs the feature `subgroups`. */
  subgroups: boolean;
}

/**
 * Four lanes share a sample: unit k belongs to lane k mod 4, quad operations exchange h, and every lane keeps the
 * parameters of its units in private memory. For software adapters. Needs the feature `subgroups`.
 */
export interface QuadLanes {
  lanes: 'quads';
  /**
   * Samples that one workgroup takes, one after another; the parameters are loaded once for all of them. A multiple of
   * 4.
   */
  samplesPerWorkgroup: number;
}

/**
 * A lane is a unit. A workgroup takes a few samples through time together; lanes exchange h in workgroup memory, with
 * one barrier a time step. For GPUs.
 */
export interface UnitLanes {
  lanes: 'units';
  /** Samples that a workgroup carries side by side: 1, 2 or 4. */
  samplesPerLane: number;
  /** The memory that holds the recurrent parameters from step to step. */
  parameters: 'registers' | 'workgroup' | 'storage';
}

/**
 * Four lanes are a unit, one a gate, and a workgroup takes one sample through time, with two barriers a time step. Each
 * lane keeps its column of the parameters in registers, as far as it has enough of them. For GPUs.
 */
export interface GateLanes {
  lanes: 'gates';
  /** Parameters of a column of K and R that a lane keeps; it loads the others in every step. A multiple of 4. */
  registers: number;
}

export type LstmTile = SampleLanes | QuadLanes | UnitLanes | GateLanes;

export interface LstmShape {
  /** Time steps of this dispatch; a longer sequence takes several dispatches. */
  timeSteps: number;
  inputDim: number;
  units: number;
  /** A multiple of 4. */
  batch: number;
  /** The gates i, f and o are min(max(slope · z + 0.5, 0), 1), a hard sigmoid. Without it they are σ(z). */
  gateSlope?: number;
}

/** A tile in one word, to write on a command line, to name cases and to compare by: `quads/32`. */
function tileId(tile: LstmTile): string {
  switch (tile.lanes) {
    case 'samples':
      return `samples/${tile.samplesPerLane}/${tile.unitsPerPass}${tile.subgroups ? '/shared' : ''}`;
    case 'quads':
      return `quads/${tile.samplesPerWorkgroup}`;
    case 'units':
      return `units/${tile.samplesPerLane}/${tile.parameters}`;
    case 'gates':
      return `gates/${tile.registers}`;
  }
}

function needsSubgroups(tile: LstmTile): boolean {
  return tile.lanes === 'quads' || (tile.lanes === 'samples' && tile.subgroups);
}

export function tileFeatures(_: LstmShape, tile: LstmTile): GPUFeatureName[] {
  return needsSubgroups(tile) ? ['subgroups'] : [];
}

/** Lanes of a workgroup of `SampleLanes`: one quad. */
export const SAMPLE_LANES = 4;

export function tileWorkgroups({ batch }: LstmShape, tile: LstmTile): [number, number, number] {
  switch (tile.lanes) {
    case 'samples':
      return [ceilDiv(batch, SAMPLE_LANES * tile.samplesPerLane), 1, 1];
    case 'quads':
      return [ceilDiv(batch, tile.samplesPerWorkgroup), 1, 1];
    case 'units':
      return [ceilDiv(batch, tile.samplesPerLane), 1, 1];
    case 'gates':
      return [batch, 1, 1];
  }
}

/** WGSL guarantees 8,192 bytes for an invocation's variables; arrays may take this many values of them. */
const PRIVATE_VALUES = 2048;
/** Most values of a unit of `QuadLanes` beside its parameters: dz of four gates, dh, dc and c in the backward pass. */
export const QUAD_UNIT_VALUES = 7;
/** Channels whose parameters a lane of `GateLanes` keeps in registers. */
const MOST_GATE_CHANNELS = 32;
/** Registers that an invocation may take for parameters on a GPU. */
const REGISTER_VALUES = 160;

function misfit(tile: LstmTile, shape: LstmShape, { hasSubgroups, limits }: TileDevice): string | undefined {
  if (needsSubgroups(tile) && !hasSubgroups) return 'the device has no subgroups';
  const { inputDim, units } = shape;
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
  if (tile.lanes === 'gates') {
    const lanes = 4 * units;
    if (lanes > limits.maxComputeInvocationsPerWorkgroup || lanes > limits.maxComputeWorkgroupSizeX)
      return 'a workgroup has fewer invocations';
    if (gatesStorageBytes(shape) > limits.maxComputeWorkgroupStorageSize) return 'workgroup memory is smaller';
    if (tile.registers > mostRegisters(shape) || inputDim > MOST_GATE_CHANNELS)
      return 'the parameters do not fit into registers';
  }
  return undefined;
}

/** Elements of one row of R or K in workgroup memory. The odd length keeps lanes apart that read down a column. */
export function parameterRow(units: number): number {
  return 4 * units + 1;
}

function unitsStorageBytes({ units, inputDim }: LstmShape, tile: UnitLanes): number {
  const exchanged = 2 * 4 * units * tile.samplesPerLane;
  const parameters = tile.parameters === 'workgroup' ? (units + inputDim) * parameterRow(units) : 0;
  return 4 * (exchanged + parameters);
}

/** Values of x in workgroup memory, as whole time steps: a lane's load of x would make every step wait for memory. */
const STAGED_VALUES = 1024;

/** Time steps of x that are in workgroup memory at once. */
export function stagedSteps({ timeSteps, inputDim }: LstmShape): number {
  return Math.max(1, Math.min(timeSteps, Math.floor(STAGED_VALUES / inputDim)));
}

/** Registers of all lanes of a workgroup together: those of a multiprocessor. */
const WORKGROUP_REGISTERS = 65_536;
/** Registers of a lane that are not for parameters. */
const OTHER_REGISTERS = 56;

/** Registers that a lane can have for parameters. */
function mostRegisters({ units }: LstmShape): number {
  return Math.floor(WORKGROUP_REGISTERS / (4 * units)) - OTHER_REGISTERS;
}

/** Bytes of workgroup memory, forward; backward takes less. */
function gatesStorageBytes(shape: LstmShape): number {
  return 4 * (stagedSteps(shape) * shape.inputDim + 5 * shape.units);
}

/**
 * Lanes that share a sample are for parameters that fit into registers; whole samples are for all others. Without
 * subgroups only small tiles: some compilers take minutes over the others, and they are no quicker.
 */
function softwareTiles(batch: number, subgroups: boolean): LstmTile[][] {
  return subgroups ? [quadTiles(batch), sampleTiles(true)] : [sampleTiles(false).filter(isSmall)];
}

function isSmall({ unitsPerPass }: SampleLanes): boolean {
  return unitsPerPass === 1;
}

function quadTiles(batch: number): LstmTile[] {
  return [8, 32].map((workgroups) => ({
    lanes: 'quads',
    samplesPerWorkgroup: 4 * ceilDiv(batch / 4, workgroups),
  }));
}

function sampleTiles(subgroups: boolean): SampleLanes[] {
  return [
    [8, 4],
    [4, 4],
    [4, 1],
    [1, 1],
  ].map(([samplesPerLane, unitsPerPass]) => ({ lanes: 'samples', samplesPerLane, unitsPerPass, subgroups }));
}

/** Registers for parameters of a lane of `GateLanes`: as many as it has parameters, if there are enough. */
export function gateRegisters(shape: LstmShape): number {
  return Math.min(4 * ceilDiv(shape.inputDim + shape.units, 4), mostRegisters(shape));
}

function gpuTiles(shape: LstmShape): LstmTile[][] {
  return [[{ lanes: 'gates', registers: gateRegisters(shape) }], ...unitTiles()];
}

function unitTiles(): LstmTile[][] {
  return (['registers', 'workgroup', 'storage'] as const).map((parameters) =>
    [1, 2, 4].map((samplesPerLane) => ({ lanes: 'units', samplesPerLane, parameters })),
  );
}

/** Several tiles are the same for a small batch, which fits into one workgroup. */
function distinct(tiles: LstmTile[]): LstmTile[] {
  return [...new Map(tiles.map((tile) => [tileId(tile), tile])).values()];
}

/** Runs with less are too short to measure. */
const LEAST_STEPS = 2;
const FEWEST_SAMPLES = 64;

/** `forwardFlops` is the arithmetic of a shape. */
export function lstmTiling(forwardFlops: (shape: LstmShape) => number): Tiling<LstmShape, LstmTile> {
  return {
    id: tileId,
    misfit,
    all: (shape) => distinct([...softwareTiles(shape.batch, true), sampleTiles(false), ...gpuTiles(shape)].flat()),
    /** They are of one kind, so that all of them add up in the same order. */
    choices(shape, device) {
      const kinds = device.isSoftware
        ? softwareTiles(shape.batch, device.hasSubgroups)
        : [...gpuTiles(shape), sampleTiles(false)];
      const fits = (tile: LstmTile) => misfit(tile, shape, device) === undefined;
      const fitting = kinds.map((tiles) => tiles.filter(fits)).find((tiles) => tiles.length > 0);
      return distinct(fitting ?? [{ lanes: 'samples', samplesPerLane: 1, unitsPerPass: 1, subgroups: false }]);
    },
    /** First it has fewer time steps, then fewer samples. */
    shortened(shape, flops) {
      const sampleStep = forwardFlops({ ...shape, timeSteps: 1, batch: 1 });
      const { timeSteps, batch } = shape;
      const steps = Math.min(timeSteps, Math.max(LEAST_STEPS, Math.floor(flops / (batch * sampleStep))));
      const samples = 4 * ceilDiv(Math.floor(flops / (steps * sampleStep)), 4);
      return { ...shape, timeSteps: steps, batch: Math.min(batch, Math.max(FEWEST_SAMPLES, samples)) };
    },
  };
}
