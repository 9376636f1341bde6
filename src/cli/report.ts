import type { SeriesShape } from '../data/series_set.ts';
import { metricOf, type OutputMetric, outputKind } from '../model/outputs/index.ts';
import { countParameters, type LayerSummary } from '../model/summary.ts';
import { formatSetting } from '../settings/kinds.ts';
import { SETTING_NAMES, type SettingName, type Settings, settingOf } from '../settings/table.ts';
import { formatDuration } from '../text/duration.ts';
import { ATTENTION_ITEMS } from '../train/experiment.ts';
import { type EpochRecord, formatMetric, type MetricKey, metricsOf } from '../train/history.ts';
import { describeUntrained } from '../train/learned.ts';
import { attentionOfChannel, attentionOverSteps, type MeanAttention } from '../train/mean_attention.ts';
import type { TrainResult } from '../train/train_result.ts';
import { type Axis, linearAxis, logAxis } from './report_axes.ts';
import {
  attentionFigure,
  channelFigure,
  epochAxis,
  lineChart,
  modelDiagram,
  type Series,
  thin,
} from './report_charts.ts';
import { evaluationSection } from './report_evaluation.ts';
import { html, Markup, numbers, properties } from './report_html.ts';
import { REPORT_STYLE } from './report_style.ts';
import { optionName } from './settings.ts';

/** Where and how the run was made. */
export interface ReportMeta {
  version: string;
  command: string;
  /** As people read it, or as `toISOString` writes it. */
  date: string;
  runtime: string;
}

const MOST_ROWS = 200;
const count = (value: number) => value.toLocaleString('en-US');
/** The report says how many samples train and validate instead. */
const PART_SIZES: SettingName[] = ['samples', 'validationSplit'];

