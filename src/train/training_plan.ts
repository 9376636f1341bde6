import { type ExperimentConfig, KERAS_ADAM } from '../model/config.ts';
import { type ScheduledPlan, scheduledPlan } from '../model/scheduled_plan.ts';
import type { Tiles } from '../model/tiles.ts';
import { slotsOf } from './batches.ts';
import { ATTENTION_ITEMS, experimentBatches, experimentBatchSize } from './experiment.ts';

/** The plan of a run of the experiment, as training makes it, to look at. */
export function trainingPlan(config: ExperimentConfig, tiles: Tiles, fused?: boolean): ScheduledPlan {
  const samples = config.samples + ATTENTION_ITEMS;
  const slots = slotsOf(experimentBatches(config));
  const batchSize = experimentBatchSize(config);
  return scheduledPlan({ config, batchSize, samples, slots, adam: KERAS_ADAM, fused }, tiles);
}
