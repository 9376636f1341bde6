import { startJob } from '../hosts/worker_client.ts';
import type { JobEvent } from '../jobs/protocol.ts';
import { nextStep } from './browser_help.ts';
import { byId } from './dom.ts';
import { asSentence } from './text.ts';

type AdapterEvent = Extract<JobEvent, { type: 'adapter' }>;
export type FailedEvent = Extract<JobEvent, { type: 'failed' }>;

const SOFTWARE_NOTE =
  'A software adapter: correct but slow. It computes on the CPU, so timings here say nothing about a GPU.';

/** Opens the adapter, shows what it is, and tells whether there is one. */
export function describeAdapter(onDone: (failure?: FailedEvent) => void): void {
  startJob({ type: 'describe' }, (event) => {
    if (event.type === 'adapter') showAdapter(event);
    if (event.type === 'failed') showFailure(event);
    if (event.type === 'done') onDone();
    if (event.type === 'failed') onDone(event);
  });
}

function showAdapter({ adapter }: AdapterEvent): void {
  show(
    adapter.isSoftware ? 'software' : 'gpu',
    adapter.description || 'unnamed adapter',
    adapter.isSoftware ? SOFTWARE_NOTE : '',
  );
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
