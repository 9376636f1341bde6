import { SINGLE_FILE_ENDINGS } from '../../../formats/model_formats.ts';

/** Files that were dropped together, by their use. */
export interface DroppedFiles<Named> {
  series?: Named;
  labels?: Named;
  test?: Named;
  model?: Named;
  /** The files without a use. */
  left: Named[];
}

/**
 * Decides by the names which files train, which one tests, which one is a model, and which one holds an array's labels.
 */
export function assignFiles<Named extends { name: string }>(files: readonly Named[]): DroppedFiles<Named> {
  const assigned: DroppedFiles<Named> = { left: [] };
  const arrays = files.filter(({ name }) => /\.npy$/i.test(name));
  const labels =
    arrays.length > 1 ? arrays.find(({ name }) => /^(.*[^a-z])?(y|labels?|targets?)[^a-z]/i.test(name)) : undefined;
  const several = files.length > 1;
  for (const file of files) {
    const wanted = wants(file, several);
    const place = file === labels ? 'labels' : wanted;
    if (assigned[place]) assigned.left.push(file);
    else assigned[place] = file;
  }
  return assigned;
}

function wants({ name }: { name: string }, several: boolean): 'series' | 'test' | 'model' {
  if (SINGLE_FILE_ENDINGS.some((ending) => name.toLowerCase().endsWith(ending))) return 'model';
  return several && /test/i.test(name) && !/train/i.test(name) ? 'test' : 'series';
}
