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

/** Metrics under Keras' names, in the order of a row. */
export const METRICS = [
  ['loss', 'loss'],
  ['accuracy', 'accuracy'],
  ['val_loss', 'valLoss'],
  ['val_accuracy', 'valAccuracy'],
] as const satisfies [string, keyof EpochRecord][];

/** The epochs as comma-separated values; cells without a value are empty. */
export function historyCsv(history: EpochRecord[]): string {
  const header = ['epoch', 'seconds', ...METRICS.map(([name]) => name)];
  const rows = history.map((record) => [record.epoch, record.seconds, ...METRICS.map(([, key]) => record[key] ?? '')]);
  return [header, ...rows].map((cells) => `${cells.join(',')}\n`).join('');
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
  const parts = [`${steps}/${steps}`, `${Math.round(record.seconds)}s`];
  for (const [name, key] of METRICS) {
    const value = record[key];
    if (value !== undefined) parts.push(`${name}: ${formatMetric(value)}`);
  }
  return parts.join(' - ');
}
