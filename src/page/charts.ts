import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  Decimation,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  Tooltip,
} from 'chart.js';
import annotationPlugin from 'chartjs-plugin-annotation';
import { themed } from './theme.ts';

Chart.register(BarController, BarElement, CategoryScale, Decimation, Legend, LinearScale, LineController, LineElement);
Chart.register(LogarithmicScale, PointElement, Tooltip, annotationPlugin);

/** Sets the font, text and grid colours of all charts, now and after each change of the colour scheme. */
export function applyChartTheme(): void {
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.color = themed('muted')();
  Chart.defaults.borderColor = themed('grid')();
  for (const { options } of Object.values(Chart.instances)) {
    for (const scale of Object.values(options.scales ?? {})) paintScale(scale);
  }
}

/** A scale keeps the colours that it was made with. */
function paintScale(scale: object | undefined): void {
  const { ticks = {}, title = {}, grid = {} } = (scale ?? {}) as Record<string, object>;
  Object.assign(ticks, { color: themed('muted')() });
  Object.assign(title, { color: themed('muted')() });
  Object.assign(grid, { color: themed('grid')() });
}

/** Labels lie flat: turned labels would change a chart's height during training. */
export function axisTitle(text: string) {
  return { title: { display: true, text }, ticks: { maxRotation: 0 }, border: { display: false } };
}

export const BASE_OPTIONS = { animation: false, maintainAspectRatio: false, responsive: true } as const;

/** Shows the canvas, or the figure's words for "nothing yet" instead. */
export function setEmpty(canvas: HTMLCanvasElement, empty: boolean): void {
  canvas.closest('figure')?.toggleAttribute('data-empty', empty);
  const button = document.querySelector<HTMLButtonElement>(`button[data-picture="${canvas.id}"]`);
  if (button) button.disabled = empty;
}
