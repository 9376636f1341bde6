import { extname } from 'node:path';
import { Failure } from '../errors.ts';
import type { HostOptions } from '../hosts/host.ts';
import { writeBytes, writeText } from './files.ts';
import { type Picture, renderPicture } from './picture.ts';

const OPTION = '--picture';

/** Throws invalid-option if the name does not end as a picture's. */
export function requirePictureName(path: string): void {
  if (['.svg', '.png'].includes(kindOf(path))) return;
  throw new Failure('invalid-option', `${OPTION} is ${path}: give a name that ends in .svg or .png`);
}

/** Writes the SVG, or lets a browser draw it as PNG. Throws not-saved, no-browser or browser-failed. */
export async function writePicture(
  path: string,
  picture: Picture,
  options: Pick<HostOptions, 'log' | 'signal'>,
): Promise<void> {
  const svg = renderPicture(picture);
  if (kindOf(path) === '.svg') return writeText(path, svg, OPTION);
  const { drawPng } = await import('../hosts/screenshot.ts');
  await writeBytes(path, await drawPng(svg, picture, options), OPTION);
}

function kindOf(path: string): string {
  return extname(path).toLowerCase();
}
