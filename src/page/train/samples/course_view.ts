import type { Inspection } from '../../../model/inspection.ts';
import type { Sample } from '../../../train/fit_event.ts';
import { formatMetric } from '../../../train/history.ts';
import { DIVERGING, largestOf } from '../../color_scale.ts';
import { byId, tableBody, tableRow } from '../../dom.ts';
import { HeatMap } from '../../heat_map.ts';
import { Refresher } from '../../refresher.ts';
import type { ParametersAt } from '../model_snapshot.ts';
import { type Course, courseOf, unitsByStep } from './course.ts';
import { StepChart, type StepSeries } from './step_chart.ts';

/** An inspection with its inputs. */
export interface Inspected {
  inspection: Inspection;
  sample: Sample;
  parameters: ParametersAt;
  planted: number | undefined;
  isStandardised: boolean;
}

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

  constructor() {
    this.details.addEventListener('toggle', () => this.drawTable());
  }

  /** Shows one channel, and one unit or the mean of all if `unit` is undefined. */
  show(inspected: Inspected, channel: number, unit: number | undefined): void {
    this.inspected = inspected;
    this.course = courseOf(inspected.sample, inspected.inspection, channel, unit);
    for (const refresher of this.refreshers) refresher.request();
  }

  private drawChart(name: keyof CourseView['charts']): void {
    if (!this.course || !this.inspected) return;
    const { planted, isStandardised } = this.inspected;
    this.charts[name].draw(SERIES[name](this.course, isStandardised), planted);
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

/** The content of each chart. */
const SERIES: Record<keyof CourseView['charts'], (course: Course, isStandardised: boolean) => StepSeries[]> = {
  series: ({ series, attention }, isStandardised) => [
    { name: isStandardised ? 'Series, standardised' : 'Series', color: 'training', values: series },
    { name: 'Attention', color: 'bar', values: attention, isBars: true },
  ],
  product: ({ product }) => [{ name: 'Series × attention', color: 'training', values: product }],
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
