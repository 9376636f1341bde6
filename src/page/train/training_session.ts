import type { ModelContext } from '../../formats/saved_model.ts';
import { startRecovering } from '../../hosts/recovering_worker.ts';
import type { RunningJob } from '../../hosts/worker_client.ts';
import type { JobEvent } from '../../jobs/protocol.ts';
import type { Checkpoint } from '../../train/checkpoint.ts';
import type { Watch } from '../../train/fit_event.ts';
import type { PageContext } from '../page_context.ts';
import { PresenceWatch } from '../presence.ts';
import { SavedSession, type UnfinishedSession } from './saved_session.ts';
import { planExperiment, type TrainingPlan } from './training_plan.ts';

/** What the page shows of a run while it trains. */
const WATCH: Watch = { metrics: true, attention: true, samples: 24, parameters: true, checkpointSeconds: 1 };

/** The training job that runs, if there is one, and the checkpoint from which the last one can be resumed. */
export class TrainingSession {
  /**
   * The newest checkpoint of the training that runs or of the last one, if that ended early. Undefined if nothing can
   * be resumed.
   */
  checkpoint: Checkpoint | undefined;
  /**
   * The plan of that training. A training on own series from a closed page has none until the series are read again.
   */
  plan: TrainingPlan | undefined;
  /** The training that a closed page did not finish, until another one trains. */
  unfinished: UnfinishedSession | undefined;
  /** How long the page was hidden, frozen or asleep while the last training ran. */
  awaySeconds = 0;
  private presence: PresenceWatch | undefined;
  /** Checkpoint and plan of the training before, until this one is sure to train. */
  private before: Pick<TrainingSession, 'checkpoint' | 'plan'> | undefined;
  private job: RunningJob | undefined;
  private readonly saved: SavedSession;

  /**
   * `onEvent` gets every event of a training; at the last one the adapter is free again. `onNotSaved` gets the reason
   * why a training cannot be saved for the next page, and undefined once it can be saved again.
   */
  constructor(
    private readonly context: PageContext,
    private readonly onEvent: (event: JobEvent, plan: TrainingPlan) => void,
    onNotSaved: (problem: string | undefined) => void,
  ) {
    this.saved = new SavedSession(onNotSaved);
  }

  /** Takes over the newest training that a closed page did not finish, if this page has not trained yet. */
  async takeUnfinished(): Promise<UnfinishedSession | undefined> {
    const unfinished = await this.saved.open();
    if (!unfinished) return undefined;
    if (this.plan) {
      this.saved.release();
      return undefined;
    }
    this.unfinished = unfinished;
    this.checkpoint = unfinished.checkpoint;
    if (!unfinished.series) this.plan = planExperiment(unfinished.settings);
    return unfinished;
  }

  /** A description of the own series that the checkpoint's model was trained on. */
  get modelContext(): ModelContext | undefined {
    return this.plan?.modelContext ?? this.unfinished?.context;
  }

  /** Starts or resumes a run. Returns false if one is under way or another view has the adapter. */
  start(plan: TrainingPlan, resume?: Checkpoint): boolean {
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

  /** Ends a run at once, without a last event, and forgets its checkpoint. */
  abandon(): void {
    this.job?.terminate();
    this.checkpoint = undefined;
    this.unfinished = undefined;
    this.saved.clear();
    this.release();
  }

  private async createJob(plan: TrainingPlan, resume: Checkpoint | undefined) {
    const { tuning } = this.context.tiles;
    return { ...(await plan.createJob(resume)), watch: WATCH, tuning };
  }

  private take(event: JobEvent, plan: TrainingPlan): void {
    switch (event.type) {
      case 'ready':
        this.before = undefined;
        this.unfinished = undefined;
        if (!this.checkpoint) this.saved.begin();
        break;
      case 'tiles':
        void this.context.tiles.keep(event);
        break;
      case 'checkpoint':
        this.checkpoint = event.checkpoint;
        this.saved.keep(event.checkpoint, plan);
        break;
      case 'done':
        if (event.job !== 'train') break;
        this.checkpoint = event.result.stopped ? event.result.checkpoint : undefined;
        this.keepLast(plan);
        this.release();
        break;
      case 'failed':
        // The numbers would become infinite or NaN again: the last good state can be downloaded, but not resumed.
        if (this.before) Object.assign(this, this.before);
        else if (event.code === 'not-finite') this.saved.clear();
        else this.keepLast(plan);
        this.release();
        break;
    }
    this.onEvent(event, plan);
  }

  /** The run is over, early or not. */
  private keepLast(plan: TrainingPlan): void {
    if (this.checkpoint) this.saved.keep(this.checkpoint, plan, true);
    else this.saved.clear();
  }

  private release(): void {
    this.job = undefined;
    this.presence?.end();
    this.awaySeconds = this.presence?.awaySeconds ?? 0;
    this.context.use.release('training');
  }
}
