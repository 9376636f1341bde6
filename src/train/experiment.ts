import { concatenate } from '../data/dataset.ts';
import { NumpyRandom } from '../data/numpy_random.ts';
import { getData, getItems } from '../data/synthetic.ts';
import { type ExperimentConfig, KERAS_ADAM } from '../model/config.ts';
import { type ScheduledPlan, scheduledPlan } from '../model/scheduled_plan.ts';
import type { Tiles } from '../model/tiles.ts';
import { trainingSamples } from '../settings/check.ts';
import { batchesOf, batchSizeOf, type Parts, slotsOf, type TrainingBatches } from './batches.ts';
import type { FitSource } from './fit.ts';

/** Fresh items over which the experiment averages the attention. */
export const ATTENTION_ITEMS = 1000;

/** How the series of the experiment are made, beside their sizes and the seed. */
export type Planted = Pick<ExperimentConfig, 'samples' | 'attentionColumn' | 'validationSplit'>;

/** The experiment's samples, the last of which validate, and the fresh items behind them. */
function experimentParts({ samples, validationSplit }: Planted): Parts {
  const training = trainingSamples(samples, validationSplit);
  return { training, validation: samples - training, attention: { first: samples, count: ATTENTION_ITEMS } };
}

/** Samples of a batch of the experiment. */
export function experimentBatchSize(config: ExperimentConfig): number {
  return batchSizeOf(experimentParts(config), config.batchSize);
}

export function experimentBatches(config: ExperimentConfig): TrainingBatches {
  return batchesOf(experimentParts(config), experimentBatchSize(config));
}

/** The experiment's data set, drawn when it is loaded. */
export function experimentSource(config: ExperimentConfig): FitSource {
  const { samples, timeSteps, inputDim, attentionColumn, seed } = config;
  return {
    samples: samples + ATTENTION_ITEMS,
    parts: experimentParts(config),
    load() {
      const random = new NumpyRandom(seed);
      const data = getData(random, samples, timeSteps, inputDim, attentionColumn);
      return concatenate([data, getItems(random, ATTENTION_ITEMS, timeSteps, inputDim, attentionColumn)]);
    },
  };
}

/** The plan of a run of the experiment, as training makes it, to look at. */
export function trainingPlan(config: ExperimentConfig, tiles: Tiles, fused?: boolean): ScheduledPlan {
  const samples = config.samples + ATTENTION_ITEMS;
  const slots = slotsOf(experimentBatches(config));
  const batchSize = experimentBatchSize(config);
  return scheduledPlan({ config, batchSize, samples, slots, adam: KERAS_ADAM, fused }, tiles);
}
