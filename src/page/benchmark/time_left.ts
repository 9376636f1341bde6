import { PEER_STARTS } from '../../bench/peers/ratios.ts';
import type { BenchPhase } from '../../jobs/protocol.ts';
import { STARTS } from '../../jobs/starts.ts';

export type RunPhase = BenchPhase | 'peers';

/** A coming phase with its expected seconds. */
export interface ExpectedPhase {
  phase: RunPhase;
  seconds: number;
}

/** Everything that decides how long a benchmark takes. */
export interface Extent {
  isSoftware: boolean;
  seconds: number;
  score: boolean;
  /** Number of sizes in all sweeps. */
  sweepPoints: number;
  /** Number of peers, and the seconds that each may take in a start. */
  peers: number;
  peerSeconds: number;
}

/**
 * Seconds on a laptop with a GPU, and on a software adapter with two cores, where compiling and slow steps take longer.
 */
const PREPARING = { gpu: 3, software: 8 };
/** In a further start, whose code the browser has compiled before. */
const PREPARING_AGAIN = { gpu: 1, software: 2 };
const CHECKING = 6;
const SWEEP_POINT = { gpu: 2, software: 6 };
/** A slow adapter uses up the measurements' budget, which is four times the requested seconds. */
const SLOWNESS = { gpu: 1, software: 4 };
/** Seconds to load and warm up a peer, and for our own turns. */
const PEER_OVERHEAD = 3;

/** The phases of a run with their expected seconds. */
export function expectPhases({ isSoftware, seconds, score, sweepPoints, peers, peerSeconds }: Extent): ExpectedPhase[] {
  const kind = isSoftware ? 'software' : 'gpu';
  const phases: ExpectedPhase[] = [
    { phase: 'preparing', seconds: (score ? 2 : 1) * PREPARING[kind] },
    { phase: 'checking', seconds: CHECKING },
    { phase: 'measuring', seconds: (SLOWNESS[kind] * seconds) / STARTS },
  ];
  if (score) phases.push({ phase: 'score', seconds: (SLOWNESS[kind] * seconds) / STARTS });
  if (sweepPoints > 0) phases.push({ phase: 'sweeps', seconds: sweepPoints * SWEEP_POINT[kind] });
  const again = (score ? 2 : 1) * (PREPARING_AGAIN[kind] + (SLOWNESS[kind] * seconds) / STARTS);
  phases.push({ phase: 'starts', seconds: (STARTS - 1) * again });
  if (peers > 0) phases.push({ phase: 'peers', seconds: PEER_STARTS * peers * (peerSeconds + PEER_OVERHEAD) });
  return phases;
}

/** Estimates the time left: the current phase goes on at its speed, later phases take their expected time. */
export class TimeLeft {
  private current = 0;
  private phaseBegan: number;
  private knownAt: number;
  /** Seconds left of the current phase, at the time `knownAt`. */
  private phaseLeft: number;

  constructor(
    private readonly phases: ExpectedPhase[],
    private readonly now: () => number = () => performance.now() / 1000,
  ) {
    this.phaseBegan = now();
    this.knownAt = this.phaseBegan;
    this.phaseLeft = phases[0].seconds;
  }

  /** Reports the progress of `phase`. */
  update(phase: RunPhase, done: number, of: number): void {
    const now = this.now();
    const index = this.phases.findIndex((expected) => expected.phase === phase);
    if (index !== this.current) {
      this.current = index;
      this.phaseBegan = now;
    }
    const elapsed = now - this.phaseBegan;
    this.knownAt = now;
    // Before any progress only the expectation is known.
    this.phaseLeft = done > 0 && elapsed > 0 ? (elapsed * (of - done)) / done : this.phases[index].seconds - elapsed;
  }

  get seconds(): number {
    const ahead = this.phases.slice(this.current + 1).reduce((sum, { seconds }) => sum + seconds, 0);
    return ahead + Math.max(0, this.phaseLeft - (this.now() - this.knownAt));
  }
}

/** Rounded to the precision of such an estimate. */
export function describeTimeLeft(seconds: number): string {
  if (seconds < 5) return 'a few seconds left';
  if (seconds < 57.5) return `about ${5 * Math.round(seconds / 5)} s left`;
  const minutes = Math.max(1, Math.round(seconds / 60));
  return `about ${minutes} min left`;
}
