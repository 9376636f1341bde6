import type { PeerDescription, PeerSample } from '../../bench/peers/peer.ts';
import { comparePairs, PEER_STARTS, type PeerRow } from '../../bench/peers/ratios.ts';
import { type BenchResult, invalidate } from '../../bench/result.ts';
import { Failure } from '../../errors.ts';
import { startMeasuring } from '../../hosts/measuring_worker.ts';
import { type RunningJob, startJob } from '../../hosts/worker_client.ts';
import type { Job, JobEvent } from '../../jobs/protocol.ts';
import { PresenceWatch } from '../presence.ts';
import type { TileStore } from '../tile_store.ts';
import { type BenchmarkRequest, benchJob, peersJob } from './benchmark_request.ts';
import { pageEnvironment } from './environment.ts';

const HIDDEN =
  'the page was hidden or asleep while it was measured, and browsers hold hidden pages back: keep it in front and run again';

/** The result of a run, and sentences on the parts that it leaves out. */
export interface RunOutcome {
  result: BenchResult;
  notes: string[];
}

/** Follows the progress of a run. */
interface RunWatcher {
  /** Gets every event of every job. */
  onEvent(event: JobEvent): void;
  /** The page was hidden: the run goes on, but its figures will not count. */
  onHidden(why: string): void;
}

/** One benchmark from its first job to its last: our own, then the peers if the user asked for some. */
export class BenchmarkRun {
  private job: Pick<RunningJob, 'terminate'> | undefined;
  private abort: (failure: Failure) => void = () => {};

  constructor(
    private readonly request: BenchmarkRequest,
    private readonly tiles: TileStore,
    private readonly watcher: RunWatcher,
  ) {}

  /** Rejects with a job's failure, or with `stopped`. */
  async run(): Promise<RunOutcome> {
    const watch = new PresenceWatch(() => this.watcher.onHidden(HIDDEN));
    try {
      const measured = await this.measure();
      const { rows: ratios, notes } = await this.comparePeers();
      const environment = { ...measured.environment, ...(await pageEnvironment()) };
      const result = { ...measured, environment, ratios };
      return { result: invalidate(result, watch.wasAway ? [HIDDEN] : []), notes };
    } finally {
      watch.end();
    }
  }

  /** Ends the run at once, without a result. */
  stop(): void {
    this.job?.terminate();
    this.abort(new Failure('stopped', 'the benchmark was stopped before its end: start it again for a result'));
  }

  private measure(): Promise<BenchResult> {
    return new Promise((resolve, reject) => {
      this.abort = reject;
      this.job = startMeasuring(benchJob(this.request, this.tiles.tuning), {
        event: (event) => this.tell(event),
        done: resolve,
        failed: reject,
      });
    });
  }

  private tell(event: JobEvent): void {
    this.watcher.onEvent(event);
    void this.tiles.keep(event);
  }

  private async comparePeers(): Promise<{ rows: PeerRow[]; notes: string[] }> {
    const starts: PeerSample[][] = [];
    const peers: PeerDescription[] = [];
    const notes: string[] = [];
    if (this.request.peers.length === 0) return { rows: [], notes };
    while (starts.length < PEER_STARTS) {
      const samples: PeerSample[] = [];
      await this.runJob(peersJob(this.request, this.tiles.tuning), (event) => {
        if (event.type === 'peer-ready' && !peers.some(({ peer }) => peer === event.peer)) peers.push(event);
        if (event.type === 'peer-sample') samples.push(event);
        if (event.type === 'peer-skipped' && !notes.includes(event.reason)) notes.push(event.reason);
      });
      starts.push(samples);
    }
    return { rows: comparePairs(starts, peers), notes };
  }

  /** Resolves when the job is done. */
  private runJob(job: Job, take: (event: JobEvent) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.abort = reject;
      this.job = startJob(job, (event) => {
        take(event);
        this.tell(event);
        if (event.type === 'failed') reject(new Failure(event.code, event.message));
        if (event.type === 'done') resolve();
      });
    });
  }
}
