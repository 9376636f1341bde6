import { digits, percent } from '../../bench/figures.ts';
import { gapShare, type Timeline } from '../../bench/profile_result.ts';
import { byId, tableBody, tableRow } from '../dom.ts';
import { TimelineChart } from './timeline_chart.ts';

/** The dispatches of one step over time: as a chart, in a sentence and as a table. */
export class TimelineView {
  private readonly chart = new TimelineChart('profile-timeline');
  private readonly caption = byId('profile-gaps', HTMLElement);
  private readonly rows = tableBody('profile-timeline-table');
  private readonly buttons = [...byId('profile-zoom', HTMLElement).querySelectorAll('button')];

  constructor() {
    for (const button of this.buttons) {
      button.addEventListener('click', () => this.chart.move(button.dataset.zoom ?? ''));
    }
  }

  show(timeline: Timeline): void {
    this.chart.draw(timeline);
    for (const button of this.buttons) button.disabled = false;
    this.caption.textContent = describeGaps(timeline);
    this.rows.replaceChildren(...timelineRows(timeline));
  }

  redraw(): void {
    this.chart.redraw();
  }
}

function describeGaps(timeline: Timeline): string {
  const gaps = gapShare(timeline);
  if (gaps === undefined) {
    return 'Mean times laid end to end: the timer is too coarse to tell when a dispatch begins, so gaps cannot be seen.';
  }
  const passes = 'Here every dispatch is a pass of its own; training runs all of them in one.';
  return `Gaps ${percent(gaps)} of the time between first begin and last end. ${passes}`;
}

function timelineRows({ spans, isMeasured }: Timeline): HTMLTableRowElement[] {
  let end = 0;
  return spans.map(({ name, startUs, durationUs }) => {
    const gap = Math.max(0, startUs - end);
    end = Math.max(end, startUs + durationUs);
    const times = [digits(startUs / 1e3), digits(durationUs / 1e3), isMeasured ? digits(gap) : 'unknown'];
    return tableRow([name, ...times]);
  });
}
