import type { SeriesShape } from '../../data/series_set.ts';
import type { ModelContext } from '../../formats/saved_model.ts';
import type { TrainJob } from '../../jobs/protocol.ts';
import { type ExperimentConfig, experimentOf, type TrainingConfig } from '../../model/config.ts';
import { trainingSamples } from '../../settings/check.ts';
import type { Checkpoint } from '../../train/checkpoint.ts';
import type { TrainResult } from '../../train/train_result.ts';
import type { PageSettings } from '../address.ts';
import type { ReadChoices } from './series/series_worker.ts';

/** A training job without the options that every run of the page has. */
export type TrainingJob = Omit<TrainJob, 'watch' | 'tuning'>;

/** A file of series, and how it is read. */
export interface SavedSeries {
  file: File;
  choices: ReadChoices;
}

/** A run that can be started, and what the view shows of it beforehand. */
export interface TrainingPlan {
  /** What it was made of. */
  settings: PageSettings;
  config: TrainingConfig;
  /** Series that train, and that validate. */
  training: number;
  validation: number;
  /** Where it is a run of the experiment. */
  experiment?: ExperimentConfig;
  /** Where it is one on own series. */
  series?: SeriesShape;
  /** Where those come from. */
  source?: SavedSeries;
  /** Where each of its series stands in the file, and its id if the file has ids, once the job was made. */
  places?: Uint32Array;
  ids?: string[];
  /** Makes the job, from the start or from a checkpoint. The series move into the job. */
  createJob(resume?: Checkpoint): TrainingJob | Promise<TrainingJob>;
  /** A description of own series, for the model's file; complete once the job was made. */
  modelContext?: ModelContext;
  /** Handles the result of a run on own series. */
  finish?(result: TrainResult): void;
}

export function planExperiment(settings: PageSettings): TrainingPlan {
  const config = experimentOf(settings.values);
  const training = trainingSamples(config.samples, config.validationSplit);
  return {
    settings,
    config,
    training,
    validation: config.samples - training,
    experiment: config,
    createJob: (resume) => ({ type: 'train', config, series: { planted: config }, resume }),
  };
}
