// Prepares a clone so that every command works: packages, builds, and with --browser a browser for the tests. Plain
// JavaScript, because nothing is installed when it first runs. Whatever is up to date is left alone.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const LEAST_NODE = [20, 19];
/** The sources of the builds. */
const SOURCES = [
  'src',
  'shaders',
  'index.html',
  'headless.html',
  'public',
  'vite.config.ts',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.library.json',
];
const STAMP = join(root, 'dist', '.sources');

/** Installs packages and builds if they are missing or out of date. */
export function setup() {
  checkNode();
  if (packagesAreStale()) {
    log('Installing packages (npm ci).');
    run(
      'npm',
      ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel', 'error'],
      'check the network and run `npm ci`',
    );
  }
  const sources = hashSources();
  if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== sources) {
    log('Building.');
    const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
    const build = (...args) => run(process.execPath, args, 'run `npm run build` to see why');
    for (const mode of ['production', 'node', 'library']) build(vite, 'build', '--mode', mode, '--logLevel', 'warn');
    build(join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.library.json');
    writeFileSync(STAMP, sources);
  }
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return;
  fail(
    `Node ${process.versions.node} is too old: install Node ${LEAST_NODE.join('.')} or newer from https://nodejs.org`,
  );
}

function packagesAreStale() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  return !existsSync(installed) || statSync(installed).mtimeMs < statSync(join(root, 'package-lock.json')).mtimeMs;
}

function hashSources() {
  const hash = createHash('sha256');
  const visit = (path) => {
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path).sort()) visit(join(path, name));
    } else {
      hash.update(path.slice(root.length)).update(readFileSync(path));
    }
  };
  for (const source of SOURCES) visit(join(root, source));
  return hash.digest('hex');
}

/** Output goes to standard error, because standard output belongs to the command. */
function run(command, args, advice) {
  const shell = process.platform === 'win32' && command === 'npm';
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell });
  if (status !== 0) fail(`\`${command} ${args[0]}\` failed (${error?.message ?? `exit code ${status}`}): ${advice}`);
}

function log(line) {
  process.stderr.write(`${line}\n`);
}

function fail(message) {
  log(`Error: ${message}`);
  process.exit(1);
}

const HELP = `Usage: npm run setup [-- --help]

Installs the packages, builds, and installs a browser if there is none.
Whatever is up to date is left alone.
`;

function main(args) {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(HELP);
    return;
  }
  const unknown = args.find((arg) => arg !== '--browser');
  if (unknown !== undefined) fail(`${unknown} is no option of setup: --help shows what it does`);
  setup();
  if (args.includes('--browser')) {
    run(process.execPath, [join(root, 'dist', 'node', 'main.js'), 'setup'], 'install what it names');
  }
}

if (realpathSync(process.argv[1]) === realpathSync(fileURLToPath(import.meta.url))) main(process.argv.slice(2));
