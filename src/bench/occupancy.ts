import { dispatchName, type Lane, type LaneWork, type Scheduled } from '../gpu/kernel.ts';

// What a training step needs of a GPU, counted without one. This is a model with the constants below; no figure of it
// is measured.

/** A GPU of the size of an H100, in the model. Times are in nanoseconds. */
export const GPU_MODEL = {
  /** Between two dispatches of which the second reads what the first wrote. */
  launch: 3000,
  /** A load from storage, until the value is there. */
  load: 500,
  barrier: 20,
  /** A function such as exp or tanh, until its value is there. */
  activation: 20,
  /** Lanes of a multiprocessor that compute at once, and lanes that it can hold. */
  lanesAtOnce: 128,
  lanesHeld: 2048,
  /** Operations of one lane in a nanosecond. */
  laneFlops: 3,
  /** Bytes of one multiprocessor in a nanosecond: 3.3 TB/s over 132. */
  bytes: 25,
};

/** The multiprocessors of an H100. */
export const MULTIPROCESSORS = 132;

/** What bounds a dispatch. */
export type Bound = 'launch' | 'latency' | 'bandwidth' | 'arithmetic';

/** A dispatch in the model. */
export interface Occupancy {
  name: string;
  /** Empty for a kernel with one schedule. */
  tile: string;
  workgroups: number;
  lanes: number;
  /** The share of the lanes that compute at once on the whole GPU, at most 1. */
  atWork: number;
  /** Waits of the longest lane outside a loop over time steps. */
  loadsOutside: number;
  /** The longest lane, with all time steps. */
  loads: number;
  barriers: number;
  activations: number;
  flops: number;
  bytes: number;
  /** Nanoseconds of each bound; the dispatch takes its launch and the longest of the others. */
  times: Record<Bound, number>;
  bound: Bound;
}

/** The dispatches of a list on a GPU with so many multiprocessors. */
export function occupancyOf(dispatches: Scheduled[], multiprocessors: number): Occupancy[] {
  return dispatches.map((dispatch) => {
    const { kernel, shape, tile } = dispatch;
    const [x, y, z] = kernel.workgroups(shape, tile);
    const workgroups = x * y * z;
    const lanes = workgroups * workgroupLanes(kernel.code(shape, tile));
    const work = wholeLane(kernel.lane(shape, tile));
    const cost = kernel.cost(shape);
    const times = timesOf({ workgroups, lanes, ...work, ...cost }, multiprocessors);
    const [bound] = Object.entries(times).reduce((most, next) => (next[1] > most[1] ? next : most)) as [Bound, number];
    return {
      name: dispatchName(dispatch),
      tile: kernel.tiles?.id(tile) ?? '',
      workgroups,
      lanes,
      atWork: Math.min(1, lanes / (multiprocessors * GPU_MODEL.lanesAtOnce)),
      loadsOutside: kernel.lane(shape, tile).loads ?? 0,
      ...work,
      ...cost,
      times,
      bound,
    };
  });
}

/** Nanoseconds of a dispatch in the model. */
export function totalTime({ launch, ...others }: Record<Bound, number>): number {
  return launch + Math.max(...Object.values(others));
}

/** Lanes of a workgroup, as the WGSL says. */
export function workgroupLanes(code: string): number {
  const [, lanes] = code.match(/@workgroup_size\((\d+)\)/) ?? [];
  if (!lanes) throw new Error('the WGSL gives no workgroup size');
  return Number(lanes);
}

/** The work of a lane over all time steps. */
export function wholeLane({ time, ...outside }: Lane): Required<LaneWork> {
  const sum = (name: keyof LaneWork) => (outside[name] ?? 0) + (time ? time.turns * (time[name] ?? 0) : 0);
  return { loads: sum('loads'), barriers: sum('barriers'), activations: sum('activations') };
}

type Work = Required<LaneWork> & Pick<Occupancy, 'workgroups' | 'lanes' | 'flops' | 'bytes'>;

/** Lanes that do not fit at once wait for others: the latency counts for each round. */
function timesOf(
  { workgroups, lanes, loads, barriers, activations, flops, bytes }: Work,
  multiprocessors: number,
): Occupancy['times'] {
  const { launch, load, barrier, activation, lanesAtOnce, lanesHeld, laneFlops, bytes: bandwidth } = GPU_MODEL;
  const rounds = Math.ceil(lanes / (multiprocessors * lanesHeld));
  const working = Math.min(lanes, multiprocessors * lanesAtOnce);
  return {
    launch,
    latency: rounds * (loads * load + barriers * barrier + activations * activation),
    bandwidth: bytes / (Math.min(workgroups, multiprocessors) * bandwidth),
    arithmetic: flops / (working * laneFlops),
  };
}
