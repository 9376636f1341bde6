import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findBrowser } from '../src/hosts/browser.ts';
import { chromeArguments } from '../src/hosts/chrome.ts';

function fakeBrowser(name: string, mode = 0o755): string {
  const path = join(mkdtempSync(join(tmpdir(), 'browser-')), name);
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, mode);
  return path;
}

describe('findBrowser', () => {
  it('takes CHROME_PATH before anything else', () => {
    const named = fakeBrowser('mine');
    const installed = fakeBrowser('chromium');
    expect(findBrowser({ CHROME_PATH: named, PATH: join(installed, '..') })).toEqual({
      path: named,
      source: 'CHROME_PATH',
    });
  });

  it('names a CHROME_PATH that cannot be run', () => {
    expect(() => findBrowser({ CHROME_PATH: '/nowhere/chrome' })).toThrow(
      /CHROME_PATH is \/nowhere\/chrome, which is not/,
    );
  });

  it('finds an installed browser on the PATH, Chrome before Chromium', () => {
    const chromium = fakeBrowser('chromium');
    const chrome = fakeBrowser('google-chrome');
    const folders = [chromium, chrome].map((path) => join(path, '..')).join(':');
    expect(findBrowser({ PATH: folders })).toEqual({ path: chrome, source: 'installed' });
  });

  it('passes over what cannot be run', () => {
    const broken = fakeBrowser('chromium', 0o644);
    expect(findBrowser({ PATH: join(broken, '..') })?.path).not.toBe(broken);
  });
});

describe('chromeArguments', () => {
  it('asks for SwiftShader where the software adapter is wanted, and never for a real driver then', () => {
    const args = chromeArguments('software');
    expect(args).toContain('--enable-unsafe-webgpu');
    expect(args).toContain('--use-webgpu-adapter=swiftshader');
    expect(args).not.toContain('--use-angle=vulkan');
    expect(chromeArguments('auto')).not.toContain('--use-webgpu-adapter=swiftshader');
  });
});
