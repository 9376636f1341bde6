import type { ModelContext } from '../../formats/saved_model.ts';
import { startRecovering } from '../../hosts/recovering_worker.ts';
import type { RunningJob } from '../../hosts/worker_client.ts';
import type { JobEvent } from '../../jobs/protocol.ts';
import type { Checkpoint } from '../../train/checkpoint.ts';
import type { Watch } from '../../train/fit_event.ts';
import type { PageContext } from '../page_context.ts';
import { PresenceWatch } from '../presence.ts';
import { KeptRun, type LeftRun } from './kept_run.ts';
import { planExperiment, type RunPlan } from './run_plan.ts';

/** What the page shows of a run while it trains. */
const WATCH: Watch = { metrics: true, attention: true, samples: 24, parameters: true, checkpointSeconds: 1 };

/** The training job that runs, if one does, and where the last one can go on. */
export class TrainRun {
  /** Of the run under way or, when it ended early, of the last one; undefined when there is nothing to go on from. */
  checkpoint: Checkpoint | undefined;
  /** That run; of one on own series that a closed page has left, undefined until they are read again. */
  plan: RunPlan | undefined;
  /** What a closed page has left, until a run trains. */
  left: LeftRun | undefined;
  /** While it ran the page was hidden, frozen or asleep for so long. */
  awaySeconds = 0;
  private presence: PresenceWatch | undefined;
  /** The two of the run before, until this one is sure to train. */
  private before: Pick<TrainRun, 'checkpoint' | 'plan'> | undefined;
  private job: RunningJob | undefined;
  private readonly kept: KeptRun;

  /**
   * `onEvent` gets every event of a run; at the last one the adapter is free again. `onNotKept` hears why a run is not kept for when
   * the page is closed, or with undefined that it is again.
   */
  constructor(
    private readonly context: PageContext,
    private readonly onEvent: (event: JobEvent, plan: RunPlan) => void,
    onNotKept: (problem: string | undefined) => void,
  ) {
    this.kept = new KeptRun(onNotKept);
  }

  /** Makes a run that a closed page has left this one's last, where there has been none yet; gives it. */
  async takeLeft(): Promise<LeftRun | undefined> {
    const left = await this.kept.open();
    if (!left) return undefined;
    if (this.plan) {
      this.kept.leave();
      return undefined;
    }
    this.left = left;
    this.checkpoint = left.checkpoint;
    if (!left.series) this.plan = planExperiment(left.settings);
    return left;
  }

  /** What the checkpoint's model is for, where it is one on own series. */
  get modelContext(): ModelContext | undefined {
    return this.plan?.modelContext ?? this.left?.context;
  }

  /** Starts a run, or goes on with one; false when one is under way or another view has the adapter. */
  start(plan: RunPlan, resume?: Checkpoint): boolean {
    if (this.job || !this.context.use.claim('training')) return false;
    this.before = { checkpoint: this.checkpoint, plan: this.plan };
    this.checkpoint = resume;
    this.plan = plan;
    const running = startRecovering(
      (from) => this.createJob(plan, from),
      (event) => {
        // A job that was ended may have had an event under way.
        if (this.job === running) this.take(event, plan);
      },
      { resume, handOver: true },
    );
    this.job = running;
    this.presence = new PresenceWatch();
    return true;
  }

  pause(): void {
    this.job?.pause();
  }

  resume(): void {
    this.job?.resume();
  }

  /** One update, of a run that stands still or has just been started; then it stands still. */
  singleStep(): void {
    this.job?.singleStep();
  }

  /** Ends the run early: its last event still comes. */
  stop(): void {
    this.job?.stop();
  }

  /** Ends a run at once, without a last event, and forgets where it could go on. */
  abandon(): void {
    this.job?.terminate();
    this.checkpoint = undefined;
    this.left = undefined;
    this.kept.clear();
    this.release();
  }

  private async createJob(plan: RunPlan, resume: Checkpoint | undefined) {
    const { tuning } = this.context.tiles;
    return { ...(await plan.createJob(resume)), watch: WATCH, tuning };
  }

  private take(event: JobEvent, plan: RunPlan): void {
    switch (event.type) {
      case 'ready':
        this.before = undefined;
        this.left = undefined;
        if (!this.checkpoint) this.kept.begin();
        break;
      case 'tiles':
        void this.context.tiles.keep(event);
        break;
      case 'checkpoint':
        this.checkpoint = event.checkpoint;
        this.kept.keep(event.checkpoint, plan);
        break;
      case 'done':
        if (event.job !== 'train') break;
        this.checkpoint = event.result.stopped ? event.result.checkpoint : undefined;
        this.keepLast(plan);
        this.release();
        break;
      case 'failed':
        // What is no number once would be none again: the last good state is there to be saved, not to go on from.
        if (this.before) Object.assign(this, this.before);
        else if (event.code === 'not-finite') this.kept.clear();
        else this.keepLast(plan);
        this.release();
        break;
    }
    this.onEvent(event, plan);
  }

  /** The run is over, early or not. */
  private keepLast(plan: RunPlan): void {
    if (this.checkpoint) this.kept.keep(this.checkpoint, plan, true);
    else this.kept.clear();
  }

  private release(): void {
    this.job = undefined;
    this.presence?.end();
    this.awaySeconds = this.presence?.awaySeconds ?? 0;
    this.context.use.release('training');
  }
}
