import { type ProfileResult, profileCsv } from '../../bench/profile_result.ts';
import { traceOf } from '../../formats/trace.ts';
import { byId } from '../dom.ts';
import { saveJson, savePng, saveText } from '../downloads.ts';
import { followColorScheme } from '../theme.ts';
import { ComparisonView } from './comparison_view.ts';
import { describeRoofline, describeTimer, summarizeProfile } from './describe_profile.ts';
import { ProfileTable } from './profile_table.ts';
import { RooflineChart } from './roofline_chart.ts';
import { TimelineView } from './timeline_view.ts';

/** The results of a profile: summary, table, timeline, roofline, downloads, and another profile beside it. */
export class ProfileResults {
  private readonly table = new ProfileTable();
  private readonly timeline = new TimelineView();
  private readonly roofline = new RooflineChart('profile-roofline');
  private readonly comparison = new ComparisonView();
  private readonly downloads: HTMLButtonElement[];
  private result: ProfileResult | undefined;

  constructor() {
    this.downloads = [
      this.download('profile-json', (result) => saveJson(result, `profile-${result.length}.json`)),
      this.download('profile-csv', ({ rows, length }) => {
        saveText(profileCsv(rows), 'text/csv', `profile-${length}.csv`);
      }),
      this.download('profile-trace', (result) => saveJson(traceOf(result), 'profile-trace.json')),
      this.download('profile-timeline-png', () => this.picture('profile-timeline')),
      this.download('profile-roofline-png', () => this.picture('profile-roofline')),
    ];
    followColorScheme(() => {
      this.timeline.redraw();
      this.roofline.redraw();
    });
  }

  show(result: ProfileResult): void {
    this.result = result;
    byId('profile-summary', HTMLElement).textContent = summarizeProfile(result);
    const timer = byId('profile-timer', HTMLElement);
    timer.textContent = describeTimer(result);
    timer.className = result.environment.timer === 'wall-clock' ? 'notice' : 'caption';
    timer.hidden = false;
    byId('profile-roof', HTMLElement).textContent = describeRoofline(result);
    this.table.show(result.rows);
    this.timeline.show(result.timeline);
    this.roofline.draw(result.rows, result.limits);
    void this.comparison.add(result);
    for (const button of this.downloads) button.disabled = false;
  }

  private download(id: string, save: (result: ProfileResult) => void): HTMLButtonElement {
    const button = byId(id, HTMLButtonElement);
    button.addEventListener('click', () => {
      if (this.result) save(this.result);
    });
    return button;
  }

  private picture(id: string): void {
    savePng(byId(id, HTMLCanvasElement), `${id}.png`);
  }
}
