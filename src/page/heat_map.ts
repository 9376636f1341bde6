import { Chart, type ChartOptions } from 'chart.js';
import { axisTitle, BASE_OPTIONS, setEmpty } from './charts.ts';
import { drawMatrix, type Matrix, type Ramp, readableOn } from './color_scale.ts';
import { byId } from './dom.ts';
import { shorten } from './text.ts';
import { themed } from './theme.ts';

export interface HeatMapOptions {
  xTitle: string;
  yTitle: string;
  ramp: Ramp;
  /** Number of the first row on the y axis. Default 0. */
  firstRow?: number;
}

/** Content of a heat map. The ramp covers `low` to `high`; each row covers the same number of units of the y axis. */
export interface HeatMapData {
  matrix: Matrix;
  low: number;
  high: number;
  unitsPerRow?: number;
  /** Index of the column to mark. */
  marked?: number;
  /** Names of rows and columns; numbers if absent. */
  names?: { rows: readonly string[]; columns: readonly string[] };
  /** A text for each cell, drawn if it fits. */
  texts?: readonly string[];
}

/** A matrix as a picture between axes: one image for all cells, so that drawing stays fast. */
export class HeatMap {
  private readonly canvas: HTMLCanvasElement;
  private readonly picture = document.createElement('canvas');
  private readonly chart: Chart<'line'>;
  private readonly firstRow: number;
  private data: HeatMapData | undefined;

  constructor(
    id: string,
    private readonly options: HeatMapOptions,
  ) {
    this.canvas = byId(id, HTMLCanvasElement);
    this.firstRow = options.firstRow ?? 0;
    const image = { id: 'image', beforeDatasetsDraw: (chart: Chart) => this.drawImage(chart) };
    this.chart = new Chart(this.canvas, {
      type: 'line',
      data: { datasets: [] },
      options: heatMapOptions(options),
      plugins: [image],
    });
    setEmpty(this.canvas, true);
  }

  clear(): void {
    this.data = undefined;
    setEmpty(this.canvas, true);
  }

  draw(data: HeatMapData): void {
    this.data = data;
    const { matrix, unitsPerRow = 1, marked, names } = data;
    const { x, y } = this.chart.options.scales ?? {};
    Object.assign(x ?? {}, { min: -0.5, max: matrix.columns - 0.5 });
    Object.assign(y ?? {}, { min: this.firstRow - 0.5, max: this.firstRow - 0.5 + matrix.rows * unitsPerRow });
    if (names) {
      Object.assign(
        x?.ticks ?? {},
        namedTicks(names.columns, () => this.canvas.clientWidth / names.columns.length),
      );
      Object.assign(
        y?.ticks ?? {},
        namedTicks(names.rows, () => this.canvas.clientWidth / 4),
      );
    }
    const annotations = marked === undefined ? {} : { marked: columnMark(marked) };
    Object.assign(this.chart.options.plugins ?? {}, { annotation: { annotations } });
    setEmpty(this.canvas, false);
    this.redraw();
  }

  /** Draws the same content in the current colours. */
  redraw(): void {
    if (!this.data) return;
    const { matrix, low, high } = this.data;
    drawMatrix(this.picture, matrix, low, high, this.options.ramp);
    this.chart.update('none');
  }

  /** The row and column under a point of the page; undefined outside the picture. */
  cellAt({ clientX, clientY }: MouseEvent): { row: number; column: number } | undefined {
    if (!this.data) return undefined;
    const { matrix, unitsPerRow = 1 } = this.data;
    const { left, top } = this.canvas.getBoundingClientRect();
    const { x, y } = this.chart.scales;
    const column = Math.round(Number(x.getValueForPixel(clientX - left)));
    const row = Math.floor((Number(y.getValueForPixel(clientY - top)) - this.firstRow + 0.5) / unitsPerRow);
    const isInside = column >= 0 && column < matrix.columns && row >= 0 && row < matrix.rows;
    return isInside ? { row, column } : undefined;
  }

  private drawImage({ ctx, chartArea: { left, top, width, height } }: Chart): void {
    if (!this.data) return;
    ctx.save();
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(this.picture, left, top, width, height);
    ctx.restore();
    this.drawTexts();
  }

  /** Draws the cells' texts if the widest one fits. */
  private drawTexts(): void {
    const { data, chart } = this;
    if (!data?.texts) return;
    const { matrix, texts, low, high } = data;
    const { ctx, chartArea } = chart;
    const [cellWidth, cellHeight] = [chartArea.width / matrix.columns, chartArea.height / matrix.rows];
    if (cellWidth < LEAST_CELL || cellHeight < LEAST_CELL) return;
    ctx.save();
    ctx.font = `600 13px ${Chart.defaults.font.family}`;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'middle';
    const ramp = this.options.ramp.map((name) => themed(name)());
    const colors = [themed('text')(), themed('surface')()];
    const widest = Math.max(...texts.map((text) => ctx.measureText(text).width));
    if (widest + 4 <= cellWidth) {
      for (const [i, text] of texts.entries()) {
        ctx.fillStyle = readableOn(matrix.values[i], low, high, ramp, colors);
        const [row, column] = [Math.floor(i / matrix.columns), i % matrix.columns];
        ctx.fillText(text, chartArea.left + (column + 0.5) * cellWidth, chartArea.top + (row + 0.5) * cellHeight);
      }
    }
    ctx.restore();
  }
}

function heatMapOptions({ xTitle, yTitle }: HeatMapOptions): ChartOptions<'line'> {
  const axis = { type: 'linear', grid: { display: false } } as const;
  const ticks = { maxRotation: 0, precision: 0, includeBounds: false };
  return {
    ...BASE_OPTIONS,
    events: [],
    scales: {
      x: { ...axisTitle(xTitle), ...axis, ticks },
      y: { ...axisTitle(yTitle), ...axis, ticks, reverse: true },
    },
    plugins: { legend: { display: false }, tooltip: { enabled: false } },
  };
}

/** Size of a cell that has room for a text, in pixels. */
const LEAST_CELL = 16;
/** Width of a letter, and the least number of letters that a name is cut to. */
const LETTER_PIXELS = 9;
const LEAST_LETTERS = 4;

/** Names instead of numbers, cut to the pixels of each place. */

function namedTicks(names: readonly string[], room: () => number) {
  const callback = (value: number | string) => {
    const name = names[Number(value)] ?? '';
    const letters = Math.max(LEAST_LETTERS, Math.floor(room() / LETTER_PIXELS));
    return shorten(name, letters);
  };
  return { stepSize: 1, autoSkipPadding: 2, callback };
}

function columnMark(column: number) {
  return {
    type: 'box',
    xMin: column - 0.5,
    xMax: column + 0.5,
    backgroundColor: 'transparent',
    borderColor: themed('planted'),
    borderWidth: 1,
  } as const;
}
