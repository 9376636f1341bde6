import type { EditTiming } from '../../../bench/edit_timing.ts';
import { digits } from '../../../bench/figures.ts';
import type { CompilerMessage } from '../../../gpu/compilation.ts';
import type { CaseOutcome } from '../../../verify/edited_kernel.ts';
import { byId, create, tableBody, tableRow } from '../../dom.ts';
import { asSentence } from '../../text.ts';

/** The messages, checks and times of an edited kernel. */
export class WorkbenchResults {
  private readonly messages = byId('workbench-messages', HTMLElement);
  private readonly casesRegion = byId('workbench-cases-scroll', HTMLElement);
  private readonly cases = tableBody('workbench-cases');
  private readonly timing = byId('workbench-timing', HTMLElement);

  /** `onMessage` is called with the chosen message. */
  constructor(private readonly onMessage: (message: CompilerMessage) => void) {}

  clear(): void {
    this.showMessages([], '');
    this.cases.replaceChildren();
    this.casesRegion.hidden = true;
    this.timing.textContent = '';
  }

  /** `code` is the compiled code. */
  showMessages(messages: CompilerMessage[], code: string): void {
    const lines = code.split('\n');
    this.messages.replaceChildren(...messages.map((message) => this.item(message, lines[message.line - 1]?.trim())));
    this.messages.hidden = messages.length === 0;
  }

  addCase(outcome: CaseOutcome): void {
    const row = tableRow([outcome.name, ...outcomeCells(outcome)]);
    row.dataset.outcome = outcome.type === 'unchecked' ? 'unchecked' : outcome.passed ? 'passed' : 'failed';
    this.cases.append(row);
    this.casesRegion.hidden = false;
  }

  showTiming(timing: EditTiming): void {
    this.timing.textContent = describeTiming(timing);
  }

  /** A message with its line; a message with a place leads there. */
  private item(message: CompilerMessage, line: string | undefined): HTMLLIElement {
    const { severity, line: number, column, text } = message;
    const item = create('li');
    item.dataset.severity = severity;
    if (number === 0) {
      item.textContent = `${severity}: ${text}`;
      return item;
    }
    const button = create('button', `${number}:${column}`, 'small');
    button.type = 'button';
    button.setAttribute('aria-label', `Line ${number}, column ${column}`);
    button.addEventListener('click', () => this.onMessage(message));
    item.append(button, ` ${severity}: ${text}`, create('code', line));
    return item;
  }
}

function outcomeCells(outcome: CaseOutcome): string[] {
  if (outcome.type === 'unchecked') return [`not checked: ${outcome.reason}`, '–', '–'];
  const { passed, error, tolerance } = outcome;
  const off = Number.isFinite(error) ? error.toExponential(1) : 'not finite, or left out';
  return [passed ? 'passed' : 'failed', off, tolerance === 0 ? 'exact' : tolerance.toExponential(0)];
}

function describeTiming({ editedMs, originalMs, ratio, pairs, starts, timer }: EditTiming): string {
  const times = `Edited ${digits(editedMs.median)} ms, original ${digits(originalMs.median)} ms`;
  const interval = `${ratio.ratio.toFixed(3)} (95 %: ${ratio.low.toFixed(3)} to ${ratio.high.toFixed(3)})`;
  const by = timer === 'wall-clock' ? 'by the wall clock' : 'by timestamps';
  return asSentence(
    `${times}; edited / original ${interval}, ${pairs} pairs in ${starts} starts ${by}: ${verdictOf(ratio)}`,
  );
}

/** The two took turns in every start, so an interval without 1 tells them apart. */
function verdictOf({ low, high }: EditTiming['ratio']): string {
  if (high < 1) return 'the edit is faster';
  if (low > 1) return 'the edit is slower';
  return 'not told apart';
}
