import type { BenchConfig } from '../bench/bench_config.ts';
import type { BenchStart } from '../bench/bench_starts.ts';
import type { EditStart } from '../bench/edit_timing.ts';
import type { PeerEvent } from '../bench/peers/peer.ts';
import type { TfjsPeer } from '../bench/peers/tfjs_peers.ts';
import type { ProfileLength, ProfileStart } from '../bench/profile_result.ts';
import type { Start } from '../bench/start.ts';
import type { SweepPoint, SweptSize } from '../bench/swept_sizes.ts';
import type { TuningWorth } from '../bench/tuning_worth.ts';
import type { Dataset } from '../data/dataset.ts';
import type { TargetScale } from '../data/standardisation.ts';
import type { FailureCode } from '../errors.ts';
import type { CompilerMessage } from '../gpu/compilation.ts';
import type { AdapterReport } from '../gpu/device.ts';
import type { ExperimentConfig, ModelConfig, TrainingConfig } from '../model/config.ts';
import type { InspectedModel, Inspection } from '../model/inspection.ts';
import type { LayerSummary } from '../model/summary.ts';
import type { TileChoice } from '../model/tiles.ts';
import type { Progress } from '../progress.ts';
import type { Parts } from '../train/batches.ts';
import type { Checkpoint } from '../train/checkpoint.ts';
import type { Planted } from '../train/experiment.ts';
import type { FitEvent, Watch } from '../train/fit_event.ts';
import type { Prediction } from '../train/predict.ts';
import type { TrainResult } from '../train/train_result.ts';
import type { Check } from '../verify/check.ts';
import type { CaseOutcome } from '../verify/edited_kernel.ts';

// Jobs and their events as plain data, the same between a page and its worker, the command line and headless Chrome,
// the command line and Dawn's process.

/** How a job gets the tiles of its kernels. */
export interface Tuning {
  /** By rule, without measuring. */
  off?: boolean;
  /** This tile, by its id. */
  pinned?: string;
  /** Choices of earlier jobs, by their keys. */
  known?: Record<string, TileChoice>;
  /** If no choice is known, measures also if the job does not gain from it. */
  always?: boolean;
}

/** The series of a training: planted ones, which the job makes itself, or given ones with the use of each part. */
export type TrainingSeries = { planted: Planted } | { dataset: Dataset; parts: Parts };

/** Trains a model and evaluates it. */
export interface TrainJob {
  type: 'train';
  config: TrainingConfig;
  series: TrainingSeries;
  watch?: Watch;
  tuning?: Tuning;
  /** The initial values, float32 in the order of the arena; Keras' if absent. */
  parameters?: Float32Array;
  /** Resumes from here, with the bits of an uninterrupted run. Its config is the job's, except for `epochs`. */
  resume?: Checkpoint;
}

/** Runs series through a trained model. */
export interface PredictJob {
  type: 'predict';
  config: ModelConfig;
  /** Float32 in the order of the arena. */
  parameters: Float32Array;
  /** The labels are not looked at. */
  dataset: Dataset;
  /** Of the numbers that the model predicts, if it was trained on standardised ones. */
  targetScale?: TargetScale;
}

/** Runs one series through the float64 references, with a model's parameters; needs no adapter. */
export interface InspectJob {
  type: 'inspect';
  config: InspectedModel;
  /** Float32 in the order of the arena. */
  parameters: Float32Array;
  /** (T, D) row-major. */
  x: Float32Array;
}

/** Runs every kernel's cases against its reference, and reference files if there are any. */
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
  /** Peers that the reader of the events runs in their turns. */
  outside: string[];
  /** Samples of each system at most. */
  rounds: number;
  /** Seconds for each peer: after that it gets no further round. */
  seconds: number;
  tuning?: Tuning;
}

/** Measures training steps and their kernels, and the adapter's limits. */
export interface BenchJob {
  type: 'bench';
  config: BenchConfig;
  /** All starts together measure this long at least, and 20 samples of everything; at most four times as long. */
  seconds?: number;
  /** Which share of an epoch is not the kernels'. */
  epoch?: boolean;
  /** The score too; the sizes must be the experiment's. */
  score?: boolean;
  /** A training step over many values of each of these: minutes on a software adapter. */
  sweeps?: SweptSize[];
  tuning?: Tuning;
  /** Default: the only one. */
  start?: Start;
}

