import type { TrainingConfig } from '../model/config.ts';
import { METRICS, metricOf, type OutputMetric } from '../model/outputs/index.ts';
import { csvLine } from '../text/csv.ts';
import type { BatchMetrics } from './stepper.ts';

/** The loss, and the metric of the kind of output: `accuracy` of classes, `meanAbsoluteError` of numbers. */
export type Metrics = {
  /** Mean loss of the series. */
  loss: number;
} & Partial<Record<OutputMetric['key'], number>>;

/** One epoch, as `fit` records it. Without a validation part its metrics are absent. */
export type EpochRecord = Metrics & {
  /** From 1. */
  epoch: number;
  /** Seconds that the epoch took, validation included. */
  seconds: number;
  /** Mean loss of the validation part. */
  valLoss?: number;
} & Partial<Record<OutputMetric['validationKey'], number>>;

export type MetricKey = Exclude<keyof EpochRecord, 'epoch' | 'seconds'>;

type Metric = [name: string, key: MetricKey];

/** The metric beside the loss in a record; if it has none, that of a model without a named output. */
export function recordedMetric(record: Partial<Metrics> | undefined): OutputMetric {
  return METRICS.find(({ key }) => record?.[key] !== undefined) ?? metricOf();
}

/** The metrics that a history has, under Keras' names: loss and the other of training, then of validation. */
export function metricsOf(history: Partial<EpochRecord>[]): [Metric, Metric, Metric, Metric] {
  const { name, key, validationKey } = recordedMetric(history[0]);
  return [
    ['loss', 'loss'],
    [name, key],
    ['val_loss', 'valLoss'],
    [`val_${name}`, validationKey],
  ];
}

/** The metrics of a validation part under the keys of a record. */
export function validationMetrics(validation: Metrics): Partial<EpochRecord> {
  const { key, validationKey } = recordedMetric(validation);
  return { valLoss: validation.loss, [validationKey]: validation[key] };
}

/** The epochs as comma-separated values, under the names of `EpochRecord`; cells without a value are empty. */
export function historyCsv(history: readonly EpochRecord[]): string {
  return csvLine(['epoch', 'seconds', ...columnsOf(history)]) + historyRows(history);
}

/** The lines of `historyCsv` after this many epochs. */
export function historyRows(history: readonly EpochRecord[], from = 0): string {
  const columns = columnsOf(history);
  const line = (record: EpochRecord) => csvLine([record.epoch, record.seconds, ...columns.map((key) => record[key])]);
  return history.slice(from).map(line).join('');
}

function columnsOf([first]: readonly EpochRecord[]): MetricKey[] {
  return metricsOf(first ? [first] : []).map(([, key]) => key);
}

/** The lists of Keras' `History.history`. Without a validation part there are no `val_` lists. */
export function kerasHistory(history: EpochRecord[]): Record<string, number[]> {
  const lists: Record<string, number[]> = {};
  for (const [name, property] of metricsOf(history)) {
    const values = history.map((record) => record[property]).filter((value) => value !== undefined);
    if (values.length > 0 || !name.startsWith('val_')) lists[name] = values;
  }
  return lists;
}

/**
 * Means over samples from the sums over batches, for a model with this output. Of numbers that are standardised for
 * training, the mean absolute error is in the unit of the labels, and the loss is of the standardised ones.
 */
export function meanMetrics(
  batches: BatchMetrics[],
  samples: number,
  { output, targetScale }: Partial<Pick<TrainingConfig, 'output' | 'targetScale'>> = {},
): Metrics {
  let loss = 0;
  let second = 0;
  for (const batch of batches) {
    loss += batch.loss;
    second += batch.second;
  }
  return { loss: loss / samples, [metricOf(output).key]: (second * (targetScale?.deviation ?? 1)) / samples };
}

/** A number as Keras prints a metric: four decimals, or scientific below 1e-3. */
export function formatMetric(value: number): string {
  if (Math.abs(value) > 1e-3 || !Number.isFinite(value)) return value.toFixed(4);
  return value.toExponential(4).replace(/e([+-])(\d)$/, 'e$10$2');
}

/** The line that `verbose=2` prints under `Epoch 3/20`. */
export function formatEpoch(record: EpochRecord, steps: number): string {
  const parts = [`${steps}/${steps}`, `${Math.round(record.seconds)}s`];
  return [...parts, ...formatMetrics(record)].join(' - ');
}

/** Each metric that there is, under Keras' name: `loss: 0.6425`. */
export function formatMetrics(record: Partial<EpochRecord>): string[] {
  return metricsOf([record]).flatMap(([name, key]) => {
    const value = record[key];
    return value === undefined ? [] : `${name}: ${formatMetric(value)}`;
  });
}
