import { execFile, execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { expect, test } from 'playwright/test';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { build, createServer } from 'vite';
import { packagePath } from '../src/hosts/package_path.ts';
import { type Packed, pack } from './packed.ts';

test.setTimeout(300_000);

let packed: Packed;
test.beforeAll(() => {
  packed = pack();
});
test.afterAll(() => packed.remove());

/** Runs a program as a user of the package would. */
async function node(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: packed.folder });
  return stdout;
}

/** All files of a folder, in folders of its own too. */
function filesOf(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

const bytesOf = (folder: string) => filesOf(folder).reduce((sum, file) => sum + statSync(file).size, 0);

test('publint has nothing to say of it', async () => {
  const { messages, pkg } = await publint({ pkgDir: packed.path, strict: true });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});

test('its user installs one other package, and less than 5 MB', () => {
  const { dependencies } = JSON.parse(readFileSync(join(packed.path, 'package.json'), 'utf8'));
  expect(Object.keys(dependencies)).toEqual(['@webgpu/types']);
  expect(bytesOf(packed.path) + bytesOf(packagePath('node_modules/@webgpu/types'))).toBeLessThan(5e6);
  // Whatever else its code imports is Node's, or loaded only if somebody asks for a browser or for Dawn.
  const imports = new Map<string, string>();
  const anImport =
    /^(?:im|ex)port [^\n;]*from ["']([^."'][^"']*)["']|(?<![.\w])(?:import|require)\(["']([^."'][^"']*)["']\)/gm;
  for (const path of filesOf(join(packed.path, 'dist')).filter((file) => file.endsWith('.js'))) {
    for (const [, name, later = name] of readFileSync(path, 'utf8').matchAll(anImport))
      if (!isBuiltin(later)) imports.set(later, path);
  }
  expect([...imports.keys()].sort()).toEqual(['playwright', 'webgpu']);
});

test('its README shows its pictures and finds its pages', () => {
  const readme = readFileSync(join(packed.path, 'README.md'), 'utf8');
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) => link);
  expect(links.length).toBeGreaterThan(10);
  expect(links.filter((link) => !existsSync(join(packed.path, link)))).toEqual([]);
});

test('without Playwright or Dawn its command line says what to install', async () => {
  const alone = mkdtempSync(join(tmpdir(), 'attention-lstm-alone-'));
  cpSync(packed.path, alone, { recursive: true });
  const train = (runtime: string) =>
    node(join(alone, 'dist', 'node', 'main.js'), 'train', '--samples', '200', '--epochs', '1', '--runtime', runtime);
  await expect(train('chrome')).rejects.toThrow(/Error: .* playwright.* cannot be loaded .* `npm install playwright`/);
  await expect(train('dawn')).rejects.toThrow(/Error: .* webgpu cannot be loaded .* `npm install webgpu`/);
});

test('its command line trains in headless Chrome', async () => {
  const output = await node(join(packed.path, 'dist', 'node', 'main.js'), 'train', '--samples', '200', '--epochs', '1');
  expect(output).toMatch(/SHA-256 [0-9a-f]{64}/);
});

test('its types are right for whoever resolves them', async () => {
  const analysis = await checkPackage(createPackageFromTarballData(packed.tarball));
  if (!analysis.types) throw new Error('the package has no types');
  // The package is for ES modules; CommonJS imports it dynamically. Node 10's resolution does not know exports.
  const ofModules = analysis.problems.filter(
    (problem) => !('resolutionKind' in problem && ['node10', 'node16-cjs'].includes(problem.resolutionKind)),
  );
  expect(ofModules).toEqual([]);
  const entry = analysis.entrypoints['.'].resolutions;
  for (const kind of ['node16-esm', 'bundler'] as const) {
    expect(entry[kind].resolution?.fileName, kind).toMatch(/dist\/library\/src\/index\.(node\.)?d\.ts$/);
  }
});

test('a program in TypeScript is checked against it', () => {
  writeFileSync(
    join(packed.folder, 'user.mts'),
    `import { AttentionLstm, type History, requestDevice } from 'attention-lstm-webgpu';
const model = await AttentionLstm.create(await requestDevice(), { timeSteps: 4, inputDim: 1 });
const run = model.fit({ x: new Float32Array(8), y: [0, 1] }, { epochs: 2, callbacks: { epoch: ({ loss }) => loss * 2 } });
for await (const event of run) if (event.type === 'epoch') { const loss: number = event.loss; console.log(loss); }
const history: History = await run;
// @ts-expect-error: there is no such option.
model.fit({ x: new Float32Array(8), y: [0, 1] }, { epoch: 2 });
console.log(history.epochs);
`,
  );
  const tsc = packagePath('node_modules/typescript/bin/tsc');
  const options = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--target',
    'es2022',
    '--module',
    'nodenext',
    '--types',
    '',
  ];
  execFileSync(process.execPath, [tsc, ...options, 'user.mts'], { cwd: packed.folder, stdio: 'pipe' });
});

