import type { Standardisation } from '../data/standardisation.ts';
import type { ModelConfig } from '../model/config.ts';
import type { Parameters } from '../model/parameters.ts';

/** A model as the files of other systems hold it. */
export interface PortableModel {
  config: ModelConfig;
  /** Under their names, in Keras' layouts; the gates in the order i, f, c, o. */
  parameters: Parameters;
  /** If the file's graph takes series as they were measured, and predicts numbers on the scale of their labels. */
  standardisation?: Standardisation;
  /**
   * For this project alone: a description of the series, their standardisation, and the training. Empty in another
   * system's file.
   */
  metadata: Map<string, string>;
}
