import type { ModelConfig } from '../model/config.ts';

/** The measured sizes. */
export interface BenchConfig extends ModelConfig {
  batchSize: number;
  /** Seed of data, initial values and order. */
  seed: number;
}
