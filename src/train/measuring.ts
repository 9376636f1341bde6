import { unscaleTargets } from '../data/standardisation.ts';
import { outputCount, type TrainingConfig } from '../model/config.ts';
import { attentionOf, attentionView, predictionView } from '../model/model_layers.ts';
import { type Batch, sampleCount } from './batches.ts';
import { type Metrics, meanMetrics } from './history.ts';
import type { MeanAttention } from './mean_attention.ts';
import { notFinite } from './not_finite.ts';
import type { Pacer } from './pace.ts';
import type { Stepper } from './stepper.ts';

/** Measures the model with its present parameters. This replaces the stepper's order and steps. */
export class Measuring {
  constructor(
    private readonly stepper: Stepper,
    private readonly config: TrainingConfig,
    private readonly pacer: Pacer,
  ) {}

  /** The mean attention of some samples. Throws not-finite. */
  async attention(batches: Batch[]): Promise<MeanAttention> {
    const { timeSteps, inputDim } = this.config;
    const sums = new Float64Array(timeSteps * inputDim);
    const view = attentionView(this.config);
    await this.forward(batches, view.tensor, (read, { count }) => {
      for (let b = 0; b < count; b++) {
        const sample = attentionOf(this.config, view, read, this.stepper.plan.batch, b);
        for (let i = 0; i < sums.length; i++) sums[i] += sample[i];
      }
    });
    const values = Array.from(sums, (sum) => sum / sampleCount(batches));
    if (!values.every(Number.isFinite)) throw notFinite('the attention', 'after the last update', this.config);
    return { timeSteps, inputDim, values };
  }

  /** What the model predicts of some samples: values (N, outputs), and the metrics by their labels. */
  async predict(batches: Batch[]): Promise<{ values: Float32Array; metrics: Metrics }> {
    const { stepper, config } = this;
    const outputs = outputCount(config);
    const samples = sampleCount(batches);
    const values = new Float32Array(samples * outputs);
    const { first: start } = batches[0];
    await this.forward(batches, predictionView(config).tensor, (read, { first, count }) => {
      values.set(read.subarray(0, count * outputs), (first - start) * outputs);
    });
    const measured = await stepper.readMetrics(0, batches.length);
    return { values: unscaleTargets(values, config.targetScale), metrics: meanMetrics(measured, samples, config) };
  }

  /** Runs the forward pass of every batch, and passes on the content of a tensor after each. */
  private async forward(
    batches: Batch[],
    tensor: string,
    take: (read: Float32Array, batch: Batch) => void,
  ): Promise<void> {
    const { stepper, pacer } = this;
    stepper.setSteps(batches.map((batch) => ({ ...batch, stepSize: 0 })));
    stepper.setOrder(everySample(stepper));
    for (let done = 0; done < batches.length; ) {
      const started = performance.now();
      const some = batches.slice(done, done + pacer.next(batches.length - done));
      // Waited for together: each reading alone takes longer than a small model's forward pass.
      const read = await Promise.all(
        some.map((_, i) => {
          stepper.submitForward(done + i, 1);
          return stepper.read(tensor);
        }),
      );
      for (const [i, batch] of some.entries()) take(read[i], batch);
      done += some.length;
      pacer.measured(some.length, performance.now() - started);
    }
  }
}

/** The data set in its own order. */
export function everySample({ plan }: Stepper): Uint32Array {
  return Uint32Array.from({ length: plan.tensors.get('order') ?? 0 }, (_, i) => i);
}
