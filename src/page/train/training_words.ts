import type { FailureCode } from '../../errors.ts';
import type { JobEvent } from '../../jobs/protocol.ts';
import { describeInterruption } from '../../jobs/recovery.ts';
import { formLabel } from '../../settings/table.ts';
import { formatDuration } from '../../text/duration.ts';
import { type Checkpoint, describePlace } from '../../train/checkpoint.ts';
import type { FitEvent } from '../../train/fit_event.ts';
import type { EpochRecord } from '../../train/history.ts';
import { describeUntrained } from '../../train/learned.ts';
import type { TrainResult } from '../../train/train_result.ts';
import { asSentence, formatCount, shorten } from '../text.ts';
import type { UnfinishedSession } from './saved_session.ts';
import type { TrainingPlan } from './training_plan.ts';

// The Train view's sentences about a run.

type StepEvent = Extract<FitEvent, { type: 'step' }>;

export const READY = 'Nothing trained yet. Start with these settings, or change them first.';
export const OPENING = 'Opening the adapter…';

/** What the job does from this event on; undefined if it goes on with the same. */
export function phaseAfter(event: JobEvent, plan: TrainingPlan): string | undefined {
  switch (event.type) {
    case 'adapter':
      return 'Preparing the data…';
    case 'model':
      return 'Choosing the kernels…';
    case 'data':
      return 'Compiling the kernels…';
    case 'interrupted':
      return describeInterruption(event);
    case 'recovered':
    case 'ready':
      return describeTraining(plan);
    default:
      return undefined;
  }
}

function describeTraining({ training, validation }: TrainingPlan): string {
  const validating = validation > 0 ? `, validating on ${formatCount(validation)}` : '';
  return `Training on ${formatCount(training)} series${validating}.`;
}

/** The place at which a run stands still after a single update. */
export function describeStep({ epoch, step }: StepEvent): string {
  return `Paused after step ${formatCount(step)} of epoch ${formatCount(epoch)}.`;
}

/** How the run went, and if it has learned nothing, why. */
export function describeEnd(result: TrainResult): string {
  const untrained = describeUntrained(result.verdict, formLabel);
  return untrained ? `${describeCourse(result)} ${untrained}` : describeCourse(result);
}

function describeCourse({ stopped, history, config, seconds, bestEpoch }: TrainResult): string {
  const time = formatDuration(seconds);
  const epochs = formatCount(history.length);
  const isEarly = history.length < config.epochs;
  const best = bestEpoch === undefined ? '' : ` The parameters are those of epoch ${bestEpoch}, the best.`;
  if (stopped) return `Stopped after ${epochs} of ${formatCount(config.epochs)} epochs, ${time}.${best}`;
  if (isEarly)
    return `Trained ${epochs} of ${formatCount(config.epochs)} epochs in ${time}: the loss stopped falling.${best}`;
  return `Trained ${epochs} ${config.epochs === 1 ? 'epoch' : 'epochs'} in ${time}.${best}`;
}

/** How to judge times of a run during which the page was away; empty if it was not. */
export function describeAway(seconds: number): string {
  if (seconds < 1) return '';
  return ` The page was hidden or asleep for ${formatDuration(seconds)} meanwhile: times may be too long.`;
}

/** The failure, with the next step if the message does not give it. */
export function describeFailure(code: FailureCode, message: string, checkpoint: Checkpoint | undefined): string {
  const sentence = asSentence(message);
  if (checkpoint && code === 'not-finite')
    return `${sentence} The parameters of ${describePlace(checkpoint)} are kept: download the checkpoint.`;
  if (checkpoint) return `${sentence} What was trained until ${describePlace(checkpoint)} is kept: resume from there.`;
  return code === 'device-lost' ? `${sentence} Nothing was kept yet: start again.` : sentence;
}

/** Samples a second over all epochs, with the time of validation included; undefined before the first epoch. */
export function rateOf(history: EpochRecord[], { training }: TrainingPlan): number | undefined {
  const seconds = history.reduce((sum, record) => sum + record.seconds, 0);
  if (seconds === 0) return undefined;
  return (history.length * training) / seconds;
}

/** Letters of a file's name on a button. */
const NAME_LETTERS = 40;
const TIME = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

/** The label of the button that resumes an unfinished training. */
export function describeUnfinished({ startedAt, checkpoint, series }: UnfinishedSession): string {
  const on = series ? ` on ${shorten(series.file.name, NAME_LETTERS)}` : '';
  return `Resume the run${on} of ${TIME.format(startedAt)}, from ${describePlace(checkpoint)}`;
}
