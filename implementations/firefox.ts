import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import puppeteer, { type Browser } from 'puppeteer-core';
import { isExecutable } from '../src/hosts/browser.ts';

const NAMES = ['firefox-esr', 'firefox'];
/** Firefox keeps WebGPU off in its releases for Linux, and off again for drivers that it does not know. */
const PREFERENCES = { 'dom.webgpu.enabled': true, 'gfx.webgpu.ignore-blocklist': true };

/** A headless Firefox with WebGPU on the Vulkan driver that `env` names. Throws if there is no Firefox to be had. */
export function launchFirefox(env: NodeJS.ProcessEnv | undefined): Promise<Browser> {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: findFirefox() ?? installFirefox(),
    headless: true,
    env,
    extraPrefsFirefox: PREFERENCES,
  });
}

/** FIREFOX_PATH, else a Firefox on the PATH. */
function findFirefox(): string | undefined {
  const { FIREFOX_PATH, PATH = '' } = process.env;
  if (FIREFOX_PATH) return FIREFOX_PATH;
  return NAMES.flatMap((name) => PATH.split(delimiter).map((folder) => join(folder, name))).find(isExecutable);
}

/** Installs Debian's Firefox, which only root may. */
function installFirefox(): string {
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const run = (...args: string[]) => spawnSync('apt-get', ['-qq', ...args], { stdio: ['ignore', 2, 2], env });
    run('update');
    // What Firefox recommends would bring drivers that Dawn and Chrome then find too.
    run('-y', '--no-install-recommends', 'install', 'firefox-esr');
  }
  const installed = findFirefox();
  if (installed) return installed;
  throw new Error(
    'no Firefox was found: install one (Debian: `sudo apt-get install firefox-esr`), or set FIREFOX_PATH',
  );
}
