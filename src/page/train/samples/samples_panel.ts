import { startJob } from '../../../hosts/worker_client.ts';
import type { InspectJob } from '../../../jobs/protocol.ts';
import type { Inspection } from '../../../model/inspection.ts';
import { shownUnits } from '../../../model/model_layers.ts';
import { byId, fillSelect } from '../../dom.ts';
import { asSentence } from '../../text.ts';
import { describeMoment, type ModelPanel, type ModelSnapshot } from '../model_snapshot.ts';
import type { TrainingPlan } from '../training_plan.ts';
import { CourseView, type Inspected } from './course_view.ts';
import { SampleList } from './sample_list.ts';
import { describeVerdict } from './verdict.ts';

export function open(): ModelPanel {
  return new SamplesPanel();
}

/** Series to choose from, and the inside of the model for the chosen one. */
class SamplesPanel implements ModelPanel {
  private readonly notice = byId('samples-notice', HTMLElement);
  private readonly content = byId('samples-content', HTMLElement);
  private readonly verdict = byId('sample-verdict', HTMLElement);
  private readonly channel = byId('sample-channel', HTMLSelectElement);
  private readonly unit = byId('sample-unit', HTMLSelectElement);
  private readonly list = new SampleList(() => this.inspect());
  private readonly view = new CourseView();
  private readonly inspector = new Inspector((message) => {
    this.verdict.textContent = asSentence(message);
  });
  private snapshot: ModelSnapshot | undefined;
  private inspected: Inspected | undefined;

  constructor() {
    for (const select of [this.channel, this.unit]) select.addEventListener('change', () => this.drawCourse());
  }

  draw(snapshot: ModelSnapshot): void {
    const { samples, now, plan } = snapshot;
    this.snapshot = snapshot;
    if (this.inspected && !samples.includes(this.inspected.sample)) this.forget();
    const isEmpty = samples.length === 0 || !now;
    this.content.hidden = isEmpty;
    this.notice.hidden = !isEmpty;
    if (isEmpty) return;
    this.list.show(samples, plan);
    fillSelect(this.channel, channelNamesOf(plan));
    fillSelect(this.unit, numbered('Unit', shownUnits(plan.config)), 'Mean of all units');
    this.drawCourse();
    this.inspect();
  }

  /** Drops the inspection of an earlier run. */
  private forget(): void {
    this.inspected = undefined;
    this.verdict.textContent = '';
  }

  /** Inspects the chosen series with the newest parameters, unless that is what is shown. */
  private inspect(): void {
    const { now, plan } = this.snapshot ?? {};
    if (!now || !plan) return;
    const sample = this.list.chosen;
    if (this.inspected?.sample === sample && this.inspected.parameters === now) return;
    const job = { type: 'inspect', config: plan.config, parameters: now.values, x: sample.x } as const;
    this.inspector.inspect(job, (inspection) => {
      if (sample !== this.list.chosen) return;
      const isStandardised = plan.series !== undefined && plan.settings.values.standardise;
      const planted = plan.experiment?.attentionColumn;
      const channelNames = channelNamesOf(plan);
      this.inspected = { inspection, sample, parameters: now, planted, isStandardised, channelNames };
      this.verdict.textContent = describeVerdict(inspection, sample.label, plan, describeMoment(now));
      this.drawCourse();
    });
  }

  private drawCourse(): void {
    if (!this.inspected) return;
    const unit = this.unit.value === '' ? undefined : Number(this.unit.value);
    this.view.show(this.inspected, Number(this.channel.value), unit);
  }
}

function channelNamesOf({ series, config }: TrainingPlan): string[] {
  return series?.channelNames ?? numbered('Channel', config.inputDim);
}

function numbered(what: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${what} ${i}`);
}

interface Request {
  job: InspectJob;
  onInspection: (inspection: Inspection) => void;
}

/** Inspects one series at a time. Of the requests that arrive meanwhile only the last is served. */
class Inspector {
  private isBusy = false;
  private next: Request | undefined;

  constructor(private readonly onFailure: (message: string) => void) {}

  inspect(job: InspectJob, onInspection: Request['onInspection']): void {
    this.next = { job, onInspection };
    this.startNext();
  }

  private startNext(): void {
    if (this.isBusy || !this.next) return;
    const { job, onInspection } = this.next;
    this.isBusy = true;
    this.next = undefined;
    startJob(job, (event) => {
      this.isBusy = false;
      if (event.type === 'done' && event.job === 'inspect') onInspection(event.result);
      if (event.type === 'failed') this.onFailure(event.message);
      this.startNext();
    });
  }
}
