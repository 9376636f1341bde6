import type { Dataset } from '../../data/dataset.ts';
import { NumpyRandom } from '../../data/numpy_random.ts';
import { getData } from '../../data/synthetic.ts';
import { type AdamConfig, checkExperiment, EXPERIMENT, KERAS_ADAM, type ModelConfig } from '../../model/config.ts';
import { initialParameters, type Parameters } from '../../model/parameters.ts';
import { countParameters, summarize } from '../../model/summary.ts';
import type { BenchConfig } from '../bench_config.ts';

/** Training as every system does it: one model, one batch, one set of initial parameters, one optimiser. */
export interface PeerProblem {
  config: ModelConfig;
  batch: Dataset;
  parameters: Parameters;
  parameterCount: number;
  adam: AdamConfig;
}

/** The same for a config wherever it is made. Throws invalid-option for sizes out of bounds. */
export function createProblem(config: BenchConfig): PeerProblem {
  checkExperiment({ ...EXPERIMENT, attentionColumn: 0, ...config });
  const { batchSize, timeSteps, inputDim, seed } = config;
  return {
    config,
    batch: getData(new NumpyRandom(seed), batchSize, timeSteps, inputDim, 0),
    parameters: initialParameters(config, seed),
    parameterCount: countParameters(summarize(config)),
    adam: KERAS_ADAM,
  };
}
