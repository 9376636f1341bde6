import type { PeerEvent } from '../bench/peers/peer.ts';
import type { TfjsPeer } from '../bench/peers/tfjs_peers.ts';
import type { BenchConfig, BenchResult, BenchRow } from '../bench/result.ts';
import type { SweepPoint } from '../bench/sweeps.ts';
import type { FailureCode } from '../errors.ts';
import type { AdapterReport } from '../gpu/device.ts';
import type { ExperimentConfig } from '../model/config.ts';
import type { LayerSummary } from '../model/summary.ts';
import type { LstmTiles } from '../model/tiles.ts';
import type { FitEvent, MeanAttention, Watch } from '../train/fit.ts';
import type { EpochRecord } from '../train/history.ts';
import type { Check } from '../verify/check.ts';
import type { Tuning } from './tuning.ts';

// One unit of work and what it says, as plain data: the same between a page and its worker, the command line and headless
// Chrome, the command line and Dawn's process.

/** Trains the experiment. */
export interface TrainJob {
  type: 'train';
  config: ExperimentConfig;
  watch?: Watch;
  tuning?: Tuning;
}

/** Runs every kernel's cases against its reference, and reference files where there are some. */
export interface VerifyJob {
  type: 'verify';
  /** Names of the kernels to run; all of them when absent. */
  kernels?: string[];
  /** Parsed reference files: `model-step` or `dataset`. */
  files: { name: string; content: unknown }[];
}

/** Times one training step of this project against other systems', interleaved. */
export interface PeersJob {
  type: 'peers';
  config: BenchConfig;
  /** Peers that run inside the job. */
  tfjs: TfjsPeer[];
  /** Peers that whoever reads the events runs in their turns. */
  outside: string[];
  /** Samples of each system at most. */
  rounds: number;
  /** Seconds for each peer: after that it gets no further round. */
  seconds: number;
  tuning?: Tuning;
}

/** Measures training steps and their kernels, each beside the limits of the adapter. */
export interface BenchJob {
  type: 'bench';
  config: BenchConfig;
  /** Measures for this long at least, once there are 20 samples of everything; at most four times as long. */
  seconds?: number;
  /** Which share of an epoch is not the kernels'. */
  epoch?: boolean;
  /** A training step over many sizes: minutes on a software adapter. */
  sweeps?: boolean;
  tuning?: Tuning;
}

/** Opens the adapter and tells what it is. */
export interface DescribeJob {
  type: 'describe';
}

export type Job = TrainJob | VerifyJob | BenchJob | PeersJob | DescribeJob;

export interface TrainResult {
  config: ExperimentConfig;
  adapter: AdapterReport;
  history: EpochRecord[];
  attention: MeanAttention;
  /** SHA-256 of all parameters, little-endian float32 in the order of the arena. */
  parametersSha256: string;
  stopped: boolean;
  /** Training and validation alone: no data, no compiling, no pauses, no attention. */
  seconds: number;
}

export type JobEvent =
  | { type: 'adapter'; adapter: AdapterReport }
  | { type: 'model'; layers: LayerSummary[] }
  /** The tiles that were measured, and the key to keep them by. */
  | { type: 'tiles'; key: string; tiles: LstmTiles; seconds: number }
  | FitEvent
  | ({ type: 'check' } & Check)
  | PeerEvent
  | { type: 'progress'; what: string; done: number; of: number }
  | { type: 'row'; row: BenchRow }
  | { type: 'sweep-point'; point: SweepPoint }
  | { type: 'done'; job: 'train'; result: TrainResult }
  | { type: 'done'; job: 'verify'; passed: number; failed: number }
  | { type: 'done'; job: 'bench'; result: BenchResult }
  | { type: 'done'; job: 'peers' }
  | { type: 'done'; job: 'describe' }
  | { type: 'failed'; code: FailureCode; message: string };
