import type { AdapterReport } from '../gpu/device.ts';
import { startJob } from '../hosts/worker_client.ts';
import type { JobEvent } from '../jobs/protocol.ts';
import { nextStep } from './browser_help.ts';
import { byId } from './dom.ts';
import { asSentence } from './text.ts';

export type FailedEvent = Extract<JobEvent, { type: 'failed' }>;

const SOFTWARE_NOTE =
  'A software adapter: correct but slow. It computes on the CPU, so timings here say nothing about a GPU.';

/** Opens the adapter, shows its name, and returns the adapter or the failure. */
export function describeAdapter(): Promise<{ adapter: AdapterReport } | { failure: FailedEvent }> {
  return new Promise((resolve) => {
    startJob({ type: 'describe' }, (event) => {
      if (event.type === 'adapter') {
        showAdapter(event.adapter);
        resolve({ adapter: event.adapter });
      }
      if (event.type === 'failed') {
        showFailure(event);
        resolve({ failure: event });
      }
    });
  });
}

function showAdapter({ isSoftware, description }: AdapterReport): void {
  show(isSoftware ? 'software' : 'gpu', description || 'unnamed adapter', isSoftware ? SOFTWARE_NOTE : '');
}

function showFailure({ code, message }: FailedEvent): void {
  show('none', 'No adapter', `${asSentence(message)} ${nextStep(code)}`.trim());
}

function show(kind: 'gpu' | 'software' | 'none', name: string, note: string): void {
  byId('adapter', HTMLElement).dataset.kind = kind;
  byId('adapter-name', HTMLElement).textContent = name;
  const noteElement = byId('adapter-note', HTMLElement);
  noteElement.textContent = note;
  noteElement.hidden = note === '';
}
