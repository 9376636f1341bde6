import { estimateRatio, type Ratio } from '../estimate.ts';
import { median } from '../measure.ts';
import type { PeerDescription, PeerSample } from './peer.ts';

/** Starts of a comparison with peers: in each, all systems are started anew. */
export const PEER_STARTS = 4;

/**
 * Our time / a peer's, measured in the same starts, and the medians in milliseconds a step over the rounds that it took
 * part in.
 */
export interface PeerRow extends Ratio, PeerDescription {
  oursMs: number;
  theirsMs: number;
  /** Of all starts together. */
  rounds: number;
  /** The median ratio of each start; absent in files of format 1. */
  starts?: number[];
}

/**
 * A row for every peer that has a sample, in the order of `peers`. Samples of one round are compared with each other;
 * `starts` has the samples of each start.
 */
export function comparePairs(starts: PeerSample[][], peers: PeerDescription[]): PeerRow[] {
  return peers.flatMap((description) => {
    const pairs = starts.map((samples) => pairsOf(samples, description.peer)).filter(({ length }) => length > 0);
    if (pairs.length === 0) return [];
    const all = pairs.flat();
    const ratios = pairs.map((own) => median(own.map(({ ours, theirs }) => ours / theirs)));
    const oursMs = median(all.map(({ ours }) => ours));
    const theirsMs = median(all.map(({ theirs }) => theirs));
    return [{ ...description, ...estimateRatio(ratios), oursMs, theirsMs, rounds: all.length, starts: ratios }];
  });
}

/** A run that was stopped has a round with one of the two, which is left out. */
function pairsOf(samples: PeerSample[], name: string): { ours: number; theirs: number }[] {
  const own = new Map(samples.filter(({ peer }) => peer === undefined).map(({ round, stepMs }) => [round, stepMs]));
  return samples.flatMap(({ peer, round, stepMs }) => {
    const ours = own.get(round);
    return peer === name && ours !== undefined ? [{ ours, theirs: stepMs }] : [];
  });
}
