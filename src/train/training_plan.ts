import { createPlan, type Plan } from '../model/attention_lstm.ts';
import { type ExperimentConfig, KERAS_ADAM } from '../model/config.ts';
import type { Tiles } from '../model/tiles.ts';
import { slotsOf } from './batches.ts';
import { ATTENTION_ITEMS, experimentBatches, experimentBatchSize } from './experiment.ts';

/** The plan of a run of the experiment, as training makes it, to look at. */
export function trainingPlan(config: ExperimentConfig, tiles: Tiles, fused?: boolean): Plan {
  const samples = config.samples + ATTENTION_ITEMS;
  const slots = slotsOf(experimentBatches(config));
  const batchSize = experimentBatchSize(config);
  return createPlan({ config, batchSize, samples, slots, adam: KERAS_ADAM, tiles, fused });
}
