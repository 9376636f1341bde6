import type { Bound } from '../../model/config.ts';
import { describeText, parseNumber } from '../address.ts';
import { byId, create } from '../dom.ts';
import { asSentence, formatNumber } from '../text.ts';

/** One number of the form, with its range as a hint and its misfit in words below it. */
export class NumberField {
  readonly input: HTMLInputElement;
  /** As the form writes it, in lower case for the middle of a sentence (LSTM stays). */
  readonly label: string;
  private readonly error: HTMLParagraphElement;

  /** `emptyMeans` says what it is to leave the field empty, where that may be. */
  constructor(
    id: string,
    private readonly bound: Bound,
    private readonly emptyMeans?: string,
  ) {
    this.input = byId(id, HTMLInputElement);
    const label = this.input.labels?.[0].textContent ?? id;
    this.label = label.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
    const { min, max, integer, reason } = bound;
    this.input.min = String(min);
    this.input.max = String(max);
    this.input.step = integer ? '1' : 'any';
    const empty = emptyMeans === undefined ? '' : `, empty: ${emptyMeans}`;
    const hint = create('p', `${formatNumber(min)} to ${formatNumber(max)}${empty} · ${reason}`, 'hint');
    hint.id = `${id}-hint`;
    this.error = create('p', '', 'error');
    this.error.id = `${id}-error`;
    this.input.setAttribute('aria-describedby', `${hint.id} ${this.error.id}`);
    this.input.after(hint, this.error);
  }

  get value(): number {
    return parseNumber(this.input.value);
  }

  /** NaN empties the field. */
  set value(value: number) {
    this.input.value = Number.isNaN(value) ? '' : String(value);
  }

  misfit(): string | undefined {
    // A number input reports what it cannot read as an empty text.
    if (this.input.validity.badInput) return describeText(this.label, 'not a number', this.bound);
    if (this.emptyMeans !== undefined && this.input.value === '') return undefined;
    return describeText(this.label, this.input.value, this.bound);
  }

  show(misfit: string | undefined): void {
    this.error.textContent = misfit ? asSentence(misfit) : '';
    this.input.setAttribute('aria-invalid', String(misfit !== undefined));
  }

  /** Says what is wrong, if anything is; true when nothing is. */
  check(): boolean {
    const misfit = this.misfit();
    this.show(misfit);
    return misfit === undefined;
  }
}
