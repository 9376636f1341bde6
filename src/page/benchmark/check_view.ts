import { percent } from '../../bench/figures.ts';
import type { Check } from '../../verify/check.ts';
import { byId, tableBody, tableRow } from '../dom.ts';
import { formatError } from './figures.ts';

/** The comparison with references, in a sentence and as a table. */
export class CheckView {
  private readonly note = byId('bench-checks-note', HTMLElement);
  private readonly body = tableBody('bench-checks');

  clear(): void {
    this.note.textContent = 'Nothing checked yet.';
    this.body.replaceChildren();
  }

  add(check: Check): void {
    const { name, error, tolerance, passed } = check;
    const row = tableRow([name, formatError(error), formatError(tolerance), passed ? 'right' : 'wrong']);
    row.toggleAttribute('data-wrong', !passed);
    this.body.append(row);
    if (!passed) this.note.textContent = describeWrong(check);
  }

  /** Shows all checks of a result. */
  show(checks: Check[]): void {
    this.clear();
    for (const check of checks) this.add(check);
    if (checks.every(({ passed }) => passed)) this.note.textContent = describePassed(checks);
  }
}

function describeWrong({ name, error, tolerance }: Check): string {
  return `Wrong: ${name} is off by ${formatError(error)}, and ${formatError(tolerance)} at most is right. A wrong adapter gets no figures.`;
}

function describePassed(checks: Check[]): string {
  if (checks.length === 0) return 'This result lists no checks.';
  // With tolerance 0 nothing may differ, so nothing has.
  const share = ({ error, tolerance }: Check) => (tolerance > 0 ? error / tolerance : 0);
  const nearest = checks.reduce((a, b) => (share(b) > share(a) ? b : a));
  const worst = `${nearest.name}, ${formatError(nearest.error)}, ${percent(share(nearest))} of its tolerance`;
  return `All ${checks.length} checks passed before anything was timed. The largest error beside its tolerance: ${worst}.`;
}