/** A run as one HTML file that needs nothing else: no script, no request. */
export function renderReport(
  result: TrainResult,
  layers: LayerSummary[],
  meta: ReportMeta,
  { target, channelNames }: Pick<SeriesShape, 'target' | 'channelNames'>,
): string {
  const { history, attention, config, evaluation } = result;
  const title = outcome(result);
  const parts = [
    ['Validation', evaluation.validation],
    ['Test', evaluation.test],
  ] as const;
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
${courseSentences(result).map((sentence) => html`<p class="lead">${sentence}</p>`)}
<p class="lead">${attentionSentence(result)}</p>
${keyFigures(result)}
</header>
<main>
${history.length > 0 ? html`<section class="columns" aria-label="Training curves">${curves(result)}</section>` : undefined}
<section aria-label="Attention">${attentionFigure(attentionOverSteps(attention), attentionNote(result), config.attentionColumn)}</section>
${attention.inputDim > 1 && result.verdict.learned ? channels(attention, channelNames, config.attentionColumn) : undefined}
${parts.map(([name, part]) => part && evaluationSection(name, part, target))}
<section class="columns">
<div><h2>Model</h2>${modelDiagram(layers)}</div>
<div class="stack">${settings(result, layers)}${environment(result, meta)}</div>
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

/** The axis of the metric: of a share near its greatest value, else from zero. */
function metricAxis({ isShare }: OutputMetric, values: number[]): Axis {
  if (!isShare) return linearAxis(0, 1.05 * (values.reduce((a, b) => Math.max(a, b), 0) || 1), 6);
  const worst = values.reduce((a, b) => Math.min(a, b));
  return linearAxis(Math.max(0, worst - 0.05 * (1 - worst) - 1e-3), 1, 6);
}

/**
 * The epoch whose parameters the model has: loss and metric, of validation if there is one; undefined before the first.
 */
function finalFigures({ history, bestEpoch = history.length }: TrainResult) {
  const record = history[bestEpoch - 1];
  if (!record) return undefined;
  const [[, loss], [, metric], [, valLoss], [, valMetric]] = metricsOf([record]);
  const isValidated = record[valLoss] !== undefined;
  return {
    part: isValidated ? 'validation' : 'training',
    loss: record[isValidated ? valLoss : loss] ?? Number.NaN,
    metric: record[isValidated ? valMetric : metric] ?? Number.NaN,
  };
}

/** What came out, in a sentence. */
function outcome(result: TrainResult): string {
  const figures = finalFigures(result);
  if (!figures) return 'Stopped before the first epoch was complete';
  const trained = result.history.length === 1 ? '1 epoch' : `${count(result.history.length)} epochs`;
  if (!result.verdict.learned) return `Not trained yet after ${trained}`;
  const metric = metricOf(result.config.output);
  const value = metric.isShare ? `${(100 * figures.metric).toFixed(2)}%` : formatMetric(figures.metric);
  return `${metric.sentence(value, figures.part)} after ${trained}`;
}

/** Sentences about a run that did not train all its epochs, or whose model does not have the last parameters. */
function courseSentences({ stopped, history, config, bestEpoch }: TrainResult): string[] {
  const trained = `${history.length} of ${config.epochs} epochs`;
  const sentences: string[] = [];
  if (stopped) sentences.push(`The run was stopped: ${trained} were completed.`);
  else if (history.length < config.epochs) sentences.push(`The loss went down no more: ${trained} were trained.`);
  if (bestEpoch !== undefined) sentences.push(`The parameters are those of epoch ${bestEpoch}, the best.`);
  return sentences;
}

function attentionNote({ config, evaluation }: TrainResult): string {
  if (config.attentionColumn !== undefined) return `mean over ${count(ATTENTION_ITEMS)} fresh samples`;
  return `mean over the ${evaluation.validation ? 'validation' : 'training'} series`;
}

/** Names the step with the largest attention, of a model that has learned something. */
function attentionSentence({ config: { attentionColumn, timeSteps }, attention, verdict }: TrainResult): string {
  const untrained = describeUntrained(verdict, optionName);
  if (untrained) return untrained;
  const steps = attentionOverSteps(attention);
  const largest = steps.indexOf(Math.max(...steps));
  const shareOf = (step: number) => {
    return `${steps[step].toFixed(4)}, ${(steps[step] * timeSteps).toFixed(1)} times a uniform share`;
  };
  const found = `The attention is largest at time step ${largest}`;
  if (attentionColumn === undefined) return `${found}: ${shareOf(largest)}.`;
  const planted = shareOf(attentionColumn);
  if (largest === attentionColumn) return `${found}, where the label was planted: ${planted}.`;
  return `${found} (${steps[largest].toFixed(4)}). At step ${attentionColumn}, where the label was planted, it is ${planted}.`;
}

function keyFigures(result: TrainResult): Markup {
  const { attention, config, seconds, verdict } = result;
  const shown: [string, string][] = [];
  const last = finalFigures(result);
  if (last) {
    const part = last.part === 'training' ? 'Training' : 'Validation';
    const metric = metricOf(config.output).words;
    shown.push([`${part} ${metric}`, formatMetric(last.metric)], [`${part} loss`, formatMetric(last.loss)]);
  }
  if (config.attentionColumn !== undefined && verdict.learned) {
    const planted = attentionOverSteps(attention)[config.attentionColumn];
    shown.push([`Attention at step ${config.attentionColumn}`, planted.toFixed(4)]);
  }
  shown.push(['Training time', formatDuration(seconds)]);
  return html`<dl class="figures">${shown.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function curves({ history, config }: TrainResult): Markup[] {
  const [[, lossKey], [, metricKey], [, valLossKey], [, valMetricKey]] = metricsOf(history);
  const loss = seriesOf(history, lossKey, valLossKey);
  const metric = seriesOf(history, metricKey, valMetricKey);
  const { metric: measured, words } = outputKind(config.output);
  const title = capitalised(measured.words);
  const values = (series: Series[]) => series.flatMap(({ points }) => points.map(([, y]) => y));
  const x = epochAxis(history.length);
  const describe = (series: Series[]) =>
    series
      .map(({ name, points }) => `${name}: ${formatMetric(points[0][1])} to ${formatMetric(points.at(-1)?.[1] ?? 0)}`)
      .join('; ');
  const common = { x, xLabel: 'epoch', format: formatMetric };
  return [
    lineChart({
      ...common,
      id: 'loss',
      title: 'Loss',
      note: `${words.loss}, logarithmic axis`,
      description: `Loss by epoch. ${describe(loss)}.`,
      y: logAxis(values(loss)),
      series: loss,
    }),
    lineChart({
      ...common,
      id: 'metric',
      title,
      note: measured.definition,
      description: `${title} by epoch. ${describe(metric)}.`,
      y: metricAxis(measured, values(metric)),
      series: metric,
    }),
  ];
}

function seriesOf(history: EpochRecord[], training: MetricKey, validation: MetricKey): Series[] {
  const points = (key: MetricKey) =>
    history.flatMap((record): [number, number][] => {
      const value = record[key];
      return value === undefined ? [] : [[record.epoch, value]];
    });
  return [
    { name: 'training', className: 'train', points: points(training) },
    { name: 'validation', className: 'validation', points: points(validation) },
  ].filter((series) => series.points.length > 0);
}

function channels(attention: MeanAttention, names: string[], planted: number | undefined): Markup {
  const rows = names.map((name, d) => {
    const steps = attentionOfChannel(attention, d);
    const largest = steps.indexOf(Math.max(...steps));
    const atPlanted = planted === undefined ? [] : [steps[planted].toFixed(4)];
    return [name, largest, steps[largest].toFixed(4), ...atPlanted];
  });
  const head = ['Channel', 'Largest at step', 'Attention there'];
  if (planted !== undefined) head.push(`At planted step ${planted}`);
  const note = 'The bars are the mean over the channels; attention.csv has each of them.';
  return html`<section>${channelFigure(attention, names)}</section>${numbers('Attention by channel', head, rows, note)}`;
}

function settings({ config, series }: TrainResult, layers: LayerSummary[]): Markup {
  return properties('Settings', [
    ['Training samples', count(series.training)],
    ['Validation samples', count(series.validation)],
    ...(series.test > 0 ? [['Test samples', count(series.test)] as [string, string]] : []),
    ...settingRows(config),
    ['Parameters', count(countParameters(layers))],
  ]);
}

/** Each setting that the training had, beside the sizes of its parts. */
function settingRows(config: Partial<Settings>): [string, string][] {
  const names = SETTING_NAMES.filter((name) => config[name] !== undefined && !PART_SIZES.includes(name));
  return names.map((name) => {
    const value = config[name];
    const text = typeof value === 'boolean' ? (value ? 'yes' : 'no') : formatSetting(name, value);
    return [settingOf(name).label, text];
  });
}

function environment({ adapter, parametersSha256 }: TrainResult, meta: ReportMeta): Markup {
  return properties('Adapter and run', [
    ['Adapter', adapter.description],
    ['Vendor, architecture', [adapter.vendor, adapter.architecture].filter(Boolean).join(', ') || 'unknown'],
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

function epochs(history: EpochRecord[]): Markup {
  const metrics = metricsOf(history).filter(([, key]) => history.some((record) => record[key] !== undefined));
  const rows = thin(history, MOST_ROWS).map((record) => [
    record.epoch,
    record.seconds.toFixed(2),
    ...metrics.map(([, key]) => formatMetric(record[key] ?? Number.NaN)),
  ]);
  const head = ['Epoch', 'Seconds', ...metrics.map(([name]) => headOf(name))];
  const thinned = rows.length < history.length;
  return numbers('Epochs', head, rows, thinned ? 'Some of them, evenly spread; history.csv has every one.' : undefined);
}

/** `val_loss` as the head of a column: Val. loss. */
function headOf(name: string): string {
  const words = name.replace(/^val_/, 'val. ').replaceAll('_', ' ');
  return capitalised(words);
}

function capitalised(words: string): string {
  return words[0].toUpperCase() + words.slice(1);
}
