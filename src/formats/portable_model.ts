import type { ModelConfig } from '../model/config.ts';
import type { Parameters } from '../model/parameters.ts';

/** A model as the files of other systems hold it. */
export interface PortableModel {
  config: ModelConfig;
  /** Under their names, in Keras' layouts; the gates in the order i, f, c, o. */
  parameters: Parameters;
  /**
   * For this project alone: a description of the series, their standardisation, and the training. Empty in another
   * system's file.
   */
  metadata: Map<string, string>;
}
