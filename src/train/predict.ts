import type { Dataset } from '../data/dataset.ts';
import { scaleTargets, type TargetScale, unscaleTargets } from '../data/standardisation.ts';
import type { Gpu } from '../gpu/device.ts';
import { type ModelConfig, outputCount } from '../model/config.ts';
import { attentionOf, attentionView, predictionView } from '../model/model_layers.ts';
import type { Parameters } from '../model/parameters.ts';
import type { Tiles } from '../model/tiles.ts';
import type { Progress } from '../progress.ts';
import { type Metrics, meanMetrics } from './history.ts';
import type { BatchMetrics } from './stepper.ts';
import { Trainer } from './trainer.ts';

/** What the model says of series. */
export interface Prediction {
  /** How many series there are: N. */
  samples: number;
  /** Values of a sample: 1, or one a class. */
  outputs: number;
  /**
   * (samples, outputs): the probability of the second of two classes or of each of several, or the number predicted.
   */
  values: Float32Array;
  /** (samples, T, D) */
  attention: Float32Array;
  /** Means over the samples, if they had labels. */
  metrics?: Metrics;
}

/** Series: x is (samples, T, D) row-major; y (samples) are class indices or numbers. */
export type Series = Pick<Dataset, 'x'> & Partial<Pick<Dataset, 'y'>>;

/** Series that a dispatch takes at most: more do not make it quicker. */
export const PREDICT_BATCH = 256;

export interface PredictorOptions {
  /** Samples of a dispatch. */
  batchSize: number;
  tiles: Tiles;
  /** Of the numbers that the model predicts; if absent, they are in the unit of the labels. */
  targetScale?: TargetScale;
}

/** A model on a device, to run series through. */
export class Predictor {
  private constructor(
    private readonly config: ModelConfig,
    private readonly batchSize: number,
    private readonly trainer: Trainer,
    private readonly targetScale?: TargetScale,
  ) {}

  /** Throws limit, out-of-memory or shader; then nothing is held. */
  static async create(
    gpu: Gpu,
    config: ModelConfig,
    parameters: Parameters,
    { batchSize, tiles, targetScale }: PredictorOptions,
  ): Promise<Predictor> {
    const { timeSteps, inputDim } = config;
    const x = new Float32Array(batchSize * timeSteps * inputDim);
    const dataset = { samples: batchSize, timeSteps, inputDim, x, y: new Float32Array(batchSize) };
    const trainer = await Trainer.create(gpu, { config, batchSize, dataset, parameters, slots: 1, tiles });
    trainer.setOrder(Uint32Array.from({ length: batchSize }, (_, i) => i));
    return new Predictor(config, batchSize, trainer, targetScale);
  }

  /**
   * Runs series through the model, a batch after the other; after an abort the rest stays zero. Yields how many are
   * done.
   */
  async *run({ x, y: labels }: Series, signal?: AbortSignal): AsyncGenerator<Progress, Prediction> {
    const { config, batchSize, targetScale } = this;
    const y = labels && scaleTargets(labels, targetScale);
    const features = config.timeSteps * config.inputDim;
    const samples = x.length / features;
    const outputs = outputCount(config);
    const values = new Float32Array(samples * outputs);
    const attention = new Float32Array(samples * features);
    const measured: BatchMetrics[] = [];
    for (let first = 0; first < samples && !signal?.aborted; first += batchSize) {
      const end = Math.min(first + batchSize, samples);
      const batch = await this.runBatch(x.subarray(first * features, end * features), y?.subarray(first, end));
      values.set(batch.values, first * outputs);
      attention.set(batch.attention, first * features);
      measured.push(batch.metrics);
      yield { done: end, of: samples };
    }
    const metrics = y && meanMetrics(measured, samples, { ...config, targetScale });
    return { samples, outputs, values: unscaleTargets(values, targetScale), attention, metrics };
  }

  private async runBatch(x: Float32Array, y: Float32Array | undefined) {
    const { trainer, config } = this;
    const features = config.timeSteps * config.inputDim;
    const count = x.length / features;
    trainer.setSeries(x, y);
    trainer.setSteps([{ first: 0, count, stepSize: 0 }]);
    trainer.submitForward(0, 1);
    const view = attentionView(config);
    const [[metrics], output, stored] = await Promise.all([
      trainer.readMetrics(0, 1),
      trainer.read(predictionView(config).tensor),
      trainer.read(view.tensor),
    ]);
    const values = output.subarray(0, count * outputCount(config));
    const attention = new Float32Array(x.length);
    for (let b = 0; b < count; b++) {
      attention.set(attentionOf(config, view, stored, trainer.plan.batch, b), b * features);
    }
    return { values, attention, metrics };
  }

  /** Frees every buffer. */
  dispose(): void {
    this.trainer.dispose();
  }
}
