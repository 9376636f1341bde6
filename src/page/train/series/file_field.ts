import { asFailure } from '../../../errors.ts';
import { byId } from '../../dom.ts';
import { asSentence } from '../../text.ts';

/** An input for a file, dropped or chosen, with what is said of it: that it is read, what it is, or what is wrong with it. */
export class FileField {
  /** What was chosen last, whether it could be read or not. */
  file: File | undefined;
  private readonly input: HTMLInputElement;
  private readonly remove: HTMLButtonElement;
  private readonly bar: HTMLProgressElement;
  private readonly status: HTMLElement;
  private readonly error: HTMLElement;

  /** `onFile` gets the file, or undefined when it was taken back. */
  constructor(
    id: string,
    private readonly onFile: (file: File | undefined) => void,
  ) {
    this.input = byId(id, HTMLInputElement);
    this.remove = byId(`${id}-remove`, HTMLButtonElement);
    this.bar = byId(`${id}-progress`, HTMLProgressElement);
    this.status = byId(`${id}-status`, HTMLElement);
    this.error = byId(`${id}-error`, HTMLElement);
    this.input.addEventListener('change', () => this.choose(this.input.files?.[0]));
    // The same file, changed since, is chosen anew; a dialog that is closed leaves what there was.
    this.input.addEventListener('click', () => {
      this.input.value = '';
    });
    this.input.addEventListener('cancel', () => {
      if (this.file) this.input.files = listOf(this.file);
    });
    this.remove.addEventListener('click', () => this.takeBack());
  }

  /** Takes a file that was dropped; the input shows its name as if it had been chosen there. */
  drop(file: File): void {
    this.input.files = listOf(file);
    this.choose(file);
  }

  /** Takes what was chosen before somebody listened. */
  takeChosen(): void {
    const [file] = this.input.files ?? [];
    if (file && !this.file) this.choose(file);
  }

  /** It is being read. */
  begin(): void {
    this.showProgress(0);
    this.setReading(true);
    this.status.textContent = `Reading ${this.file?.name}…`;
    this.showError('');
  }

  showProgress(share: number): void {
    this.bar.value = share;
  }

  /** It was read, and is this. */
  end(description: string): void {
    this.setReading(false);
    this.status.textContent = description;
  }

  /** It could not be read. */
  fail(error: unknown): void {
    this.end('');
    this.showError(asSentence(asFailure(error).message, this.file?.name));
  }

  /** There must be a file. */
  ask(sentence: string): void {
    this.showError(sentence);
    this.input.focus();
  }

  /** Forgets the file. */
  clear(): void {
    this.file = undefined;
    this.input.value = '';
    this.end('');
    this.showError('');
  }

  private choose(file: File | undefined): void {
    this.file = file;
    if (!file) this.clear();
    this.onFile(file);
  }

  private takeBack(): void {
    const wasReading = !this.bar.hidden;
    this.clear();
    this.onFile(undefined);
    if (wasReading) this.status.textContent = 'Reading was cancelled.';
    this.input.focus();
  }

  private setReading(isReading: boolean): void {
    this.bar.hidden = !isReading;
    this.remove.hidden = this.file === undefined;
    const what = this.input.labels?.[0].textContent?.toLowerCase();
    this.remove.textContent = isReading ? 'Cancel' : 'Remove';
    this.remove.setAttribute('aria-label', `${this.remove.textContent} ${isReading ? 'reading ' : ''}${what}`);
  }

  private showError(sentence: string): void {
    this.error.textContent = sentence;
    this.input.setAttribute('aria-invalid', String(sentence !== ''));
  }
}

/** What an input of files holds. */
export function listOf(...files: File[]): FileList {
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  return transfer.files;
}
