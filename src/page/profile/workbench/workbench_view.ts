import type { AdapterReport } from '../../../gpu/device.ts';
import type { AnyKernel } from '../../../gpu/kernel.ts';
import { startMeasuring } from '../../../hosts/measuring_worker.ts';
import type { RunningJob } from '../../../hosts/worker_client.ts';
import type { JobEvent } from '../../../jobs/protocol.ts';
import type { WorkbenchResult } from '../../../jobs/starts.ts';
import type { CaseOutcome } from '../../../verify/edited_kernel.ts';
import type { Trial } from '../../../verify/kernel_cases.ts';
import { byId } from '../../dom.ts';
import type { PageContext } from '../../page_context.ts';
import { EditStore } from './edit_store.ts';
import { type Chosen, KernelChoice } from './kernel_choice.ts';
import { WgslEditor } from './wgsl_editor.ts';
import { WorkbenchPanel } from './workbench_panel.ts';
import { WorkbenchResults } from './workbench_results.ts';
import { trainingShapes } from './workbench_shapes.ts';

/** After this much silence the job must have met a kernel that does not end. */
const SILENCE_MS = 30_000;
const SILENT = `Nothing came from the adapter for ${SILENCE_MS / 1000} s, so the run was given up: does a loop never end?`;

/** The kernel workbench: choose a kernel and a shape, edit its WGSL, run it. */
export class WorkbenchView {
  private readonly panel = new WorkbenchPanel();
  private readonly editor = new WgslEditor(byId('workbench-editor', HTMLElement));
  private readonly results = new WorkbenchResults(({ line, column }) => this.editor.goTo(line, column));
  private readonly edits = new EditStore();
  private readonly choice: KernelChoice;
  private shown: Chosen | undefined;
  private adapter: AdapterReport | undefined;
  private job: Pick<RunningJob, 'terminate'> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly context: PageContext) {
    this.choice = new KernelChoice(
      (kernel) => this.trainingShapes(kernel),
      () => this.show(),
    );
    this.panel.run.addEventListener('click', () => this.run());
    this.panel.stop.addEventListener('click', () => this.giveUp('Stopped.'));
    this.panel.reset.addEventListener('click', () => this.editor.replace(this.shown?.generated ?? ''));
    this.panel.copy.addEventListener('click', () => void this.copy());
    addEventListener('pagehide', () => this.keep());
    void context.adapter.then((answer) => {
      // What training runs depends on the adapter, so there is nothing to choose before it is known.
      if ('adapter' in answer) this.adapter = answer.adapter;
      this.choice.choose(this.edits.shown.kernel, this.edits.shown.shape);
      this.show();
      this.enable();
      context.use.onChange(() => this.enable());
    });
  }

  /** The settings may have changed, and with them the shapes that training runs. */
  refresh(): void {
    if (!this.shown || this.job) return;
    this.choice.refresh();
    this.show();
  }

  private trainingShapes(kernel: AnyKernel): Trial[] {
    const settings = this.context.settings();
    return settings && this.adapter ? trainingShapes(kernel, settings, this.adapter, this.context.tiles.tuning) : [];
  }

  /** Shows the chosen kernel with its last edit. */
  private show(): void {
    const { chosen } = this.choice;
    if (chosen.kernel === this.shown?.kernel && chosen.at.name === this.shown.at.name) return;
    this.keep();
    this.shown = chosen;
    this.editor.open(this.edits.edit(chosen.kernel.name, chosen.at.name) ?? chosen.generated);
    this.results.clear();
    this.panel.status.say('');
  }

  private keep(): void {
    if (!this.shown) return;
    const { kernel, at, generated } = this.shown;
    const { text } = this.editor;
    this.edits.keep(kernel.name, at.name, text === generated ? undefined : text);
  }

  private enable(): void {
    const hindrance = this.adapter ? this.context.use.hindrance('workbench') : 'Running needs a WebGPU adapter.';
    this.panel.enable(this.job !== undefined, hindrance);
    this.choice.setEnabled(this.job === undefined);
  }

  private run(): void {
    if (!this.shown || !this.context.use.claim('workbench')) return;
    const { kernel, at } = this.shown;
    const code = this.editor.text;
    this.results.clear();
    this.editor.mark([]);
    this.panel.status.begin('Opening the adapter…');
    this.job = startMeasuring(
      { type: 'workbench', kernel: kernel.name, at: plainTrial(at), code },
      {
        event: (event) => this.handle(event, code),
        done: (result) => this.finish(result),
        failed: ({ message }) => {
          this.panel.status.fail(message);
          this.end();
        },
      },
    );
    this.expectSigns();
    this.enable();
  }

  private handle(event: JobEvent, code: string): void {
    this.expectSigns();
    if (event.type === 'progress') this.panel.showProgress(event);
    if (event.type === 'case') this.results.addCase(event.outcome);
    if (event.type === 'compiled') {
      this.results.showMessages(event.messages, code);
      this.editor.mark(event.messages);
    }
  }

  private finish(result: WorkbenchResult): void {
    if (result.timing) this.results.showTiming(result.timing);
    this.panel.status.announce(describeOutcome(result));
    this.end();
  }

  /** Waits for the next sign of the job, but not for ever. */
  private expectSigns(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      this.panel.status.fail(SILENT);
      this.giveUp('Ended by an error.');
    }, SILENCE_MS);
  }

  private giveUp(status: string): void {
    this.job?.terminate();
    this.panel.status.announce(status);
    this.end();
  }

  private end(): void {
    clearTimeout(this.silence);
    this.job = undefined;
    this.context.use.release('workbench');
    this.enable();
  }

  private async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.editor.text);
      this.panel.status.announce('Copied.');
    } catch {
      this.panel.status.announce('The browser does not let this page copy: select the code and copy it by hand.');
    }
  }
}

/** A trial without functions, which a message cannot carry; the job finds the kernel's own trials by name. */
function plainTrial({ name, shape, tile }: Trial): Trial {
  return { name, shape, tile };
}

function describeOutcome({ messages, cases, timing }: WorkbenchResult): string {
  const errors = messages.filter(({ severity }) => severity === 'error').length;
  if (errors > 0) return `It does not compile: ${errors === 1 ? 'one error' : `${errors} errors`}.`;
  const count = (wanted: (outcome: CaseOutcome) => boolean) => cases.filter(wanted).length;
  const failed = count((outcome) => outcome.type === 'checked' && !outcome.passed);
  const unchecked = count(({ type }) => type === 'unchecked');
  const checked = cases.length - unchecked;
  const rest = unchecked > 0 ? `, ${unchecked} not checked` : '';
  if (timing) return `${checked} of ${cases.length} cases passed${rest}.`;
  return `${failed} of ${checked} checked cases failed${rest}: a wrong kernel gets no time.`;
}
