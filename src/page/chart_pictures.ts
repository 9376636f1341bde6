import type { ViewName } from './address.ts';
import { byId } from './dom.ts';
import { savePng } from './downloads.ts';

/** Connects a view's buttons that save a chart: `data-picture` is the id of its canvas, which also names the file. */
export function connectPictures(view: ViewName): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>(`#${view} button[data-picture]`)) {
    const id = button.dataset.picture ?? '';
    button.addEventListener('click', () => savePng(byId(id, HTMLCanvasElement), `${id}.png`));
  }
}
