import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { launchedInOwnFolder } from '../src/hosts/browser_folder.ts';
import { lockFolder } from '../src/hosts/folder_lock.ts';

afterAll(() => {
  vi.unstubAllEnvs();
});

it('a browser has the process’s own folder; those of killed processes are removed, and no others', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'browser-folder-'));
  for (const name of ['alw-chrome-killed', 'alw-chrome-living', 'mine']) {
    mkdirSync(join(folder, name, 'profile'), { recursive: true });
  }
  await lockFolder(join(folder, 'alw-chrome-living'));
  vi.stubEnv('TMPDIR', folder);
  const own = await launchedInOwnFolder(async () => tmpdir());
  expect(readdirSync(folder).sort()).toEqual([basename(own), 'alw-chrome-living', 'mine'].sort());
  expect(basename(own)).toMatch(/^alw-chrome-/);
  expect(tmpdir()).toBe(folder);
  await expect(launchedInOwnFolder(() => Promise.reject(new Error(tmpdir())))).rejects.toThrow(own);
  expect(tmpdir()).toBe(folder);
});
