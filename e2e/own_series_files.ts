import type { Page } from 'playwright/test';
import { NumpyRandom } from '../src/data/numpy_random.ts';

// Generated files of series for specs: noise, with a mark of the label in one step.

export const STEPS = 8;
export const PLANTED = 3;

/** A file as `setInputFiles` takes it. */
export interface TextFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

export function textFile(name: string, text: string): TextFile {
  return { name, mimeType: 'text/plain', buffer: Buffer.from(text) };
}

/** Noise, rounded. Every series has `channels` values a step. */
function* noise(samples: number, seed: number, channels = 1): Generator<string[][]> {
  const random = new NumpyRandom(seed);
  for (let n = 0; n < samples; n++) {
    yield Array.from({ length: STEPS }, () => Array.from({ length: channels }, () => random.normal().toFixed(3)));
  }
}

/** A row a series with its class in column `season`; the classes alternate. */
export function wideCsv(classes: string[], samples: number, seed: number): string {
  const rows = [...noise(samples, seed)].map((steps, n) => {
    const of = n % classes.length;
    const values = steps.map(([value], t) => (t === PLANTED ? 3 * (of - (classes.length - 1) / 2) : value));
    return [`"${classes[of].replaceAll('"', '""')}"`, ...values].join(',');
  });
  return [`season,${Array.from({ length: STEPS }, (_, t) => `t${t}`).join(',')}`, ...rows, ''].join('\n');
}

/** A row a step: a name, the hour, two channels, a column that only counts, and the class. */
export function longCsv(samples: number, seed: number): string {
  let row = 0;
  const rows = [...noise(samples, seed, 2)].flatMap((steps, n) =>
    steps.map(([heat, wind], t) => {
      const value = t === PLANTED ? (n % 2 ? 2 : -2) : heat;
      return `day ${n};${t};${value};${wind};${row++};${n % 2 ? 'open' : 'shut'}`;
    }),
  );
  return ['day;hour;heat;wind;row;valve', ...rows, ''].join('\n');
}

/** A row a series of two channels, with an id and, if there are classes, with one in column `state`. */
export function machinesCsv(samples: number, seed: number, classes: string[] = []): string {
  const columns = ['vib', 'temp'].flatMap((name) => Array.from({ length: STEPS }, (_, t) => `${name}_${t}`));
  const rows = [...noise(samples, seed, 2)].map((steps, n) => {
    const mark = n % 2 ? 2 : -2;
    const vib = steps.map(([value], t) => (t === PLANTED ? mark : value));
    const temp = steps.map(([, value]) => (20 + Number(value)).toFixed(3));
    return [`M-${100 + n}`, ...(classes.length > 0 ? [classes[n % 2]] : []), ...vib, ...temp].join(',');
  });
  return [['machine', ...(classes.length > 0 ? ['state'] : []), ...columns].join(','), ...rows, ''].join('\n');
}

/** A row a series, with the number to predict in the last column and in step PLANTED. */
export function numbersCsv(samples: number, seed: number): string {
  const rows = [...noise(samples, seed)].map((steps, n) => {
    const target = ((n * 7) % 37) / 10 - 1.8;
    return [...steps.map(([value], t) => (t === PLANTED ? target : value)), target].join(',');
  });
  return [`${Array.from({ length: STEPS }, (_, t) => `t${t}`).join(',')},load`, ...rows, ''].join('\n');
}

/** Drops files on the train view as a person does with a pointer. */
export async function dropFiles(page: Page, files: TextFile[]): Promise<void> {
  const contents = files.map(({ name, buffer }) => ({ name, text: buffer.toString('latin1') }));
  const dataTransfer = await page.evaluateHandle((list) => {
    const transfer = new DataTransfer();
    for (const { name, text } of list) {
      const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
      transfer.items.add(new File([bytes], name));
    }
    return transfer;
  }, contents);
  const view = page.locator('#train');
  await view.dispatchEvent('dragenter', { dataTransfer });
  await view.dispatchEvent('dragover', { dataTransfer });
  await view.dispatchEvent('drop', { dataTransfer });
}
