import type { BenchResult } from '../../bench/result.ts';
import { byId, create, tableBody, tableRow } from '../dom.ts';
import { asSentence } from '../text.ts';
import { formatFigure, formatInterval, formatSizes, samplesPerSecond } from './figures.ts';

/** The score of a result, or the reason why it has no score. */
export class ScoreView {
  private readonly score = byId('bench-score', HTMLElement);
  private readonly note = byId('bench-score-note', HTMLElement);
  private readonly invalid = byId('bench-invalid', HTMLElement);
  private readonly region = byId('bench-workloads-region', HTMLElement);
  private readonly body = tableBody('bench-workloads');

  clear(note: string): void {
    this.score.textContent = '–';
    this.note.textContent = note;
    this.setInvalid([]);
    this.region.hidden = true;
  }

  show(result: BenchResult): void {
    const { score, invalid = [] } = result;
    this.clear(describeWithoutScore(result));
    this.setInvalid(invalid);
    if (!score) return;
    const { version, value, low, high, rounds, starts, workloads } = score;
    this.score.replaceChildren(formatFigure(value), ' ', create('span', 'samples/s', 'unit'));
    this.note.textContent = `95 % interval ${formatInterval(low, high)}, ${rounds} rounds in ${starts?.length ?? 1} starts, score version ${version}. Higher is better.`;
    this.region.hidden = false;
    this.body.replaceChildren(
      ...workloads.map(({ name, batchSize, samplesPerSecond, low, high }) =>
        tableRow([name, formatFigure(batchSize), formatFigure(samplesPerSecond), formatInterval(low, high)]),
      ),
    );
  }

  /** Shows why the figures do not count. */
  setInvalid(reasons: string[]): void {
    this.invalid.replaceChildren(...reasons.map((reason) => create('p', `Invalid: ${asSentence(reason)}`)));
    this.invalid.hidden = reasons.length === 0;
  }
}

function describeWithoutScore(result: BenchResult): string {
  const rate = samplesPerSecond(result);
  const training = rate
    ? ` Training took ${formatFigure(rate)} samples/s at ${formatSizes(result.environment.config)}.`
    : '';
  return `${result.invalid ? 'No score: this run is invalid.' : 'No score was asked for.'}${training}`;
}
