import { parseJson, wrongFile } from '../rules.ts';

/** Files of this kind have tens of kB. */
const MOST_BYTES = 1_000_000;

/** Reads a JSON file that should hold `wanted`. Throws invalid-file, in one sentence. */
export async function readJsonFile(file: File, wanted: string): Promise<unknown> {
  if (file.size > MOST_BYTES) throw wrongFile(file.name, `has ${file.size} bytes, which are too many`, wanted);
  return parseJson(file.name, await file.text(), wanted);
}
