import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
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

Chart.register(BarController, BarElement, CategoryScale, Legend, LinearScale, LineController, LineElement);
Chart.register(LogarithmicScale, PointElement, Tooltip, annotationPlugin);

/** What all charts share, now and, after a change of the colour scheme, again: the page's font, text and grid colours. */
export function applyChartTheme(): void {
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.color = themed('muted')();
  Chart.defaults.borderColor = themed('grid')();
}

/** Labels lie flat: turned ones change a chart's height while it trains. */
export function axisTitle(text: string) {
  return { title: { display: true, text }, ticks: { maxRotation: 0 }, border: { display: false } };
}

export const BASE_OPTIONS = { animation: false, maintainAspectRatio: false, responsive: true } as const;

/** Shows the canvas in place of the figure's words for "nothing yet", or the other way round. */
export function setEmpty(canvas: HTMLCanvasElement, empty: boolean): void {
  canvas.closest('figure')?.toggleAttribute('data-empty', empty);
}
