import { asFailure } from '../../../errors.ts';
import { byId } from '../../dom.ts';
import { asSentence } from '../../text.ts';

/** An input for a file, dropped or chosen, and its message: being read, a description, or an error. */
export class FileField {
  /** The last file that was chosen, readable or not. */
  file: File | undefined;
  private readonly input: HTMLInputElement;
  private readonly remove: HTMLButtonElement;
  private readonly bar: HTMLProgressElement;
  private readonly status: HTMLElement;
  private readonly error: HTMLElement;

  /** `endings` are those of the files to offer. `onFile` gets the file, or undefined if the choice was removed. */
  constructor(
    id: string,
    endings: readonly string[],
    private readonly onFile: (file: File | undefined) => void,
  ) {
    this.input = byId(id, HTMLInputElement);
    this.input.accept = endings.join(',');
    this.remove = byId(`${id}-remove`, HTMLButtonElement);
    this.bar = byId(`${id}-progress`, HTMLProgressElement);
    this.status = byId(`${id}-status`, HTMLElement);
    this.error = byId(`${id}-error`, HTMLElement);
    this.input.addEventListener('change', () => this.choose(this.input.files?.[0]));
    // Lets the user choose the same file again after a change. A dialog that is closed leaves the previous choice.
    this.input.addEventListener('click', () => {
      this.input.value = '';
    });
    this.input.addEventListener('cancel', () => {
      if (this.file) this.input.files = listOf(this.file);
    });
    this.remove.addEventListener('click', () => this.takeBack());
  }

  /** Takes a dropped file. The input shows its name as if it had been chosen there. */
  drop(file: File): void {
    this.input.files = listOf(file);
    this.choose(file);
  }

  /** Takes a file that was chosen before this code was loaded. */
  takeChosen(): void {
    const [file] = this.input.files ?? [];
    if (file && !this.file) this.choose(file);
  }

  /** The file is being read. */
  begin(): void {
    this.showProgress(0);
    this.setReading(true);
    this.status.textContent = `Reading ${this.file?.name}…`;
    this.showError('');
  }

  showProgress(share: number): void {
    this.bar.value = share;
  }

  /** The file was read; `description` describes it. */
  end(description: string): void {
    this.setReading(false);
    this.status.textContent = description;
  }

  /** Says this of the file in the place of an error. */
  say(sentence: string): void {
    this.status.textContent = sentence;
    this.showError('');
  }

  /** The file could not be read. */
  fail(error: unknown): void {
    this.end('');
    this.showError(asSentence(asFailure(error).message, this.file?.name));
  }

  /** Asks for a file. */
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

/** The content of a file input. */
export function listOf(...files: File[]): FileList {
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  return transfer.files;
}
