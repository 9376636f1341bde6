import { countParameters, type LayerSummary } from './summary.ts';

/** Wider cells are shortened to this before a column is left out. */
const LEAST_WIDTH = 24;

/**
 * The model as Keras' `model.summary()` prints it. If it is wider than `columns`, its widest cells are cut, as Keras
 * cuts them, and if that is not enough its last columns are left out.
 */
export function summaryTable(layers: LayerSummary[], columns: number): string {
  const rows = [['Layer (type)', 'Output Shape', 'Param #', 'Connected to'], ...layers.flatMap(summaryRows)];
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  while (totalWidth(widths) > columns && Math.max(...widths) > LEAST_WIDTH) {
    widths[widths.indexOf(Math.max(...widths))]--;
  }
  while (widths.length > 1 && totalWidth(widths) > columns) widths.pop();
  const width = Math.min(totalWidth(widths), columns);
  const line = (row: string[]) =>
    widths
      .map((width, i) => (row[i].length > width ? `${row[i].slice(0, width - 1)}…` : row[i].padEnd(width)))
      .join('  ')
      .trimEnd();
  const [head, ...body] = rows.map(line);
  const total = countParameters(layers).toLocaleString('en-US');
  const counts = [`Total params: ${total}`, `Trainable params: ${total}`, 'Non-trainable params: 0'];
  const thin = '_'.repeat(width);
  const thick = '='.repeat(width);
  const lines = [thin, head, thick, ...body.filter(Boolean), thick, ...counts, thin];
  return lines.map((text) => text.slice(0, columns)).join('\n');
}

/** A layer's row; its second input, and each further one, stands alone in a row below. */
function summaryRows({ name, type, outputShape, parameters, from }: LayerSummary): string[][] {
  const inputs = from.map((input) => `${input}[0][0]`);
  const first = [`${name} (${type})`, outputShape, parameters.toLocaleString('en-US'), inputs[0] ?? ''];
  return [first, ...inputs.slice(1).map((input) => ['', '', '', input])];
}

function totalWidth(widths: number[]): number {
  return widths.reduce((sum, width) => sum + width, 2 * (widths.length - 1));
}