test('importing it does nothing, and a bundle has only what is used of it', async () => {
  const before = `const before = new Set(Reflect.ownKeys(globalThis)); await import('attention-lstm-webgpu');
    console.log(JSON.stringify(Reflect.ownKeys(globalThis).filter((key) => !before.has(key))))`;
  expect(await node('--input-type=module', '--eval', before)).toBe('[]\n');
  const bundled = async (code: string) => {
    writeFileSync(join(packed.folder, 'entry.js'), code);
    const result = await build({
      root: packed.folder,
      configFile: false,
      logLevel: 'error',
      build: { write: false, lib: { entry: 'entry.js', formats: ['es'] } },
    });
    const [{ output }] = result as { output: { type: string; code?: string }[] }[];
    return output.map((file) => file.code ?? '').join('');
  };
  expect(await bundled("import 'attention-lstm-webgpu';")).toBe('');
  const reader = await bundled("export { readSeries } from 'attention-lstm-webgpu';");
  expect(reader).not.toContain('@compute');
  const whole = await bundled("export { AttentionLstm } from 'attention-lstm-webgpu';");
  expect(whole).toContain('@compute');
  expect(whole.length).toBeGreaterThan(reader.length);
});

/** Runs the JavaScript of a page of the package as one program, beside the series of the examples. */
async function runPage(page: string): Promise<string> {
  const folder = mkdtempSync(join(packed.folder, 'page-'));
  copyFileSync(join(packed.path, 'examples', 'series.csv'), join(folder, 'series.csv'));
  const blocks = [...readFileSync(join(packed.path, page), 'utf8').matchAll(/^```js\n(.*?)^```$/gms)];
  writeFileSync(join(folder, 'page.mjs'), blocks.map(([, code]) => code).join('\n'));
  const { stdout } = await promisify(execFile)(process.execPath, ['page.mjs'], {
    cwd: folder,
    env: { ...process.env, FORCE_COLOR: '0' }, // Playwright has set it.
  });
  return stdout;
}

test('the code of its guide runs from series to a kept model', async () => {
  const output = await runPage(join('docs', 'library.md'));
  expect(output).toContain('240 series of 12 steps and 1 channels');
  expect(output).toContain('For 192 training series: batches of 32 (batchSize changes that)');
  expect(output).toMatch(/\[ 'calm', 'storm' \] (calm|storm) [\d.]+ 2880 [\d.]+\nIt looks at step \d+\.\n/);
  expect(output).toContain('invalid-option series has 2 steps in x[0]: give 3, as the model takes them');
});

test('the code of its README runs', async () => {
  await runPage('README.md');
});

test('the example for Node finds the step that carries the label', async () => {
  expect(await node(join(packed.path, 'examples', 'node.mjs'))).toContain(
    'It looks at step 5; the label is in step 5.',
  );
});

test('the example for own series trains on a CSV file and reads its model again', async () => {
  const file = join(packed.folder, 'mine.csv');
  copyFileSync(join(packed.path, 'examples', 'series.csv'), file);
  const output = await node(join(packed.path, 'examples', 'own_csv.mjs'), file);
  expect(output).toContain('240 series of 12 steps; classes calm,storm');
  expect(Number(/Accuracy ([\d.]+)/.exec(output)?.[1])).toBeGreaterThan(0.9);
  expect(existsSync(join(packed.folder, 'model.safetensors'))).toBe(true);
});

test('the example for a browser draws the attention', async ({ page }) => {
  // Copied, as docs/library.md says: a bundler prepares what a program depends on, and not a package for itself.
  const root = join(packed.folder, 'browser');
  cpSync(join(packed.path, 'examples', 'browser'), root, { recursive: true });
  const server = await createServer({
    root,
    configFile: false,
    logLevel: 'error',
    cacheDir: join(packed.folder, '.vite'),
    server: { port: 0, host: 'localhost', fs: { strict: false } },
  });
  await server.listen();
  try {
    await page.goto(server.resolvedUrls?.local[0] ?? '');
    await expect(page.locator('#status')).toHaveText(
      /^Trained: accuracy (1\.000|0\.9\d\d), the label is in step 5\.$/,
      {
        timeout: 120_000,
      },
    );
    const heights = await page
      .locator('#attention rect')
      .evaluateAll((bars) => bars.map((bar) => Number(bar.getAttribute('height'))));
    expect(heights).toHaveLength(16);
    expect(heights.indexOf(Math.max(...heights))).toBe(5);
  } finally {
    await server.close();
  }
});
