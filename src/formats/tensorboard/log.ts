import { joinBytes } from '../../data/bytes.ts';
import { crc32c } from '../../data/crc32.ts';
import type { TrainingConfig } from '../../model/config.ts';
import { createArena, type ParameterSpec } from '../../model/parameters.ts';
import { summarize } from '../../model/summary.ts';
import type { FitEvent } from '../../train/fit_event.ts';
import { type EpochRecord, metricsOf } from '../../train/history.ts';
import { LearningRate } from '../../train/learning_rate.ts';
import { attentionOverSteps, type MeanAttention } from '../../train/mean_attention.ts';
import { encodeGraph } from './graph.ts';
import { graphEvent, type LoggedValue, summaryEvent, versionEvent } from './messages.ts';
import { bars, histogram, image, scalar } from './values.ts';

/** The two runs of a log. Each is a folder with its own file, as in Keras. */
export const LOG_RUNS = ['train', 'validation'] as const;
export type LogRun = (typeof LOG_RUNS)[number];

/** Events of `fit` that a log shows. */
export type LoggedEvent = ({ type: 'epoch' } & EpochRecord) | Extract<FitEvent, { type: 'attention' | 'parameters' }>;

/** A file's path in a log's folder, under TensorFlow's name. */
export function logPath(run: LogRun, started: Date, host: string): string {
  return `${run}/events.out.tfevents.${Math.floor(started.getTime() / 1000)}.${host}`;
}

/**
 * TensorBoard's log of a run, with the tags and steps of Keras' callback: epochs count from 0. Its clock is the start
 * time plus the seconds of training.
 */
export class TensorBoardLog {
  private readonly specs: ParameterSpec[];
  private readonly learningRate: LearningRate;
  /** Seconds since 1970. */
  private time: number;

  constructor(
    private readonly config: TrainingConfig,
    private readonly started: Date,
  ) {
    this.specs = createArena(config).specs;
    this.learningRate = new LearningRate(config);
    this.time = secondsOf(started);
  }

  /** The first events of a run's file. The file of `train` also holds the model's graph. */
  header(run: LogRun): Uint8Array {
    const started = secondsOf(this.started);
    const version = writeRecord(versionEvent(started));
    if (run === 'validation') return version;
    return joinBytes([version, writeRecord(graphEvent(started, encodeGraph(summarize(this.config))))]);
  }

  /**
   * The records that an event adds to the runs' files. Epochs come in order, each before its attention and parameters.
   */
  add(event: LoggedEvent): [LogRun, Uint8Array][] {
    const { train, validation } = this.valuesOf(event);
    const record = (values: LoggedValue[]) => writeRecord(summaryEvent(this.time, event.epoch - 1, values));
    const added: [LogRun, Uint8Array][] = [];
    if (train.length > 0) added.push(['train', record(train)]);
    if (validation.length > 0) added.push(['validation', record(validation)]);
    return added;
  }

  private valuesOf(event: LoggedEvent): Record<LogRun, LoggedValue[]> {
    switch (event.type) {
      case 'epoch':
        return this.metrics(event);
      case 'attention':
        return { train: [attention(event.attention)], validation: [] };
      case 'parameters': {
        // Keras writes nothing before training or within an epoch.
        const isShown = event.epoch > 0 && event.step === undefined;
        const train = isShown ? this.specs.flatMap((spec) => parameter(spec, event.parameters)) : [];
        return { train, validation: [] };
      }
    }
  }

  private metrics(record: EpochRecord): Record<LogRun, LoggedValue[]> {
    this.time += record.seconds;
    const values: Record<LogRun, LoggedValue[]> = { train: [], validation: [] };
    for (const [name, key] of metricsOf([record])) {
      const value = record[key];
      if (value === undefined) continue;
      values[name.startsWith('val_') ? 'validation' : 'train'].push(scalar(`epoch_${name.replace('val_', '')}`, value));
    }
    values.train.push(scalar('epoch_learning_rate', this.learningRate.next));
    this.learningRate.saw(record);
    return values;
  }
}

function secondsOf(date: Date): number {
  return date.getTime() / 1000;
}

/** A parameter of the arena. TensorBoard groups tags by the name before the first slash. */
function parameter({ name, shape, offset, length }: ParameterSpec, arena: Float32Array): LoggedValue[] {
  const values = arena.subarray(offset, offset + length);
  const tag = name.replace('_', '/');
  return [histogram(`${tag}/histogram`, values), image(`${tag}/image`, shape, values)];
}

/** The mean attention as bars over the time steps. TensorBoard has no better chart for it. */
function attention(mean: MeanAttention): LoggedValue {
  const steps = attentionOverSteps(mean);
  return bars(
    'attention/mean_by_step/histogram',
    steps.map((value, t) => [t, t + 1, value]),
  );
}

// TFRecord, the framing of TensorFlow's event files: the data's length as a little-endian uint64, the length's
// checksum, the data, the data's checksum.

/** Frames a message as a record of a file. */
function writeRecord(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(message.length), true);
  return joinBytes([length, checksum(length), message, checksum(message)]);
}

/** CRC-32C, rotated and offset by a constant, so that data which contain checksums themselves are protected too. */
function checksum(data: Uint8Array): Uint8Array {
  const crc = crc32c(data);
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, ((crc >>> 15) | (crc << 17)) + 0xa282ead8, true);
  return bytes;
}
