import { type Comparison, describeVerdict, type RowComparison } from '../../bench/compare.ts';
import { digits } from '../../bench/figures.ts';
import { compareProfiles, type ProfileResult, requireProfileResult } from '../../bench/profile_result.ts';
import { asFailure } from '../../errors.ts';
import { byId, create, tableBody, tableRow } from '../dom.ts';
import { readJsonFile } from '../json_file.ts';
import { asSentence } from '../text.ts';
import { describeProfile } from './describe_profile.ts';
import { ProfileStore, type StoredProfile } from './profile_store.ts';

const TIME = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' });

/** The shown profile beside an earlier one, or one from a file. */
export class ComparisonView {
  private readonly panel = byId('profile-comparison', HTMLElement);
  private readonly baselines = byId('profile-baseline', HTMLSelectElement);
  private readonly file = byId('profile-file', HTMLInputElement);
  private readonly failure = byId('profile-comparison-failure', HTMLElement);
  private readonly summary = byId('profile-comparison-summary', HTMLElement);
  private readonly warnings = byId('profile-comparison-warnings', HTMLElement);
  private readonly table = byId('profile-comparison-scroll', HTMLElement);
  private readonly rows = tableBody('profile-comparison-table');
  private readonly store = new ProfileStore();
  private stored: StoredProfile[] = [];
  private now: ProfileResult | undefined;
  private baseline: ProfileResult | undefined;

  constructor() {
    void this.store.open().then((stored) => this.list(stored));
    this.baselines.addEventListener('change', () => this.chooseStored());
    this.file.addEventListener('change', () => void this.chooseFile(this.file.files?.[0]));
    this.panel.addEventListener('dragover', (event) => event.preventDefault());
    this.panel.addEventListener('drop', (event) => {
      event.preventDefault();
      void this.chooseFile(event.dataTransfer?.files[0]);
    });
    this.draw();
  }

  /** Shows the profile beside the chosen one, and stores it for later comparisons. */
  async add(result: ProfileResult): Promise<void> {
    this.now = result;
    this.draw();
    this.list(await this.store.add(result));
  }

  /** Offers the stored profiles. The choice stays. */
  private list(stored: StoredProfile[]): void {
    this.stored = stored;
    const chosen = this.baselines.value;
    const options = stored.map(({ at, result }) => {
      const option = create('option', `${TIME.format(at)}: ${describeProfile(result)}`);
      option.value = String(at);
      return option;
    });
    this.baselines.replaceChildren(this.baselines.options[0], ...options);
    if (stored.some(({ at }) => String(at) === chosen)) this.baselines.value = chosen;
  }

  private chooseStored(): void {
    this.file.value = '';
    this.choose(this.stored.find(({ at }) => String(at) === this.baselines.value)?.result);
  }

  private async chooseFile(file: File | undefined): Promise<void> {
    if (!file) return;
    this.baselines.value = '';
    try {
      this.choose(await readProfile(file));
    } catch (error) {
      this.choose(undefined);
      this.failure.textContent = asSentence(asFailure(error).message);
      this.failure.hidden = false;
    }
  }

  private choose(baseline: ProfileResult | undefined): void {
    this.failure.hidden = true;
    this.baseline = baseline;
    this.draw();
  }

  private draw(): void {
    const comparison = this.now && this.baseline && compareProfiles(this.baseline, this.now);
    this.table.hidden = !comparison;
    this.rows.replaceChildren(...(comparison?.rows.map(comparisonRow) ?? []));
    this.warnings.replaceChildren(...(comparison?.warnings.map((text) => create('li', asSentence(text))) ?? []));
    this.summary.textContent = comparison ? describe(comparison) : this.invitation();
  }

  private invitation(): string {
    if (this.baseline) return 'Profile a step or an epoch to see it beside the chosen one.';
    return 'Profiles are kept in this browser, the latest ten. Choose one to see it beside the one above.';
  }
}

/** Throws invalid-file, in one sentence. */
async function readProfile(file: File): Promise<ProfileResult> {
  const content = await readJsonFile(file, 'a profile’s JSON file');
  requireProfileResult(file.name, content);
  return content;
}

function describe({ rows, limits, isNormalised }: Comparison): string {
  const count = (wanted: RowComparison['verdict']) => rows.filter(({ verdict }) => verdict === wanted).length;
  const verdicts = `${count('slower')} of ${rows.length} kernels slower, ${count('faster')} faster; in brackets the smallest change that would have been found`;
  const machine = `multiply-add ${limits.multiplyAddGflops.toFixed(2)}, copy ${limits.copyGBs.toFixed(2)}`;
  return `${verdicts}. The adapter’s limits now / then: ${machine}${isNormalised ? ', reckoned with' : ''}.`;
}

function comparisonRow(compared: RowComparison): HTMLTableRowElement {
  const { name, oldMs, newMs } = compared;
  const difference = oldMs === undefined || newMs === undefined ? '' : signed(newMs - oldMs, digits);
  const row = tableRow([name, milliseconds(oldMs), milliseconds(newMs), difference, describeVerdict(compared)]);
  row.dataset.verdict = compared.verdict;
  return row;
}

function milliseconds(ms: number | undefined): string {
  return ms === undefined ? '–' : digits(ms);
}

function signed(value: number, text: (value: number) => string): string {
  return `${value < 0 ? '−' : '+'}${text(Math.abs(value))}`;
}
