import './benchmark.css';
import { asFailure, Failure } from '../../errors.ts';
import type { AdapterReport } from '../../gpu/device.ts';
import type { JobEvent } from '../../jobs/protocol.ts';
import { byId } from '../dom.ts';
import type { PageContext, View } from '../page_context.ts';
import { asSentence } from '../text.ts';
import { BenchmarkForm } from './benchmark_form.ts';
import { BenchmarkPanel } from './benchmark_panel.ts';
import { type BenchmarkRequest, PEER_ROUNDS, phasesOf } from './benchmark_request.ts';
import { BenchmarkRun, type RunOutcome } from './benchmark_run.ts';
import { pageEnvironment } from './environment.ts';
import { formatFigure } from './figures.ts';
import { showMachine } from './machine_view.ts';
import { ResultsPanels } from './results_panels.ts';

const READY = 'Ready. On a GPU it takes half a minute; keep this page in front.';
const READY_SOFTWARE = 'Ready. On this software adapter it takes a minute or more; keep this page in front.';

export function open(context: PageContext): View {
  byId('bench', HTMLElement).hidden = false;
  return new BenchmarkView(context);
}

/** The Benchmark view: settings, buttons, progress and results. */
class BenchmarkView implements View {
  private readonly form: BenchmarkForm;
  private readonly panel = new BenchmarkPanel();
  private readonly results = new ResultsPanels();
  private run: BenchmarkRun | undefined;
  private adapter: AdapterReport | undefined;

  constructor(private readonly context: PageContext) {
    this.form = new BenchmarkForm(() => context.settings());
    this.form.onSubmit(() => this.start());
    this.panel.stop.addEventListener('click', () => this.run?.stop());
    byId('link-benchmark', HTMLElement).addEventListener('click', () => this.form.showTrainSizes());
    void this.openAdapter();
  }

  /** Starts a run with the settings, or points at the wrong one. */
  start(): void {
    if (this.panel.state !== 'idle' || !this.adapter) return;
    const request = this.form.check();
    if (!request) {
      this.form.focusMisfit();
      return;
    }
    const { use, benchmarkResult } = this.context;
    if (!use.claim('benchmark')) {
      this.panel.setState('idle', use.hindrance('benchmark') ?? '');
      return;
    }
    this.panel.begin(phasesOf(request, this.adapter.isSoftware));
    this.results.begin();
    this.form.setEnabled(false);
    benchmarkResult.begin();
    void this.measure(request);
  }

  private async openAdapter(): Promise<void> {
    const answer = await this.context.adapter;
    if ('failure' in answer) {
      const { code, message } = answer.failure;
      this.panel.setState('unavailable', 'A benchmark needs a WebGPU adapter; see above what to do.');
      this.context.benchmarkResult.reject(new Failure(code, message));
      return;
    }
    this.adapter = answer.adapter;
    this.panel.setState('idle', answer.adapter.isSoftware ? READY_SOFTWARE : READY);
    showMachine({ adapter: answer.adapter, ...(await pageEnvironment()) });
  }

  private async measure(request: BenchmarkRequest): Promise<void> {
    const { use, tiles, benchmarkResult } = this.context;
    this.run = new BenchmarkRun(request, tiles, {
      onEvent: (event) => this.handle(event),
      onHidden: (why) => this.results.warn(why),
    });
    try {
      const outcome = await this.run.run();
      await this.results.finish(outcome);
      this.panel.end(describeEnd(outcome));
      benchmarkResult.resolve(outcome.result);
    } catch (error) {
      const failure = asFailure(error);
      this.results.end();
      if (failure.code === 'stopped') this.panel.end('Stopped; there is no result.');
      else this.panel.fail(failure.message);
      benchmarkResult.reject(failure);
    } finally {
      use.release('benchmark');
      this.form.setEnabled(true);
    }
  }

  private handle(event: JobEvent): void {
    switch (event.type) {
      case 'progress':
        if (event.phase) this.panel.show(event.phase, asSentence(`${event.what}…`), event.done, event.of);
        break;
      case 'check':
        this.results.addCheck(event);
        break;
      case 'peer-baseline':
        this.panel.show('peers', 'Loading TensorFlow.js…', 0, PEER_ROUNDS);
        break;
      case 'peer-sample':
        this.panel.show('peers', `Taking turns, round ${event.round} of ${PEER_ROUNDS}…`, event.round - 1, PEER_ROUNDS);
        break;
    }
  }
}

function describeEnd({ result: { score, invalid } }: RunOutcome): string {
  if (invalid) return 'Measured, but the run is invalid.';
  return score ? `Measured: ${formatFigure(score.value)} samples/s.` : 'Measured.';
}
