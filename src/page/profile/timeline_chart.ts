import { Chart, type ChartDataset, type ChartOptions } from 'chart.js';
import zoomPlugin from 'chartjs-plugin-zoom';
import { digits } from '../../bench/figures.ts';
import type { Timeline, TimelineSpan } from '../../bench/profile_result.ts';
import { axisTitle, BASE_OPTIONS, setEmpty } from '../charts.ts';
import { byId } from '../dom.ts';
import { themed } from '../theme.ts';

Chart.register(zoomPlugin);

/** A dispatch: its begin and end in milliseconds, in the lane of its kernel. */
interface Bar {
  x: [number, number];
  y: string;
  name: string;
}

const LANE_PX = 22;
const AXES_PX = 90;
const ZOOM = 2;

/** A lane for every kernel in the order of the step, with its dispatches as bars. */
export class TimelineChart {
  private readonly canvas: HTMLCanvasElement;
  private readonly chart: Chart<'bar', Bar[], string>;

  constructor(id: string) {
    this.canvas = byId(id, HTMLCanvasElement);
    const data = { labels: [], datasets: [] };
    this.chart = new Chart(this.canvas, { type: 'bar', data, options: timelineOptions() });
  }

  draw({ spans }: Timeline): void {
    const lanes = [...new Set(spans.map(({ kernel }) => kernel))];
    const figure = this.canvas.closest('figure');
    if (figure) figure.style.height = `${LANE_PX * lanes.length + AXES_PX}px`;
    setEmpty(this.canvas, false);
    this.chart.data.labels = lanes;
    this.chart.data.datasets = [
      dataset('Forward', 'training', spans, 'forward'),
      dataset('Backward and update', 'validation', spans, 'backward'),
    ];
    this.chart.resetZoom('none'); // The chart would keep the range of the previous profile.
    const end = Math.max(...spans.map(({ startUs, durationUs }) => startUs + durationUs)) / 1e3;
    const { x } = this.chart.options.scales ?? {};
    if (x) x.max = end;
    const { zoom } = this.chart.options.plugins ?? {};
    if (zoom) zoom.limits = { x: { min: 0, max: end, minRange: end / 1e4 } };
    this.chart.update('none');
  }

  /** `in`, `out`, `left`, `right` or `reset`. */
  move(where: string): void {
    const half = this.chart.chartArea.width / 2;
    if (where === 'in') this.chart.zoom({ x: ZOOM }, 'none');
    if (where === 'out') this.chart.zoom({ x: 1 / ZOOM }, 'none');
    if (where === 'left') this.chart.pan({ x: half }, undefined, 'none');
    if (where === 'right') this.chart.pan({ x: -half }, undefined, 'none');
    if (where === 'reset') this.chart.resetZoom('none');
  }

  /** Draws the same content in the current colours. */
  redraw(): void {
    this.chart.update('none');
  }
}

function dataset(
  label: string,
  color: 'training' | 'validation',
  spans: TimelineSpan[],
  part: TimelineSpan['part'],
): ChartDataset<'bar', Bar[]> {
  const data = spans
    .filter((span) => span.part === part)
    .map(({ name, kernel, startUs, durationUs }): Bar => {
      return { name, y: kernel, x: [startUs / 1e3, (startUs + durationUs) / 1e3] };
    });
  // A bar that is too short to be seen is drawn two pixels wide.
  return { label, data, backgroundColor: themed(color), grouped: false, minBarLength: 2, categoryPercentage: 0.9 };
}

function timelineOptions(): ChartOptions<'bar'> {
  return {
    ...BASE_OPTIONS,
    indexAxis: 'y',
    scales: {
      x: { ...axisTitle('Milliseconds'), type: 'linear', min: 0, position: 'top' },
      y: { ticks: { autoSkip: false, font: { size: 11 } }, grid: { display: false }, border: { display: false } },
    },
    plugins: {
      legend: { align: 'end' },
      tooltip: {
        callbacks: {
          title: ([{ raw }]) => (raw as Bar).name,
          label: ({ raw }) => {
            const [begin, end] = (raw as Bar).x;
            return `${digits(end - begin)} ms, from ${digits(begin)} on`;
          },
        },
      },
      zoom: {
        zoom: { mode: 'x', wheel: { enabled: true, modifierKey: 'ctrl' }, drag: { enabled: true } },
        pan: { mode: 'x' },
      },
    },
  };
}
