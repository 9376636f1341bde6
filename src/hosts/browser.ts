import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { Failure } from '../errors.ts';

const require = createRequire(import.meta.url);

const NAMES = [
  'google-chrome-stable',
  'google-chrome',
  'chromium',
  'chromium-browser',
  'microsoft-edge-stable',
  'microsoft-edge',
];

/** Where installers put Chrome, Chromium and Edge outside the PATH. */
const PLACES: Partial<Record<NodeJS.Platform, string[]>> = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: ['ProgramFiles', 'ProgramFiles(x86)', 'LocalAppData'].flatMap((variable) => {
    const folder = process.env[variable];
    if (!folder) return [];
    return [
      join(folder, 'Google/Chrome/Application/chrome.exe'),
      join(folder, 'Microsoft/Edge/Application/msedge.exe'),
    ];
  }),
};

export interface FoundBrowser {
  path: string;
  /** How it was found, in words. */
  source: string;
}

/**
 * The browser to drive: CHROME_PATH, else an installed Chrome, Chromium or Edge, else Playwright's own. Throws
 * no-browser if CHROME_PATH is not a program that can be run.
 */
export function findBrowser(env: NodeJS.ProcessEnv = process.env): FoundBrowser | undefined {
  if (env.CHROME_PATH) {
    if (!isExecutable(env.CHROME_PATH)) {
      throw new Failure(
        'no-browser',
        `CHROME_PATH is ${env.CHROME_PATH}, which is not a program that can be run: correct it, or unset it to use an installed browser`,
      );
    }
    return { path: env.CHROME_PATH, source: 'CHROME_PATH' };
  }
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  const candidates = [
    ...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))),
    ...(PLACES[process.platform] ?? []),
  ];
  const installed = candidates.find(isExecutable);
  if (installed) return { path: installed, source: 'installed' };
  const own = playwrightsBrowser();
  return existsSync(own) ? { path: own, source: "Playwright's" } : undefined;
}

function playwrightsBrowser(): string {
  return loadPlaywright().chromium.executablePath();
}

/**
 * The npm package `playwright`, which whoever uses a browser installs beside this one. Loaded only when needed: it takes
 * longer to load than all other modules together. Throws no-browser if it is not installed.
 */
export function loadPlaywright(): typeof import('playwright') {
  try {
    return require('playwright');
  } catch (error) {
    const [reason] = String((error as Error).message).split('\n');
    throw new Failure(
      'no-browser',
      `the npm package playwright, which drives the browser, cannot be loaded (${reason}): run \`npm install playwright\`, or use --runtime dawn`,
    );
  }
}

/** `findBrowser`, or a browser that it installs now. Throws no-browser with installation advice if that fails too. */
export function ensureBrowser(log: (line: string) => void, env: NodeJS.ProcessEnv = process.env): FoundBrowser {
  const found = findBrowser(env);
  if (found) return found;
  log('No Chrome, Chromium or Edge found: installing a browser (once).');
  for (const { name, install } of installers()) {
    log(`- ${name}`);
    const { status } = install();
    const installed = status === 0 ? findBrowser(env) : undefined;
    if (installed) return installed;
  }
  throw new Failure('no-browser', `no browser was found and none could be installed: ${advice()}`);
}

/** Tries Playwright's download first, then the system's package, which only root may install. */
function installers(): { name: string; install: () => SpawnSyncReturns<Buffer> }[] {
  const own = {
    name: "Playwright's own Chromium",
    install: () => {
      const cli = join(dirname(require.resolve('playwright/package.json')), 'cli.js');
      return run(process.execPath, [cli, 'install', 'chromium']);
    },
  };
  const isRoot = process.getuid?.() === 0;
  if (process.platform !== 'linux' || !isRoot || !existsSync('/usr/bin/apt-get')) return [own];
  const system = {
    name: "the system's package chromium (apt-get)",
    install: () => {
      run('apt-get', ['-qq', 'update']);
      return run('apt-get', ['-qq', '-y', 'install', 'chromium']);
    },
  };
  return [own, system];
}

/** Runs for ten minutes at most. Output goes to standard error, because standard output belongs to the command. */
function run(command: string, args: string[]): SpawnSyncReturns<Buffer> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync(command, args, { stdio: ['ignore', 2, 2], timeout: 600_000, env });
}

function advice(): string {
  switch (process.platform) {
    case 'darwin':
      return 'run `brew install --cask google-chrome`, or set CHROME_PATH to a Chrome, Chromium or Edge';
    case 'win32':
      return 'run `winget install Google.Chrome`, or set CHROME_PATH to a Chrome, Chromium or Edge';
    default:
      return 'run `sudo apt-get install chromium` (Debian; `chromium-browser` on Ubuntu, `sudo dnf install chromium` on Fedora), or set CHROME_PATH to a Chrome, Chromium or Edge';
  }
}

/** Whether the path is a program that this user can run. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