/** Times every dispatch of the list that training runs, and measures the adapter's limits. */
export interface ProfileJob {
  type: 'profile';
  config: ExperimentConfig;
  /** The same training step again and again, or every step of an epoch once. */
  length: ProfileLength;
  /** Whether combined kernels are used, as training does. Default true. */
  fused?: boolean;
  tuning?: Tuning;
  /** Default: the only one. */
  start?: Start;
}

/** Tells the WGSL that training would run for a kernel; times nothing but tiles. */
export interface WgslJob {
  type: 'wgsl';
  config: ExperimentConfig;
  kernel: string;
  fused?: boolean;
  tuning?: Tuning;
}

/** Checks edited WGSL, and times it against the original. */
export interface WorkbenchJob {
  type: 'workbench';
  kernel: string;
  /** The shape for which the code was generated: a case of the kernel's, or one that training runs. */
  at: { name: string; shape: unknown; tile: unknown };
  code: string;
  /** Default: the only one. Only the first checks the kernel. */
  start?: Start;
}

/** The parts of a benchmark, in their order. */
export type BenchPhase = 'preparing' | 'checking' | 'measuring' | 'epochs' | 'score' | 'sweeps' | 'starts';

/** Opens the adapter and reports its properties. */
export interface DescribeJob {
  type: 'describe';
}

/** Every kind of job: its request, and the answer in its last event. */
export interface Jobs {
  train: { ask: TrainJob; answer: TrainResult };
  predict: { ask: PredictJob; answer: Prediction };
  inspect: { ask: InspectJob; answer: Inspection };
  verify: { ask: VerifyJob; answer: { passed: number; failed: number } };
  bench: { ask: BenchJob; answer: BenchStart };
  /** All samples came as events. */
  peers: { ask: PeersJob; answer: null };
  profile: { ask: ProfileJob; answer: ProfileStart };
  wgsl: { ask: WgslJob; answer: KernelCode[] };
  workbench: { ask: WorkbenchJob; answer: WorkbenchStart };
  /** The event `adapter` carries the answer. */
  describe: { ask: DescribeJob; answer: null };
}

export type Job = Jobs[keyof Jobs]['ask'];

/** The last event of each kind of job that did not fail. */
export type DoneEvent = { [Kind in keyof Jobs]: { type: 'done'; job: Kind; result: Jobs[Kind]['answer'] } }[keyof Jobs];

/** WGSL, and the dispatches that run it. */
export interface KernelCode {
  dispatches: string[];
  code: string;
}

/** What came of an edited kernel in one start. */
export interface WorkbenchStart {
  messages: CompilerMessage[];
  /** Empty if the code does not compile, and in every start but the first. */
  cases: CaseOutcome[];
  /** Absent if the code does not compile or is wrong: a wrong kernel gets no time. */
  timing?: EditStart;
}

export type JobEvent =
  | { type: 'adapter'; adapter: AdapterReport }
  | { type: 'model'; layers: LayerSummary[] }
  /** The tiles that were measured, and the key to keep them by; absent if they are for this job alone. */
  | { type: 'tiles'; key?: string; tiles: TileChoice; seconds: number }
  /** Tiles were left unmeasured, because the job is too short; `worth` is absent if that is plain from its sizes. */
  | { type: 'untuned'; worth?: TuningWorth }
  | FitEvent
  | ({ type: 'check' } & Check)
  | PeerEvent
  | ({ type: 'progress'; what: string; phase?: BenchPhase } & Progress)
  | { type: 'compiled'; messages: CompilerMessage[] }
  | { type: 'case'; outcome: CaseOutcome }
  | { type: 'sweep-point'; point: SweepPoint }
  | DoneEvent
  /** The GPU or its process is lost; the next try of the run starts after these seconds. */
  | { type: 'interrupted'; seconds: number; cause: { code: FailureCode; message: string } }
  /** Then training resumes: from a checkpoint after this many finished epochs, or from the start. */
  | { type: 'recovered'; place: { epoch: number; step: number }; cause: { code: FailureCode; message: string } }
  | { type: 'failed'; code: FailureCode; message: string };

/** The events of one type. */
export type EventOf<Type extends JobEvent['type']> = Extract<JobEvent, { type: Type }>;
