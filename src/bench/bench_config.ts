import type { ModelConfig } from '../model/config.ts';

/** The sizes that are measured. */
export interface BenchConfig extends ModelConfig {
  batchSize: number;
  /** Of data, initial values and order. */
  seed: number;
}
