import type { ParameterSpec } from '../../../model/parameters.ts';
import { DIVERGING, drawMatrix, type Matrix } from '../../color_scale.ts';
import { create } from '../../dom.ts';

/**
 * A parameter as a picture, one pixel a value. Its groups of columns, such as an LSTM's gates, are separate pictures.
 */
export class ParameterImage {
  readonly element = create('div', '', 'parameter-pictures');
  private readonly canvases: HTMLCanvasElement[];

  constructor(private readonly spec: ParameterSpec) {
    const names = spec.groups ?? [''];
    this.canvases = names.map((name) => {
      const canvas = create('canvas');
      canvas.setAttribute('role', 'img');
      canvas.setAttribute('aria-label', `${spec.name}${name && `, ${name}`}; its statistics are in the table`);
      const figure = create('figure');
      figure.append(canvas);
      if (name) figure.append(create('figcaption', name));
      this.element.append(figure);
      return canvas;
    });
  }

  /** Draws in the current colours. White is zero; both colours end at `high`. */
  draw(values: Float32Array, high: number): void {
    for (const [part, canvas] of this.canvases.entries()) {
      drawMatrix(canvas, partOf(values, this.spec, part, this.canvases.length), -high, high, DIVERGING);
    }
  }
}

/** One of `parts` groups of columns. A single column is laid on its side to take less room. */
export function partOf(values: Float32Array, { shape }: ParameterSpec, part: number, parts: number): Matrix {
  const [rows, columns] = shape.length === 1 ? [1, shape[0]] : shape;
  if (columns === 1) return { rows: 1, columns: rows, values };
  const width = columns / parts;
  const picked = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const first = row * columns + part * width;
    picked.set(values.subarray(first, first + width), row * width);
  }
  return { rows, columns: width, values: picked };
}
