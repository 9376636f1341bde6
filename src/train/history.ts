import type { BatchMetrics } from './trainer.ts';

/** One epoch, as `fit` records it. Without a validation part the last two are absent. */
export interface EpochRecord {
  /** From 1. */
  epoch: number;
  seconds: number;
  loss: number;
  accuracy: number;
  valLoss?: number;
  valAccuracy?: number;
}

/** Means over samples of what the batches summed. */
export function meanMetrics(batches: BatchMetrics[], samples: number): { loss: number; accuracy: number } {
  let loss = 0;
  let correct = 0;
  for (const batch of batches) {
    loss += batch.loss;
    correct += batch.correct;
  }
  return { loss: loss / samples, accuracy: correct / samples };
}

/** A number as Keras prints a metric: four decimals, or scientific below 1e-3. */
export function formatMetric(value: number): string {
  if (Math.abs(value) > 1e-3 || !Number.isFinite(value)) return value.toFixed(4);
  return value.toExponential(4).replace(/e([+-])(\d)$/, 'e$10$2');
}

/** The line that `verbose=2` prints under `Epoch 3/20`. */
export function formatEpoch(record: EpochRecord, steps: number): string {
  const { seconds, loss, accuracy, valLoss, valAccuracy } = record;
  const parts = [`${steps}/${steps}`, `${Math.round(seconds)}s`];
  const metrics: [string, number | undefined][] = [
    ['loss', loss],
    ['accuracy', accuracy],
    ['val_loss', valLoss],
    ['val_accuracy', valAccuracy],
  ];
  for (const [name, value] of metrics) {
    if (value !== undefined) parts.push(`${name}: ${formatMetric(value)}`);
  }
  return parts.join(' - ');
}
