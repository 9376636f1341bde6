import './profile.css';
import type { ProfileLength, ProfileResult } from '../../bench/profile_result.ts';
import { startMeasuring } from '../../hosts/measuring_worker.ts';
import type { RunningJob } from '../../hosts/worker_client.ts';
import type { JobEvent } from '../../jobs/protocol.ts';
import { byId } from '../dom.ts';
import type { PageContext, View } from '../page_context.ts';
import { describeSizes } from './describe_profile.ts';
import { ProfilePanel } from './profile_panel.ts';
import { ProfileResults } from './profile_results.ts';
import { WorkbenchView } from './workbench/workbench_view.ts';

export function open(context: PageContext): View {
  byId('profile-content', HTMLElement).hidden = false;
  return new ProfileView(context);
}

/** The Profile view: buttons, the progress of the job, and its results. */
class ProfileView implements View {
  private readonly section = byId('profile', HTMLElement);
  private readonly panel = new ProfilePanel();
  private readonly results = new ProfileResults();
  private readonly workbench: WorkbenchView;
  private job: Pick<RunningJob, 'stop'> | undefined;
  private hasAdapter = false;

  constructor(private readonly context: PageContext) {
    this.workbench = new WorkbenchView(context);
    this.panel.step.addEventListener('click', () => this.profile('step'));
    this.panel.epoch.addEventListener('click', () => this.profile('epoch'));
    this.panel.stop.addEventListener('click', () => this.stop());
    byId('profile-change', HTMLButtonElement).addEventListener('click', () => byId('link-train', HTMLElement).click());
    context.use.onChange(() => this.refresh());
    // The settings can change while another view is shown.
    new MutationObserver(() => this.shown()).observe(this.section, { attributeFilter: ['hidden'] });
    void context.adapter.then((answer) => {
      this.hasAdapter = 'adapter' in answer;
      this.refresh();
    });
    this.refresh();
  }

  /** Profiles a step. */
  start(): void {
    this.profile('step');
  }

  private profile(length: ProfileLength): void {
    const config = this.context.settings();
    if (!config || !this.hasAdapter || !this.context.use.claim('profile')) return;
    this.panel.begin(length);
    const { tuning } = this.context.tiles;
    const { fused } = this.panel;
    this.job = startMeasuring(
      { type: 'profile', config, length, fused, tuning },
      {
        event: (event) => this.handle(event),
        done: (result) => this.finish(result),
        failed: ({ message }) => {
          this.end();
          this.panel.status.fail(message);
        },
      },
    );
    this.refresh();
  }

  private stop(): void {
    this.job?.stop();
    this.panel.status.announce('Stopping after this step…');
  }

  private handle(event: JobEvent): void {
    void this.context.tiles.keep(event);
    if (event.type === 'progress') this.panel.showProgress(event);
  }

  private finish(result: ProfileResult): void {
    this.end();
    this.panel.end(result);
    this.results.show(result);
  }

  private end(): void {
    this.job = undefined;
    this.context.use.release('profile');
  }

  private shown(): void {
    this.refresh();
    this.workbench.refresh();
  }

  /** Says what would be profiled, and enables the buttons that can start. */
  private refresh(): void {
    if (this.section.hidden) return;
    const settings = this.context.settings();
    byId('profile-settings', HTMLElement).textContent = settings ? describeSizes(settings) : '';
    this.panel.enable(this.job !== undefined, this.hindrance(settings !== undefined));
  }

  private hindrance(hasSettings: boolean): string | undefined {
    if (!this.hasAdapter) return 'Profiling needs a WebGPU adapter; see above what to do.';
    if (!hasSettings) return 'A setting in Train does not fit: change it there first.';
    return this.context.use.hindrance('profile');
  }
}
