import type { BenchConfig } from '../../bench/bench_config.ts';
import type { TfjsPeer } from '../../bench/peers/tfjs_peers.ts';
import { countPoints, type SweptSize } from '../../bench/swept_sizes.ts';
import type { BenchJob, PeersJob, Tuning } from '../../jobs/protocol.ts';
import { type ExpectedPhase, expectPhases } from './time_left.ts';

/** What the settings ask to be measured. */
export interface BenchmarkRequest {
  config: BenchConfig;
  score: boolean;
  /** Least time for each part. */
  seconds: number;
  sweeps: SweptSize[];
  peers: TfjsPeer[];
}

/** Rounds for each system in a start. A slow system gets fewer. */
export const PEER_ROUNDS = 3;
/** For each system in a start. */
const PEER_SECONDS = 3;

export function benchJob({ config, score, seconds, sweeps }: BenchmarkRequest, tuning: Tuning): BenchJob {
  return { type: 'bench', config, score, seconds, sweeps, tuning };
}

export function peersJob({ config, peers }: BenchmarkRequest, tuning: Tuning): PeersJob {
  return { type: 'peers', config, tfjs: peers, outside: [], rounds: PEER_ROUNDS, seconds: PEER_SECONDS, tuning };
}

export function phasesOf({ score, seconds, sweeps, peers }: BenchmarkRequest, isSoftware: boolean): ExpectedPhase[] {
  const sweepPoints = countPoints(sweeps);
  return expectPhases({ isSoftware, seconds, score, sweepPoints, peers: peers.length, peerSeconds: PEER_SECONDS });
}
