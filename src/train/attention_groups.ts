import { classBalance, type SeriesSet } from '../data/series_set.ts';
import { attentionByClass, type MeanAttention, meanAttention } from './mean_attention.ts';
import type { Prediction } from './predict.ts';

/** The mean attention of some series. */
export interface AttentionGroup {
  /** Of a class; absent for all series. */
  name?: string;
  samples: number;
  attention: MeanAttention;
}

/** The mean over all series, then that of each class that has any, by the label. */
export function attentionGroups(set: SeriesSet, prediction: Prediction): AttentionGroup[] {
  const all = { samples: set.samples, attention: meanAttention(set, prediction) };
  const balance = classBalance(set);
  const means = balance.length > 0 ? attentionByClass(set, prediction, balance.length) : []; // Numbers have none.
  const classes = balance.map(({ name, count }, c) => ({ name, samples: count, attention: means[c] }));
  return [all, ...classes.filter(({ samples }) => samples > 0)];
}
