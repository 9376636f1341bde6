import type { BenchResult } from '../../bench/result.ts';
import { requireBenchResult } from '../../bench/result_file.ts';
import { asFailure } from '../../errors.ts';
import { byId } from '../dom.ts';
import { onFilesDropped } from '../file_drop.ts';
import { readJsonFile } from '../json_file.ts';
import { asSentence } from '../text.ts';

/** Adds another machine's result: by a button, or by dropping its file anywhere on the view. */
export function connectResultDrop(onResult: (result: BenchResult, file: string) => void): void {
  const view = byId('benchmark', HTMLElement);
  const input = byId('bench-file', HTMLInputElement);
  const error = byId('bench-file-error', HTMLElement);
  const take = async (files: Iterable<File>) => {
    error.textContent = '';
    for (const file of files) {
      try {
        onResult(await readResult(file), file.name);
      } catch (reason) {
        error.textContent = asSentence(asFailure(reason).message);
      }
    }
    input.value = ''; // The same file can be chosen again.
  };
  byId('bench-add', HTMLButtonElement).addEventListener('click', () => input.click());
  input.addEventListener('change', () => take(input.files ?? []));
  onFilesDropped(view, (files) => void take(files));
}

/** Throws invalid-file, in one sentence. */
async function readResult(file: File): Promise<BenchResult> {
  const wanted = 'a file that bench --json wrote, or that was downloaded here';
  const content = await readJsonFile(file, wanted);
  requireBenchResult(file.name, content);
  return content;
}
