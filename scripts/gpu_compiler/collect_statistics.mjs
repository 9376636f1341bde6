// collect_statistics.mjs WORK RESULT.json: puts the statistics that vk_compile printed under the names of their kernels.
import { readFileSync, writeFileSync } from 'node:fs';

const [work, result] = process.argv.slice(2);

/** The lines of a file of tab-separated fields. */
function rowsOf(file) {
  const text = readFileSync(`${work}/${file}`, 'utf8').trimEnd();
  return text.split('\n').map((line) => line.split('\t'));
}

const statistics = new Map(
  rowsOf('stats').map(([file, ...fields]) => [file, Object.fromEntries(fields.map((field) => field.split('=')))]),
);
const kernels = rowsOf('names').map(([name, file]) => [name, statistics.get(file) ?? {}]);
writeFileSync(result, JSON.stringify(Object.fromEntries(kernels), null, 1));
