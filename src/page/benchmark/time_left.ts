import type { BenchPhase } from '../../jobs/protocol.ts';

export type RunPhase = BenchPhase | 'peers';

/** A phase that is ahead, and the seconds that it will take as far as can be told. */
export interface ExpectedPhase {
  phase: RunPhase;
  seconds: number;
}

/** What decides how long a benchmark takes. */
export interface Extent {
  isSoftware: boolean;
  seconds: number;
  score: boolean;
  /** Sizes in all sweeps. */
  sweepPoints: number;
  /** Peers, and the seconds each may take. */
  peers: number;
  peerSeconds: number;
}

/** As on a laptop with a GPU, and with a software adapter of two cores: compiling and the slow steps take longer there. */
const PREPARING = { gpu: 3, software: 8 };
const CHECKING = 6;
const SWEEP_POINT = { gpu: 2, software: 6 };
/** A slow adapter uses up the measurements' budget, which is four times the seconds that were asked for. */
const SLOWNESS = { gpu: 1, software: 4 };
/** Loading and warming up, and our own turns. */
const PEER_OVERHEAD = 3;

/** The phases of such a run with what each takes, before anything of it is known. */
export function expectPhases({ isSoftware, seconds, score, sweepPoints, peers, peerSeconds }: Extent): ExpectedPhase[] {
  const kind = isSoftware ? 'software' : 'gpu';
  const phases: ExpectedPhase[] = [
    { phase: 'preparing', seconds: (score ? 2 : 1) * PREPARING[kind] },
    { phase: 'checking', seconds: CHECKING },
    { phase: 'measuring', seconds: SLOWNESS[kind] * seconds },
  ];
  if (score) phases.push({ phase: 'score', seconds: SLOWNESS[kind] * seconds });
  if (sweepPoints > 0) phases.push({ phase: 'sweeps', seconds: sweepPoints * SWEEP_POINT[kind] });
  if (peers > 0) phases.push({ phase: 'peers', seconds: peers * (peerSeconds + PEER_OVERHEAD) });
  return phases;
}

/** Tells how long a run still takes: its present phase goes on as it went, those ahead take what was expected. */
export class TimeLeft {
  private current = 0;
  private phaseBegan: number;
  private knownAt: number;
  /** Of the present phase, at `knownAt`. */
  private phaseLeft: number;

  constructor(
    private readonly phases: ExpectedPhase[],
    private readonly now: () => number = () => performance.now() / 1000,
  ) {
    this.phaseBegan = now();
    this.knownAt = this.phaseBegan;
    this.phaseLeft = phases[0].seconds;
  }

  /** `phase` has come so far. */
  update(phase: RunPhase, done: number, of: number): void {
    const now = this.now();
    const index = this.phases.findIndex((expected) => expected.phase === phase);
    if (index !== this.current) {
      this.current = index;
      this.phaseBegan = now;
    }
    const elapsed = now - this.phaseBegan;
    this.knownAt = now;
    // At first nothing tells but what was expected.
    this.phaseLeft = done > 0 && elapsed > 0 ? (elapsed * (of - done)) / done : this.phases[index].seconds - elapsed;
  }

  get seconds(): number {
    const ahead = this.phases.slice(this.current + 1).reduce((sum, { seconds }) => sum + seconds, 0);
    return ahead + Math.max(0, this.phaseLeft - (this.now() - this.knownAt));
  }
}

/** As exactly as such an estimate is. */
export function describeTimeLeft(seconds: number): string {
  if (seconds < 5) return 'a few seconds left';
  if (seconds < 57.5) return `about ${5 * Math.round(seconds / 5)} s left`;
  const minutes = Math.max(1, Math.round(seconds / 60));
  return `about ${minutes} min left`;
}
