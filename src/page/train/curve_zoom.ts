import { Chart } from 'chart.js';
import zoomPlugin from 'chartjs-plugin-zoom';

/**
 * Lets charts zoom from their next drawing on. A separate module, so that it loads only when there is something to
 * zoom.
 */
export function registerZoom(): void {
  Chart.register(zoomPlugin);
}
