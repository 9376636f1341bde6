import { createOurs } from '../bench/peers/ours.ts';
import { type PeerEvent, requireSameModel, Sampler, type System } from '../bench/peers/peer.ts';
import { createProblem } from '../bench/peers/problem.ts';
import { type Contestant, takeTurns } from '../bench/peers/rounds.ts';
import type { createTfjs } from '../bench/peers/tfjs.ts';
import { asFailure, Failure } from '../errors.ts';
import type { Gpu } from '../gpu/device.ts';
import type { JobEvent, PeersJob } from './protocol.ts';
import { chooseTiles } from './tuning.ts';

/** Loads TensorFlow.js, which only a browser's host can do. */
export type LoadTfjs = () => Promise<{ createTfjs: typeof createTfjs }>;

/**
 * Times this project's step against its peers'. A peer that cannot run is skipped. Throws the failure of our own
 * trainer.
 */
export async function* comparePeers(
  job: PeersJob,
  gpu: Gpu,
  loadTfjs?: LoadTfjs,
  signal?: AbortSignal,
): AsyncGenerator<JobEvent, void> {
  const problem = createProblem(job.config);
  const tiles = yield* chooseTiles(gpu, problem.config, job.config.batchSize, job.tuning);
  const ours = await createOurs(gpu, problem, tiles);
  const { parameterCount, firstLoss } = ours;
  yield { type: 'peer-baseline', parameterCount, firstLoss };
  const budgetMs = 1000 * job.seconds;
  const others: Contestant<PeerEvent>[] = [];
  for (const name of job.tfjs) {
    try {
      const { createTfjs } = await loaded(loadTfjs);
      const peer = await createTfjs(name, problem, gpu.adapter);
      requireSameModel(peer.peer, peer, ours);
      others.push(inside(peer, budgetMs, peer.peer));
      yield { type: 'peer-ready', peer: peer.peer, version: peer.version, detail: peer.detail };
    } catch (error) {
      yield { type: 'peer-skipped', reason: asFailure(error).message };
    }
  }
  for (const peer of job.outside) others.push(outside(peer, budgetMs));
  yield* takeTurns(inside(ours, Number.POSITIVE_INFINITY), others, job.rounds, signal);
  yield { type: 'done', job: 'peers', result: null };
}

/** A system that runs in this job. */
function inside(system: System, budgetMs: number, peer?: string): Contestant<PeerEvent> {
  const sampler = new Sampler(system);
  return {
    budgetMs,
    async *turn(round) {
      yield { type: 'peer-sample', peer, round, stepMs: await sampler.sample() };
    },
  };
}

/** A peer that runs elsewhere, while this job stands still. */
function outside(peer: string, budgetMs: number): Contestant<PeerEvent> {
  return {
    budgetMs,
    async *turn(round) {
      yield { type: 'peer-turn', peer, round };
      // A host lets a job run one event ahead, so the job passes this event only after the turn.
      yield { type: 'peer-turn-over', peer, round };
    },
  };
}

/** Throws peer-failed with one sentence for all of its backends. */
async function loaded(loadTfjs: LoadTfjs | undefined): ReturnType<LoadTfjs> {
  if (!loadTfjs) {
    throw new Failure(
      'peer-failed',
      'TensorFlow.js runs in a browser only: use --runtime chrome, or leave the tfjs peers out',
    );
  }
  try {
    return await loadTfjs();
  } catch (error) {
    throw new Failure(
      'peer-failed',
      `TensorFlow.js cannot be loaded (${asFailure(error).message}): an installed package leaves it out, so compare in a clone of the repository, or leave the tfjs peers out`,
    );
  }
}
