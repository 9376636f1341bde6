import type { BenchConfig } from '../../bench/bench_config.ts';
import { TFJS_PEERS } from '../../bench/peers/tfjs_peers.ts';
import { SWEPT_SIZES } from '../../bench/swept_sizes.ts';
import { EXPERIMENT, type ExperimentConfig, modelOf } from '../../model/config.ts';
import { describeText, numberOf, real } from '../../settings/bounds.ts';
import { byId } from '../dom.ts';
import { makeNumberInput, readNumber } from '../number_input.ts';
import { asSentence, formatNumber } from '../text.ts';
import type { BenchmarkRequest } from './benchmark_request.ts';
import { formatSizes } from './figures.ts';

const SECONDS = real(0.1, 600, 'each part is measured at least this long, on a slow adapter up to four times as long');

/** The settings of a benchmark. */
export class BenchmarkForm {
  private readonly form = byId('bench-settings', HTMLFormElement);
  private readonly ofTrainView = byId('bench-sizes-train', HTMLInputElement);
  private readonly trainHint = byId('bench-sizes-train-hint', HTMLElement);
  private readonly seconds = byId('bench-seconds', HTMLInputElement);
  private readonly secondsError = byId('bench-seconds-error', HTMLElement);

  /** `trainSettings` returns the present settings of the Train view; undefined while one of them is wrong. */
  constructor(private readonly trainSettings: () => ExperimentConfig | undefined) {
    const { min, max, reason } = SECONDS;
    makeNumberInput(this.seconds, SECONDS);
    byId('bench-seconds-hint', HTMLElement).textContent = `${formatNumber(min)} to ${formatNumber(max)} · ${reason}`;
    byId('bench-sizes-experiment-hint', HTMLElement).textContent = formatSizes(EXPERIMENT);
    this.showTrainSizes();
    this.form.addEventListener('input', () => this.check());
  }

  onSubmit(listener: () => void): void {
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      listener();
    });
  }

  /** Says again which sizes the Train view has: they are changed elsewhere. */
  showTrainSizes(): void {
    const settings = this.trainSettings();
    this.ofTrainView.disabled = settings === undefined;
    this.trainHint.textContent = settings ? formatSizes(settings) : 'a setting there does not fit';
  }

  /** The request that the settings make; undefined if one is wrong. The mistake is shown beside its field. */
  check(): BenchmarkRequest | undefined {
    const seconds = readNumber(this.seconds);
    const misfit = describeText('Seconds', seconds, SECONDS);
    this.secondsError.textContent = misfit ? asSentence(misfit) : '';
    this.seconds.setAttribute('aria-invalid', String(misfit !== undefined));
    this.showTrainSizes();
    const score = !this.ofTrainView.checked;
    const settings = score ? EXPERIMENT : this.trainSettings();
    if (misfit || !settings) return undefined;
    return {
      config: sizesOf(settings),
      score,
      seconds: numberOf(seconds),
      sweeps: SWEPT_SIZES.filter((size) => isChecked(`bench-sweep-${size}`)),
      peers: TFJS_PEERS.filter((peer) => isChecked(`bench-peer-${peer}`)),
    };
  }

  /** Where something does not fit. */
  focusMisfit(): void {
    if (this.seconds.getAttribute('aria-invalid') === 'true') this.seconds.focus();
    else this.ofTrainView.focus();
  }

  setEnabled(enabled: boolean): void {
    for (const fieldset of this.form.querySelectorAll('fieldset')) fieldset.disabled = !enabled;
  }
}

function isChecked(id: string): boolean {
  return byId(id, HTMLInputElement).checked;
}

function sizesOf(config: ExperimentConfig): BenchConfig {
  return { ...modelOf(config), batchSize: config.batchSize, seed: config.seed };
}
