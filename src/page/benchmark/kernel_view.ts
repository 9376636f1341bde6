import { percent } from '../../bench/figures.ts';
import type { BenchResult } from '../../bench/result.ts';
import { byId, tableBody, tableRow } from '../dom.ts';
import { formatFigure, formatInterval, gflops, gigabytesPerSecond } from './figures.ts';
import { IntervalChart } from './interval_chart.ts';

/** The rows of a result as a chart and a table, beside the limits. */
export class KernelView {
  private readonly chart = new IntervalChart('bench-kernels-chart', 'Milliseconds', 'logarithmic');
  private readonly body = tableBody('bench-kernels');
  private readonly note = byId('bench-kernels-note', HTMLElement);

  show({ rows, limits, environment: { timer, droppedTimes }, lstmShareOfPeak }: BenchResult): void {
    const bars = rows.map(({ medianMs, lowMs, highMs }) => ({ value: medianMs, low: lowMs, high: highMs }));
    this.chart.draw(
      rows.map(({ name }) => name),
      [{ name: 'Median', color: 'training', bars }],
    );
    this.body.replaceChildren(
      ...rows.map((row) =>
        tableRow([
          row.name,
          formatFigure(row.medianMs),
          formatInterval(row.lowMs, row.highMs),
          formatFigure(gflops(row)),
          formatFigure(gigabytesPerSecond(row)),
          percent(row.shareOfLimit),
          String(row.samples),
        ]),
      ),
    );
    const measured = `Limits measured in the same rounds: ${formatFigure(limits.multiplyAddGflops)} GFLOP/s of multiply-adds, ${formatFigure(limits.copyGBs)} GB/s copied.`;
    const lstm = `The LSTM’s kernels reach ${percent(lstmShareOfPeak.median)} of that peak (${percent(lstmShareOfPeak.low)} to ${percent(lstmShareOfPeak.high)}).`;
    const clock = timer === 'timestamp' ? 'Kernels by the GPU’s timestamps' : 'Kernels by the wall clock';
    const dropped = droppedTimes > 0 ? ` ${droppedTimes} impossible times were left out.` : '';
    this.note.textContent = `${measured} ${lstm} ${clock}, whole steps by the wall clock.${dropped}`;
  }

  redraw(): void {
    this.chart.redraw();
  }
}
