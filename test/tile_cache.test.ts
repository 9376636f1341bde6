import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TileCache } from '../src/cli/tuning.ts';
import type { JobEvent } from '../src/jobs/protocol.ts';
import type { TileChoice } from '../src/model/tiles.ts';

const TILES: TileChoice = { lstm_forward: 'quads/32', lstm_backward: 'quads/8' };
const measured = (key: string): JobEvent => ({ type: 'tiles', key, tiles: TILES, seconds: 1 });
const TUNE = {};

let folder = '';
let path = '';
let lines: string[] = [];
const log = (line: string) => lines.push(line);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tile-cache-'));
  path = join(folder, 'below', 'tiles.json');
  lines = [];
});
afterEach(() => rm(folder, { recursive: true }));

describe('TileCache', () => {
  it('is empty at first; what it keeps is known to this run and to later ones', async () => {
    const cache = await TileCache.open(path);
    expect(cache.tuning(TUNE)).toEqual({ known: {} });
    await cache.keep(measured('a'), log);
    await cache.keep({ type: 'done', job: 'describe', result: null }, log);
    expect(cache.tuning(TUNE)).toEqual({ known: { a: TILES } });

    const later = await TileCache.open(path);
    expect(later.tuning(TUNE)).toEqual({ known: { a: TILES } });
    await later.keep(measured('b'), log);
    expect((await TileCache.open(path)).tuning(TUNE)).toEqual({ known: { a: TILES, b: TILES } });
    expect(lines).toEqual([]);
  });

  it('keeps no choice that is for one run alone', async () => {
    const cache = await TileCache.open(path);
    await cache.keep({ type: 'tiles', tiles: TILES, seconds: 1 }, log);
    expect(cache.tuning(TUNE)).toEqual({ known: {} });
  });

  it('gives a pinned tile, or none, before what it knows', async () => {
    const cache = await TileCache.open(path);
    await cache.keep(measured('a'), log);
    expect(cache.tuning({ tune: true, tile: 'quads/32' })).toEqual({ pinned: 'quads/32' });
    expect(cache.tuning({ tune: false, tile: 'quads/32' })).toEqual({ pinned: 'quads/32' });
    expect(cache.tuning({ tune: false })).toEqual({ off: true });
    expect(cache.tuning({ tune: true })).toEqual({ known: { a: TILES }, always: true });
  });

  it.each([
    ['a cut one', '{"a": {'],
    ['an empty one', ''],
    ['a list', '[1, 2]'],
    ['nothing', 'null'],
    ['a text', '"a"'],
  ])('knows nothing from a file that is damaged, %s, and mends it', async (_, content) => {
    path = join(folder, 'tiles.json');
    await writeFile(path, content);
    const cache = await TileCache.open(path);
    expect(cache.tuning(TUNE)).toEqual({ known: {} });
    await cache.keep(measured('a'), log);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ a: TILES });
    expect(lines).toEqual([]);
  });

  it('that cannot be written says so in a line and serves this run', async () => {
    await writeFile(join(folder, 'below'), 'a file where the folder would be');
    const cache = await TileCache.open(path);
    await cache.keep(measured('a'), log);
    expect(lines).toEqual([expect.stringMatching(/^Not kept: the tiles that were measured \(.+\)$/)]);
    expect(cache.tuning(TUNE)).toEqual({ known: { a: TILES } });
  });
});
