import { Chart, type ChartDataset, type ChartOptions, type LegendItem, type Point } from 'chart.js';
import type { Output } from '../../model/config.ts';
import { metricOf } from '../../model/outputs/index.ts';
import { formatMetric } from '../../train/history.ts';
import { axisTitle, BASE_OPTIONS } from '../charts.ts';

/** What a chart shows by epoch. */
export interface CurveMetric {
  title: string;
  /** Whether its greatest value is 1. */
  isShare: boolean;
}

export const LOSS: CurveMetric = { title: 'Loss', isShare: false };

/** The metric beside the loss of a kind of output. */
export function secondMetric(output?: Output): CurveMetric {
  const { words, isShare } = metricOf(output);
  return { title: words.replace(/^./, (letter) => letter.toUpperCase()), isShare };
}

export type CurveDataset = ChartDataset<'line', Point[]>;

/** Ends the name of a curve that is drawn behind its own average; the legend leaves it out. */
const UNSMOOTHED = ', unsmoothed';

/** A curve without colours, which change with the scheme. */
export function curveDataset(label: string, data: Point[], style: Partial<CurveDataset>): CurveDataset {
  return { label, data, borderWidth: 2, pointRadius: 0, clip: 6, ...style };
}

/** The values behind their average. */
export function unsmoothedDataset(label: string, data: Point[], style: Partial<CurveDataset>): CurveDataset {
  return curveDataset(label + UNSMOOTHED, data, { ...style, borderWidth: 1 });
}

/** The y axis of the loss. */
export function lossAxis(isLogarithmic: boolean) {
  if (!isLogarithmic) return { ...axisTitle('Loss'), type: 'linear', suggestedMax: 0.7, beginAtZero: true } as const;
  const ticks = { callback: logTick };
  return { ...axisTitle('Loss'), type: 'logarithmic', suggestedMin: 0.1, suggestedMax: 1, ticks } as const;
}

/** The y axis of a metric. */
export function metricAxis(metric: CurveMetric) {
  if (metric === LOSS) return lossAxis(true);
  const { title, isShare } = metric;
  if (isShare) return { ...axisTitle(title), type: 'linear', suggestedMin: 0.5, max: 1 } as const;
  return { ...axisTitle(title), type: 'linear', beginAtZero: true } as const;
}

/** `onZoom` gets the x axis' range after a zoom by wheel, fingers or pointer. */
export function curveOptions(
  metric: CurveMetric,
  onZoom: (range: { min: number; max: number }) => void,
): ChartOptions<'line'> {
  return {
    ...BASE_OPTIONS,
    parsing: false,
    interaction: { mode: 'nearest', axis: 'x', intersect: false },
    scales: {
      x: {
        ...axisTitle('Epoch'),
        type: 'linear',
        min: 0,
        ticks: { maxRotation: 0, precision: 0, includeBounds: false },
      },
      y: metricAxis(metric),
    },
    plugins: {
      decimation: { enabled: true, algorithm: 'min-max' },
      legend: { align: 'end', labels: { usePointStyle: true, pointStyleWidth: 28, generateLabels: legendLines } },
      tooltip: {
        callbacks: {
          title: ([{ parsed }]) => `Epoch ${Number(Number(parsed.x).toFixed(2))}`,
          label: ({ dataset, parsed }) => `${dataset.label}: ${formatMetric(Number(parsed.y))}`,
        },
      },
      zoom: {
        zoom: {
          mode: 'x',
          // With Ctrl, which a pinch on a touch pad also sends: the wheel alone scrolls the page.
          wheel: { enabled: true, modifierKey: 'ctrl' },
          pinch: { enabled: true },
          drag: { enabled: true, threshold: 8 },
          onZoom: ({ chart }) => onZoom({ min: chart.scales.x.min, max: chart.scales.x.max }),
        },
      },
    },
  };
}

/** The legend shows each curve's line with its dashes; by default it would show the curve's points. */
function legendLines(chart: Chart): LegendItem[] {
  const items = Chart.defaults.plugins.legend.labels.generateLabels(chart);
  return items
    .filter(({ text }) => !text.endsWith(UNSMOOTHED))
    .map((item, i) => {
      const { borderColor, borderDash, borderWidth } = chart.getDatasetMeta(i).dataset?.options ?? {};
      return { ...item, pointStyle: 'line', strokeStyle: borderColor, lineDash: borderDash, lineWidth: borderWidth };
    });
}

/** Only 1, 2 and 5 times a power of ten; null leaves a tick out. */
function logTick(tick: string | number): string | null {
  const value = Number(tick);
  if (!/^[125]e/.test(value.toExponential())) return null;
  return value < 1e-3 ? value.toExponential() : String(value);
}
