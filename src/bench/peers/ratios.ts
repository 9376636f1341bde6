import { median, type Ratio, ratioOfPairs } from '../measure.ts';
import type { PeerDescription, PeerSample } from './peer.ts';

/**
 * Our time / a peer's, measured in the same run, and the medians in milliseconds a step over the rounds that it took
 * part in.
 */
export interface PeerRow extends Ratio, PeerDescription {
  oursMs: number;
  theirsMs: number;
  rounds: number;
}

/**
 * A row for every peer that has a sample, in the order of `peers`; samples of one round are compared with each other.
 */
export function comparePairs(samples: PeerSample[], peers: PeerDescription[]): PeerRow[] {
  const own = new Map(samples.filter(({ peer }) => peer === undefined).map(({ round, stepMs }) => [round, stepMs]));
  return peers.flatMap((description) => {
    // A run that was stopped has a round with one of the two.
    const paired = samples.filter(({ peer, round }) => peer === description.peer && own.has(round));
    if (paired.length === 0) return [];
    const theirs = paired.map(({ stepMs }) => stepMs);
    const ours = paired.map(({ round }) => own.get(round) as number);
    const medians = { oursMs: median(ours), theirsMs: median(theirs), rounds: paired.length };
    return [{ ...description, ...ratioOfPairs(ours, theirs), ...medians }];
  });
}
