import { datasetOf, type SeriesShape, shapeOf } from '../../../data/series_set.ts';
import { type ModelContext, modelAt, type SavedModel } from '../../../formats/saved_model.ts';
import { trainingOf } from '../../../model/config.ts';
import { trainingSamples } from '../../../settings/check.ts';
import { outputOf } from '../../../train/prepare_series.ts';
import type { PageSettings } from '../../address.ts';
import type { Unpredicted } from '../outcome/outcome_panel.ts';
import type { SavedSeries, TrainingPlan } from '../training_plan.ts';
import type { SeriesReader } from './series_reader.ts';
import type { SeriesSummary } from './series_summary.ts';

export interface PlanListener {
  onWarnings(sentences: string[]): void;
  onModel(model: SavedModel, unseen: Unpredicted): void;
}

/**
 * A run on the series that a reader holds. `onWarnings` gets what the validation part cannot tell, `onModel` the trained
 * model and the series that it has not seen.
 */
export function planSeries(
  settings: PageSettings,
  { summary, reader, source }: { summary: SeriesSummary; reader: SeriesReader; source: SavedSeries },
  { onWarnings, onModel }: PlanListener,
): TrainingPlan {
  const { values: own } = settings;
  const series: SeriesShape = shapeOf(summary);
  const training = trainingSamples(summary.samples, own.validationSplit);
  const validation = summary.samples - training;
  const context: ModelContext = { series };
  const plan: TrainingPlan = {
    settings,
    // Class weights are known when the series are arranged.
    config: trainingOf(own, { ...own, ...series, output: outputOf(series) }),
    training,
    validation,
    series,
    source,
    modelContext: context,
    async createJob(resume) {
      const run = await reader.ask('prepare', own);
      context.standardisation = run.standardisation;
      plan.config = run.config;
      plan.places = run.set.places;
      plan.ids = run.set.ids;
      onWarnings(run.warnings);
      const series = { dataset: datasetOf(run.set), parts: run.parts };
      return { type: 'train', config: run.config, series, resume };
    },
    finish(result) {
      const model = modelAt(result.checkpoint, context, result);
      const name = validation > 0 ? 'Validation' : 'Training';
      onModel(model, { name, load: () => reader.ask('unseen', own) });
    },
  };
  return plan;
}
