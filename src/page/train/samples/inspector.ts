import { startJob } from '../../../hosts/worker_client.ts';
import type { InspectJob } from '../../../jobs/protocol.ts';
import type { Inspection } from '../../../model/inspection.ts';

interface Request {
  job: InspectJob;
  onInspection: (inspection: Inspection) => void;
}

/** Inspects one series at a time. Of the requests that arrive meanwhile only the last is served. */
export class Inspector {
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
