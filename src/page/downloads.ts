import type { ViewName } from './address.ts';
import { byId, create } from './dom.ts';
import { themed } from './theme.ts';

/** Hands a file to the browser's downloads. */
export function save(blob: Blob, name: string): void {
  const link = create('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser takes the blob after the click has been handled.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export function saveText(text: string, type: string, name: string): void {
  save(new Blob([text], { type }), name);
}

/** Time to work between two frames. */
const SLICE_MS = 10;

/** Writes a text line by line in slices, so that the page answers meanwhile. */
export async function saveLines(lines: Iterable<string>, type: string, name: string): Promise<void> {
  const parts: string[] = [];
  let part = '';
  let started = performance.now();
  for (const line of lines) {
    part += line;
    if (performance.now() - started < SLICE_MS) continue;
    parts.push(part);
    part = '';
    await new Promise((resolve) => setTimeout(resolve));
    started = performance.now();
  }
  save(new Blob([...parts, part], { type }), name);
}

export function saveJson(content: unknown, name: string): void {
  saveText(`${JSON.stringify(content, null, 2)}\n`, 'application/json', name);
}

/** Saves a chart as a picture with the page's background, because a canvas is transparent. */
export function savePng(canvas: HTMLCanvasElement, name: string): void {
  const picture = create('canvas');
  picture.width = canvas.width;
  picture.height = canvas.height;
  const context = picture.getContext('2d');
  if (!context) throw new Error('the browser has no memory for a picture of this chart');
  context.fillStyle = themed('surface')();
  context.fillRect(0, 0, picture.width, picture.height);
  context.drawImage(canvas, 0, 0);
  picture.toBlob((blob) => {
    if (blob) save(blob, name);
  });
}

/** Connects a view's buttons that save a chart: `data-picture` is the id of its canvas, which also names the file. */
export function connectPictures(view: ViewName): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>(`#${view} button[data-picture]`)) {
    const id = button.dataset.picture ?? '';
    button.addEventListener('click', () => savePng(byId(id, HTMLCanvasElement), `${id}.png`));
  }
}
