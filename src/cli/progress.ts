import pc from 'picocolors';
import { lstmBackward, lstmForward, lstmSequenceBackward } from '../../shaders/lstm.ts';
import type { EventOf, JobEvent } from '../jobs/protocol.ts';
import { summaryTable } from '../model/summary_table.ts';
import { formatClock } from '../text/duration.ts';
import { formatEpoch, formatMetrics } from '../train/history.ts';
import { plainText, type Terminal } from './terminal.ts';

export interface ProgressOptions {
  /**
   * Epochs of the run. If absent, they are known after the first epoch; until then `left` is the time left in the
   * epoch.
   */
  epochs?: number;
  /** Milliseconds, for tests. */
  now?: () => number;
}

const REDRAW_MS = 100;
const BAR_WIDTH = { least: 10, most: 30 };
const ERASE = '\r\x1b[K';
/** Cost of a validation step relative to a training step: the forward pass of forward, backward and update. */
const VALIDATION_COST = 1 / 3;

/** Prints a training run as Keras does: a live bar if a line can be drawn again, else one block an epoch. */
export class TrainProgress {
  private readonly terminal: Terminal;
  private readonly now: () => number;
  private epochs: number | undefined;
  private validationShare = 0;
  private headed = 0;
  private drawnAt = Number.NEGATIVE_INFINITY;
  private drawn = false;

  constructor(terminal: Terminal, { epochs, now = () => performance.now() }: ProgressOptions = {}) {
    this.terminal = terminal;
    this.epochs = epochs;
    this.now = now;
  }

  handle(event: JobEvent): void {
    if (event.type === 'adapter') this.line(this.adapterLine(event.adapter));
    else if (event.type === 'model') this.line(summaryTable(event.layers, this.terminal.columns));
    else if (event.type === 'tiles') this.tiles(event);
    else if (event.type === 'untuned') this.untuned(event);
    else if (event.type === 'data') this.data(event);
    else if (event.type === 'step') this.step(event);
    else if (event.type === 'epoch') this.epoch(event);
    else if (event.type === 'done' || event.type === 'failed') this.finish();
  }

  /** Erases the bar, so that the next output starts on a clean line. */
  finish(): void {
    if (this.drawn) this.terminal.write(ERASE);
    this.drawn = false;
  }

  private line(text: string): void {
    this.finish();
    this.terminal.write(`${text}\n`);
  }

  private adapterLine({ description, isSoftware }: EventOf<'adapter'>['adapter']): string {
    const note = isSoftware ? ` ${pc.createColors(this.terminal.color).yellow('(software adapter)')}` : '';
    return `Adapter: ${plainText(description) || 'unnamed'}${note}`;
  }

  private tiles({ tiles, seconds }: EventOf<'tiles'>): void {
    const choice = `forward ${tiles[lstmForward.name]}, backward ${tiles[lstmBackward.name] ?? tiles[lstmSequenceBackward.name]}`;
    this.line(`LSTM tuned in ${seconds.toFixed(1)} s: ${choice}`);
  }

  private untuned({ worth }: EventOf<'untuned'>): void {
    const [tuning, saved] = [worth?.tuningSeconds, worth?.savedSeconds].map((seconds) => seconds?.toFixed(1));
    const why = worth ? `about ${tuning} s to save ${saved} s of this run` : 'this run is too short to gain from it';
    this.line(`LSTM not tuned: ${why}; --tune does it anyway`);
  }

  private data({ trainingSamples, validationSamples }: EventOf<'data'>): void {
    this.validationShare = validationSamples / trainingSamples;
    const validate = validationSamples > 0 ? `, validate on ${validationSamples} samples` : '';
    this.line(`Train on ${trainingSamples} samples${validate}`);
  }

  private epoch(event: EventOf<'epoch'>): void {
    this.epochs = event.epochs;
    this.heading(event.epoch, event.epochs);
    this.line(formatEpoch(event, event.steps));
    this.drawnAt = Number.NEGATIVE_INFINITY;
  }

  private heading(epoch: number, epochs: number): void {
    if (this.headed === epoch) return;
    this.headed = epoch;
    this.line(`Epoch ${epoch}/${epochs}`);
  }

  private step(event: EventOf<'step'>): void {
    if (!this.terminal.isTTY) return;
    if (this.epochs !== undefined) this.heading(event.epoch, this.epochs);
    const now = this.now();
    if (now - this.drawnAt < REDRAW_MS) return;
    this.drawnAt = now;
    this.drawn = true;
    const left = secondsLeft(event, this.epochs, this.validationShare);
    this.terminal.write(`${ERASE}${progressLine(event, left, this.terminal.columns)}`);
  }
}

/** Seconds to the run's end at the average rate of the work done so far; a validation step counts for a third. */
export function secondsLeft(event: EventOf<'step'>, epochs: number | undefined, validationShare: number): number {
  const { epoch, step, steps, seconds } = event;
  const epochWork = steps * (1 + validationShare * VALIDATION_COST);
  const done = (epoch - 1) * epochWork + step;
  const all = (epochs ?? epoch) * epochWork;
  return ((all - done) * seconds) / done;
}

/** The bar and its fields, narrower than `columns`: first the bar shrinks, then fields are dropped from the right. */
export function progressLine(event: EventOf<'step'>, left: number, columns: number): string {
  const { step, steps, seconds, samplesPerSecond } = event;
  const count = `${String(step).padStart(String(steps).length)}/${steps}`;
  const fields = [`${Math.round(samplesPerSecond).toLocaleString('en-US')} samples/s`];
  fields.push(`elapsed ${formatClock(seconds)}`, `left ${formatClock(left)}`);
  fields.push(...formatMetrics(event));
  // One column stays free: some terminals break a line that fills the last one.
  const available = columns - 1 - `${count} [] `.length;
  while (fields.length > 0 && available - fields.join(' - ').length < BAR_WIDTH.least) fields.pop();
  const text = fields.join(' - ');
  const width = Math.min(BAR_WIDTH.most, available - text.length);
  const line = `${count} [${bar(step / steps, Math.max(1, width))}] ${text}`;
  return line.slice(0, Math.max(0, columns - 1)).trimEnd();
}

function bar(fraction: number, width: number): string {
  const filled = Math.floor(fraction * width);
  return filled >= width ? '='.repeat(width) : `${'='.repeat(filled)}>`.padEnd(width, '.');
}
