import { Failure } from '../../errors.ts';

/** Identifies the model that a system trains: its number of parameters, and the loss of its first step. */
export interface ModelIdentity {
  parameterCount: number;
  /** Mean loss over the batch, with the problem's initial parameters. */
  firstLoss: number;
}

/** A system that takes the problem's training steps; it has taken the first when it is made. */
export interface System extends ModelIdentity {
  /** Takes `steps` training steps to their end. Milliseconds for all of them. */
  run(steps: number): Promise<number>;
}

/** A peer's name in tables and JSON, and its exact description. */
export interface PeerDescription {
  peer: string;
  version: string;
  /** What it computes on and how, in words. */
  detail: string;
}

export type Peer = System & PeerDescription;

export type PeerEvent =
  /** What every peer's model must equal. */
  | ({ type: 'peer-baseline' } & ModelIdentity)
  | ({ type: 'peer-ready' } & PeerDescription)
  | { type: 'peer-skipped'; reason: string }
  | ({ type: 'peer-sample' } & PeerSample)
  /** The turn of a peer outside the job. The reader of the events runs it before it takes the next event. */
  | { type: 'peer-turn'; peer: string; round: number }
  | { type: 'peer-turn-over'; peer: string; round: number };

export interface PeerSample {
  /** Absent for this project's own. */
  peer?: string;
  /** From 1; samples of one round are compared with each other. */
  round: number;
  /** Milliseconds a step. */
  stepMs: number;
}

/** float32 in another order of summation stays far below it, another activation or initial value far above. */
const LOSS_TOLERANCE = 1e-4;

/** Throws peer-failed when `theirs` is another model than `ours`: its times would say nothing. */
export function requireSameModel(peer: string, theirs: ModelIdentity, ours: ModelIdentity): void {
  const difference = (what: string, their: number, our: number) =>
    new Failure('peer-failed', `${peer} trains another model: ${what} is ${their}, ours ${our}; leave it out`);
  if (theirs.parameterCount !== ours.parameterCount) {
    throw difference('its number of parameters', theirs.parameterCount, ours.parameterCount);
  }
  // Written so that a loss that is not a number is refused too.
  if (!(Math.abs(theirs.firstLoss - ours.firstLoss) <= LOSS_TOLERANCE)) {
    throw difference('its first loss', theirs.firstLoss, ours.firstLoss);
  }
}

const SAMPLE_MS = 100;
const MAX_STEPS = 10_000;

/** Takes samples of one system: each of as many steps as fill `SAMPLE_MS`, or of one. */
export class Sampler {
  private stepMs: number | undefined;

  constructor(private readonly system: Pick<System, 'run'>) {}

  /**
   * Milliseconds a step. The first call warms the system up with steps that are not counted, and finds how many make a
   * sample.
   */
  async sample(): Promise<number> {
    this.stepMs ??= await this.time(1);
    const steps = Math.min(MAX_STEPS, Math.max(1, Math.ceil(SAMPLE_MS / this.stepMs)));
    this.stepMs = await this.time(steps);
    return this.stepMs;
  }

  private async time(steps: number): Promise<number> {
    return (await this.system.run(steps)) / steps;
  }
}
