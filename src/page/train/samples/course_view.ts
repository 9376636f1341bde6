import type { Inspection } from '../../../model/inspection.ts';
import { LINE_COLORS } from '../../../model/line_colors.ts';
import type { Sample } from '../../../train/fit_event.ts';
import { formatMetric } from '../../../train/history.ts';
import { DIVERGING, largestOf } from '../../color_scale.ts';
import { byId, tableBody, tableRow } from '../../dom.ts';
import { HeatMap } from '../../heat_map.ts';
import { Refresher } from '../../refresher.ts';
import { shorten } from '../../text.ts';
import type { ParametersAt } from '../model_snapshot.ts';
import { type Course, courseOf, unitsByStep } from './course.ts';
import { StepChart, type StepSeries, styleOf } from './step_chart.ts';

/** An inspection with its inputs. */
export interface Inspected {
  inspection: Inspection;
  sample: Sample;
  parameters: ParametersAt;
  planted: number | undefined;
  isStandardised: boolean;
  channelNames: string[];
}

/** Longer names would fill a chart with its legend. */
const LEGEND_LETTERS = 24;
const UNITS_AXES = { xTitle: 'Time step', yTitle: 'Unit', ramp: DIVERGING };

/** One series' way through the model, as charts and as a table. */
export class CourseView {
  private readonly charts = {
    series: new StepChart('sample-series-chart', 'Series', 'Attention'),
    product: new StepChart('sample-product-chart', 'Series × attention'),
    gates: new StepChart('sample-gates-chart', 'Activation'),
    states: new StepChart('sample-states-chart', 'State'),
  };
  private readonly maps = {
    hidden: new HeatMap('sample-hidden-map', UNITS_AXES),
    cell: new HeatMap('sample-cell-map', UNITS_AXES),
  };
  private readonly rows = tableBody('sample-table');
  private readonly details = byId('sample-details', HTMLDetailsElement);
  /** One for each drawing, because a frame draws one thing. */
  private readonly refreshers = [
    ...(['series', 'product', 'gates', 'states'] as const).map((name) => new Refresher(() => this.drawChart(name))),
    ...(['hidden', 'cell'] as const).map((name) => new Refresher(() => this.drawMap(name))),
    new Refresher(() => this.drawTable()),
  ];
  private inspected: Inspected | undefined;
  private course: Course | undefined;
  private channel = 0;

  constructor() {
    this.details.addEventListener('toggle', () => this.drawTable());
  }

  /** Shows one channel, and one unit or the mean of all if `unit` is undefined. */
  show(inspected: Inspected, channel: number, unit: number | undefined): void {
    this.inspected = inspected;
    this.channel = channel;
    this.course = courseOf(inspected.sample, inspected.inspection, channel, unit);
    for (const refresher of this.refreshers) refresher.request();
  }

  private drawChart(name: keyof CourseView['charts']): void {
    if (!this.course || !this.inspected) return;
    const lines = name === 'gates' || name === 'states' ? STATES[name](this.course) : this.channelLines(name);
    this.charts[name].draw(lines, this.inspected.planted);
  }

  /** The lines of all channels, or of the chosen one if there are more channels than colours. */
  private channelLines(name: 'series' | 'product'): StepSeries[] {
    const { inspected, course, channel } = this;
    if (!inspected || !course) return [];
    const { sample, inspection, isStandardised, channelNames } = inspected;
    const D = inspection.inputDim;
    const drawn = D <= LINE_COLORS.length ? channelNames.map((_, d) => d) : [channel];
    const values = name === 'series' ? sample.x : inspection.product;
    const whole = name === 'product' ? 'Series × attention' : isStandardised ? 'Series, standardised' : 'Series';
    const lines = drawn.map((d): StepSeries => {
      const steps = Array.from({ length: inspection.timeSteps }, (_, t) => values[t * D + d]);
      return { name: D === 1 ? whole : shorten(channelNames[d], LEGEND_LETTERS), values: steps, ...styleOf(d) };
    });
    if (name === 'product') return lines;
    const of = D === 1 ? '' : ` of ${shorten(channelNames[channel], LEGEND_LETTERS)}`;
    return [...lines, { name: `Attention${of}`, color: 'bar', values: course.attention, isBars: true }];
  }

  private drawMap(name: 'hidden' | 'cell'): void {
    if (!this.inspected) return;
    const { inspection, planted } = this.inspected;
    const { timeSteps, units } = inspection;
    const values = unitsByStep(inspection[name], timeSteps, units);
    const high = largestOf(values);
    this.maps[name].draw({ matrix: { rows: units, columns: timeSteps, values }, low: -high, high, marked: planted });
    byId(`sample-${name}-scale`, HTMLElement).textContent = `−${formatMetric(high)} to ${formatMetric(high)}`;
  }

  /** A hidden table is not drawn. */
  private drawTable(): void {
    if (!this.details.open || !this.course) return;
    const columns = Object.values(this.course);
    this.rows.replaceChildren(
      ...this.course.series.map((_, t) => tableRow([String(t), ...columns.map((values) => values[t].toFixed(4))])),
    );
  }
}

/** The lines of the LSTM's charts. */
const STATES: Record<'gates' | 'states', (course: Course) => StepSeries[]> = {
  gates: ({ input, forget, candidate, output }) => [
    { name: 'Input i', color: 'training', values: input },
    { name: 'Forget f', color: 'validation', values: forget, dash: [6, 3] },
    { name: 'Candidate c̃', color: 'good', values: candidate, dash: [2, 2] },
    { name: 'Output o', color: 'text', values: output, dash: [8, 3, 2, 3] },
  ],
  states: ({ hidden, cell }) => [
    { name: 'Hidden h', color: 'training', values: hidden },
    { name: 'Cell c', color: 'validation', values: cell, dash: [6, 3] },
  ],
};
