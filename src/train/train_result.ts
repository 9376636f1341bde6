import type { AdapterReport } from '../gpu/device.ts';
import type { TrainingConfig } from '../model/config.ts';
import type { Planted } from './experiment.ts';
import type { FitResult } from './fit.ts';

/** The result of a training job: everything that is printed and written. */
export interface TrainResult extends FitResult {
  /** With `samples`, `attentionColumn` and `validationSplit` if the series were planted. */
  config: TrainingConfig & Partial<Planted>;
  adapter: AdapterReport;
  /** SHA-256 of `parameters`, little-endian. */
  parametersSha256: string;
  /** Series of each part. */
  series: { training: number; validation: number; test: number };
}

/** A result as JSON, without the parts that a model file holds. */
export type TrainRecord = Omit<TrainResult, 'parameters' | 'checkpoint'>;

export function recordOf({ parameters: _, checkpoint: __, ...record }: TrainResult): TrainRecord {
  return record;
}
