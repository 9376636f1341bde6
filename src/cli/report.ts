import type { TrainResult } from '../jobs/protocol.ts';
import { type ExperimentConfig, trainingSamples } from '../model/config.ts';
import { countParameters, type LayerSummary } from '../model/summary.ts';
import { type EpochRecord, formatMetric } from '../train/history.ts';
import { attentionOverSteps, type MeanAttention } from '../train/mean_attention.ts';
import { linearAxis, logAxis } from './report_axes.ts';
import { attentionBars, epochAxis, lineChart, type Series, thin } from './report_charts.ts';
import { modelDiagram } from './report_diagram.ts';
import { html, type Insert, Markup } from './report_html.ts';
import { REPORT_STYLE } from './report_style.ts';

/** Where and how the run was made. */
export interface ReportMeta {
  version: string;
  command: string;
  /** As people read it, or as `toISOString` writes it. */
  date: string;
  runtime: string;
}

const MOST_ROWS = 200;

/** A run as one HTML file that needs nothing else: no script, no request. */
export function renderReport(result: TrainResult, layers: LayerSummary[], meta: ReportMeta): string {
  const { config, history, attention } = result;
  const title = outcome(result);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Markup(REPORT_STYLE)}</style>
</head>
<body>
<header>
<p class="eyebrow">Training report, ${readableDate(meta.date)}</p>
<h1>${title}</h1>
${result.stopped ? html`<p class="lead">The run was stopped: ${history.length} of ${config.epochs} epochs were completed.</p>` : undefined}
<p class="lead">${attentionSentence(config, attention)}</p>
${keyFigures(result)}
</header>
<main>
${history.length > 0 ? html`<section class="columns" aria-label="Training curves">${curves(history)}</section>` : undefined}
<section aria-label="Attention">${attentionBars(attentionOverSteps(attention), config.attentionColumn)}</section>
${attention.inputDim > 1 ? channels(attention, config.attentionColumn) : undefined}
<section class="columns">
<div><h2>Model</h2>${modelDiagram(layers)}</div>
<div class="stack">${settings(config, layers)}${environment(result, meta)}</div>
</section>
${history.length > 0 ? epochs(history) : undefined}
</main>
</body>
</html>
`;
  return page.text;
}

/** 2026-01-31T12:34:56.789Z to the minute; anything else as it is. */
function readableDate(date: string): string {
  return date.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):[\d.]+Z$/, '$1 $2 UTC');
}

/** What came out, in a sentence. */
function outcome({ history }: TrainResult): string {
  if (history.length === 0) return 'Stopped before the first epoch was complete';
  const { accuracy = Number.NaN, valAccuracy } = history[history.length - 1];
  const part = valAccuracy === undefined ? 'training' : 'validation';
  const share = (100 * (valAccuracy ?? accuracy)).toFixed(2);
  const count = history.length === 1 ? '1 epoch' : `${history.length.toLocaleString('en-US')} epochs`;
  return `${share}% of the ${part} samples are classified correctly after ${count}`;
}

function attentionSentence({ attentionColumn, timeSteps }: ExperimentConfig, attention: MeanAttention): string {
  const steps = attentionOverSteps(attention);
  const largest = steps.indexOf(Math.max(...steps));
  const planted = `${steps[attentionColumn].toFixed(4)}, ${(steps[attentionColumn] * timeSteps).toFixed(1)} times a uniform share`;
  if (largest === attentionColumn) {
    return `The attention is largest at time step ${largest}, where the label was planted: ${planted}.`;
  }
  return `The attention is largest at time step ${largest} (${steps[largest].toFixed(4)}). At step ${attentionColumn}, where the label was planted, it is ${planted}.`;
}

function keyFigures({ history, attention, config, seconds }: TrainResult): Markup {
  const figures: [string, string][] = [];
  const last = history.at(-1);
  if (last) {
    const part = last.valLoss === undefined ? 'Training' : 'Validation';
    figures.push([`${part} accuracy`, formatMetric(last.valAccuracy ?? last.accuracy ?? Number.NaN)]);
    figures.push([`${part} loss`, formatMetric(last.valLoss ?? last.loss)]);
  }
  const planted = attentionOverSteps(attention)[config.attentionColumn];
  figures.push(
    [`Attention at step ${config.attentionColumn}`, planted.toFixed(4)],
    ['Training time', duration(seconds)],
  );
  return html`<dl class="figures">${figures.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function curves(history: EpochRecord[]): Markup[] {
  const loss = seriesOf(history, 'loss', 'valLoss');
  const accuracy = seriesOf(history, 'accuracy', 'valAccuracy');
  const values = (series: Series[]) => series.flatMap(({ points }) => points.map(([, y]) => y));
  const worst = values(accuracy).reduce((a, b) => Math.min(a, b));
  const x = epochAxis(history.length);
  const describe = (series: Series[]) =>
    series.map(
      ({ name, points }) => `${name}: ${formatMetric(points[0][1])} to ${formatMetric(points.at(-1)?.[1] ?? 0)}`,
    );
  const common = { x, xLabel: 'epoch', format: formatMetric };
  return [
    lineChart({
      ...common,
      id: 'loss',
      title: 'Loss',
      note: 'binary cross-entropy, logarithmic axis',
      description: `Loss by epoch. ${describe(loss).join('; ')}.`,
      y: logAxis(values(loss)),
      series: loss,
    }),
    lineChart({
      ...common,
      id: 'accuracy',
      title: 'Accuracy',
      note: 'share classified correctly',
      description: `Accuracy by epoch. ${describe(accuracy).join('; ')}.`,
      y: linearAxis(Math.max(0, worst - 0.05 * (1 - worst) - 1e-3), 1, 6),
      series: accuracy,
    }),
  ];
}

function seriesOf(
  history: EpochRecord[],
  training: 'loss' | 'accuracy',
  validation: 'valLoss' | 'valAccuracy',
): Series[] {
  const points = (property: typeof training | typeof validation) =>
    history.flatMap((record): [number, number][] => {
      const value = record[property];
      return value === undefined ? [] : [[record.epoch, value]];
    });
  return [
    { name: 'training', className: 'train', points: points(training) },
    { name: 'validation', className: 'validation', points: points(validation) },
  ].filter((series) => series.points.length > 0);
}

function channels({ timeSteps, inputDim, values }: MeanAttention, planted: number): Markup {
  const rows = Array.from({ length: inputDim }, (_, d) => {
    const steps = Array.from({ length: timeSteps }, (_, t) => values[t * inputDim + d]);
    const largest = steps.indexOf(Math.max(...steps));
    return [d, largest, steps[largest].toFixed(4), steps[planted].toFixed(4)];
  });
  return numbers(
    'Attention by channel',
    ['Channel', 'Largest at step', 'Attention there', `At planted step ${planted}`],
    rows,
    'The chart above is the mean over the channels; attention.csv has each of them.',
  );
}

function settings(config: ExperimentConfig, layers: LayerSummary[]): Markup {
  const training = trainingSamples(config.samples, config.validationSplit);
  const count = (value: number) => value.toLocaleString('en-US');
  return properties('Settings', [
    ['Training samples', count(training)],
    ['Validation samples', count(config.samples - training)],
    ['Time steps (T)', count(config.timeSteps)],
    ['Channels (D)', count(config.inputDim)],
    ['LSTM units (U)', count(config.units)],
    ['Planted time step', String(config.attentionColumn)],
    ['Attention', config.singleAttentionVector ? 'one vector for all channels' : 'one vector a channel'],
    ['Batch size (B)', count(config.batchSize)],
    ['Epochs', count(config.epochs)],
    ['Learning rate (Adam)', String(config.learningRate)],
    ['Seed', String(config.seed)],
    ['Parameters', count(countParameters(layers))],
  ]);
}

function environment({ adapter, parametersSha256 }: TrainResult, meta: ReportMeta): Markup {
  return properties('Adapter and run', [
    ['Adapter', adapter.description],
    ['Vendor, architecture', [adapter.vendor, adapter.architecture].filter(Boolean).join(', ') || 'not told'],
    ['Computes on', adapter.isSoftware ? 'the CPU (software adapter)' : 'the GPU'],
    ['Runtime', meta.runtime],
    ['Version', meta.version],
    ['Command', commandLine(meta.command)],
    ['SHA-256 of the parameters', html`<code>${parametersSha256}</code>`],
  ]);
}

/** Each word a unit, so that a line breaks between options and not after the dashes of one. */
function commandLine(command: string): Markup {
  return html`<code>${command.split(' ').map((word) => html`<span>${word}</span> `)}</code>`;
}

function properties(title: string, rows: [string, Insert][]): Markup {
  const cells = rows.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`);
  return html`<div><h2>${title}</h2><table class="settings">${cells}</table></div>`;
}

function epochs(history: EpochRecord[]): Markup {
  const validated = history.some(({ valLoss }) => valLoss !== undefined);
  const metric = (value: number | undefined) => (value === undefined ? '' : formatMetric(value));
  const rows = thin(history, MOST_ROWS).map((record) => [
    record.epoch,
    record.seconds.toFixed(2),
    metric(record.loss),
    metric(record.accuracy),
    ...(validated ? [metric(record.valLoss), metric(record.valAccuracy)] : []),
  ]);
  const head = ['Epoch', 'Seconds', 'Loss', 'Accuracy', ...(validated ? ['Val. loss', 'Val. accuracy'] : [])];
  const thinned = rows.length < history.length;
  return numbers('Epochs', head, rows, thinned ? 'Some of them, evenly spread; history.csv has every one.' : undefined);
}

function numbers(title: string, head: string[], rows: (string | number)[][], note?: string): Markup {
  return html`<section><h2>${title}</h2>${note && html`<p>${note}</p>`}
<div class="scroll" tabindex="0" role="region" aria-label="${title}"><table class="numbers"><thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody></table></div></section>`;
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  const [h, min, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h} h ${min} min` : `${min} min ${s} s`;
}
