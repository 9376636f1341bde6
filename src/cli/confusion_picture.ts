import type { SeriesSet } from '../data/series_set.ts';
import { type Classification, classify, predictedClasses } from '../train/classification.ts';
import type { Prediction } from '../train/predict.ts';
import { CONTENT_TOP, legend, MARGIN, type Picture, pictureText, widthOf } from './picture.ts';
import { html, type Markup } from './report_html.ts';

/** Most classes in a readable picture; more are refused. */
export const MOST_CLASSES = 64;
const LARGEST_CELL = 84;
const SMALLEST_CELL = 16;
const MATRIX = 640;
/** A cell's opacity at a share of 1. The number in it must stay legible. */
const MOST_OPACITY = 0.5;
const LEAST_WIDTH = 600;
/** Angle of the names above narrow columns. */
const ANGLE = -45;

/** How often each class was taken for which, as a picture that stands alone. */
export function confusionPicture({ name, target, y }: SeriesSet, prediction: Prediction): Picture {
  const classes = target.kind === 'class' ? target.classes : [];
  const classification = classify(predictedClasses(prediction), y, classes.length);
  const matrix = confusionMatrix(classes, classification, MARGIN, CONTENT_TOP + 36);
  const accuracy = `accuracy ${classification.accuracy.toFixed(4)} on ${y.length} series`;
  const entries: [className: string, text: string, width: number][] = [
    ['right', 'recognised', 120],
    ['wrong', 'taken for another', 160],
    ['cell', 'stronger: a larger share of the row', 220],
  ];
  return {
    width: Math.max(LEAST_WIDTH, matrix.right + MARGIN),
    height: matrix.bottom + MARGIN,
    title: 'Labels and predictions',
    note: `${pictureText(name, 300)}: ${accuracy}`,
    description: `Confusion matrix, ${accuracy}. ${matrix.description}`,
    content: [legend(MARGIN, CONTENT_TOP, entries), matrix.content],
  };
}

export interface MatrixDrawing {
  /** Where it ends, in pixels. */
  right: number;
  bottom: number;
  description: string;
  content: Markup;
}

/** How often each class was taken for which: labels down, predictions across, from `left` and `top` on. */
export function confusionMatrix(
  classes: string[],
  classification: Classification,
  left: number,
  top: number,
): MatrixDrawing {
  const names = classes.map((one) => pictureText(one));
  const matrix = layOut(names, left, top);
  return {
    right: matrix.right,
    bottom: matrix.top + matrix.cell * names.length,
    description: names.map((one, label) => describeRow(one, label, classification)).join(' '),
    content: html`<text class="note" x="${matrix.left}" y="${top}">predicted</text>
<text class="note" x="${matrix.left - 10}" y="${matrix.top - 10}" text-anchor="end">true</text>
${names.map((one, i) => columnName(one, matrix, i))}
${names.map((one, label) => row(one, label, classification, matrix, names))}`,
  };
}

interface Matrix {
  left: number;
  top: number;
  cell: number;
  /** Where the last name ends. */
  right: number;
  isTurned: boolean;
}

/** Cells as large as there is room beside and below the names. */
function layOut(names: string[], start: number, above: number): Matrix {
  const cell = Math.max(SMALLEST_CELL, Math.min(LARGEST_CELL, Math.floor(MATRIX / names.length)));
  const longest = Math.max(...names.map(widthOf));
  const isTurned = longest > cell - 8;
  const rise = isTurned ? longest * Math.SQRT1_2 : 0;
  const left = start + Math.ceil(longest) + 16;
  const top = above + 28 + Math.ceil(rise);
  return { left, top, cell, right: left + cell * names.length + Math.ceil(rise), isTurned };
}

function columnName(name: string, { left, top, cell, isTurned }: Matrix, i: number): Markup {
  const [x, y] = [left + (i + 0.5) * cell, top - 10];
  if (!isTurned) return html`<text x="${x}" y="${y}" text-anchor="middle">${name}</text>`;
  return html`<text transform="translate(${x + 4} ${y}) rotate(${ANGLE})">${name}</text>`;
}

function row(
  name: string,
  label: number,
  { confusion, classes }: Classification,
  { left, top, cell }: Matrix,
  names: string[],
): Markup {
  const y = top + label * cell;
  const cells = confusion[label].map((count, guess) => {
    const share = count / Math.max(1, classes[label].samples);
    const x = left + guess * cell;
    const what = guess === label ? `${name} recognised` : `${name} taken for ${names[guess]}`;
    const shade = html`<rect class="${guess === label ? 'right' : 'wrong'}" fill-opacity="${(MOST_OPACITY * share).toFixed(3)}" x="${x}" y="${y}" width="${cell}" height="${cell}"/>`;
    const number = fits(count, cell)
      ? html`<text x="${x + cell / 2}" y="${y + cell / 2}" dy="0.35em" text-anchor="middle">${count}</text>`
      : undefined;
    return html`<g><title>${what}: ${count} of ${classes[label].samples}</title>${shade}<rect class="cell" x="${x}" y="${y}" width="${cell}" height="${cell}"/>${number}</g>`;
  });
  return html`<text x="${left - 10}" y="${y + cell / 2}" dy="0.35em" text-anchor="end">${name}</text>${cells}`;
}

/** In a large matrix, zeros would only hide the other numbers. */
function fits(count: number, cell: number): boolean {
  return count > 0 ? widthOf(String(count)) <= cell : cell >= 32;
}

function describeRow(name: string, label: number, { confusion, classes }: Classification): string {
  return `${name}: ${confusion[label][label]} of ${classes[label].samples} recognised.`;
}
