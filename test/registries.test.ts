import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kernels } from '../shaders/index.ts';
import { FUSION_RULES } from '../src/model/fusion/index.ts';
import { LAYERS } from '../src/model/layers/index.ts';
import { OUTPUTS } from '../src/model/outputs/index.ts';

/** What the files of a folder export that looks like an entry of its list. */
async function exportsOf(folder: string, isEntry: (value: unknown) => boolean): Promise<unknown[]> {
  const url = new URL(`../${folder}/`, import.meta.url);
  const files = readdirSync(url).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && name !== 'index.ts',
  );
  const modules = await Promise.all(files.map((name) => import(new URL(name, url).href)));
  return modules.flatMap((module) => Object.values(module)).filter(isEntry);
}

function has(...fields: string[]): (value: unknown) => boolean {
  return (value) => typeof value === 'object' && value !== null && fields.every((field) => field in value);
}

describe('a list has all that the files beside it export', () => {
  it.each([
    ['shaders', kernels, has('bindings', 'reference')],
    ['src/model/layers', Object.values(LAYERS), has('forward', 'backward', 'keras', 'views')],
    ['src/model/outputs', Object.values(OUTPUTS), has('loss', 'metric', 'fromUnits')],
  ] as const)('%s', async (folder, list, isEntry) => {
    const entries = await exportsOf(folder, isEntry);
    expect(entries.length).toBeGreaterThan(0);
    expect(new Set(entries)).toEqual(new Set<unknown>(list));
  });

  it('src/model/fusion', async () => {
    const url = new URL('../src/model/fusion/', import.meta.url);
    const rules = readdirSync(url).filter((name) =>
      readFileSync(new URL(name, url), 'utf8').includes(': FusionRule ='),
    );
    expect(FUSION_RULES).toHaveLength(rules.length);
  });

  it.each(Object.entries(LAYERS))('the layer %s is listed under its type', (name, { type }) => {
    expect(type).toBe(name);
  });
});
