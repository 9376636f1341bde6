// `node scripts/gpu_compiler.mjs [navi31 …]`: prints as tables what AMD's compiler makes of the kernels that a GPU gets,
// without a GPU. Linux with gcc; it fetches Mesa's compiler from Debian's backports once.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runnerImport } from 'vite';

const ROOT = new URL('..', import.meta.url).pathname;
const FAMILIES = ['navi31', 'navi21', 'vega10'];
const COLUMNS = [
  ['wave', 'wave'],
  ['registers', 'VGPRs'],
  ['spilled', 'Spilled VGPRs'],
  ['scratch B', 'Scratch size'],
  ['workgroup memory B', 'LDS size'],
  ['waves', 'Subgroups per SIMD'],
  ['code B', 'Code size'],
];

const { module } = await runnerImport(join(ROOT, 'scripts/gpu_compiler/kernel_list.ts'));
const kernels = module.kernelList();
const families = process.argv.length > 2 ? process.argv.slice(2) : FAMILIES;
const folder = mkdtempSync(join(tmpdir(), 'gpu_compiler_'));
try {
  const list = join(folder, 'kernels.json');
  writeFileSync(list, JSON.stringify(kernels));
  process.stdout.write(families.map((family) => tableOf(family, statisticsOf(list, family))).join('\n'));
} finally {
  rmSync(folder, { recursive: true });
}

function statisticsOf(list, family) {
  const script = join(ROOT, 'scripts/gpu_compiler/statistics.sh');
  const { status } = spawnSync(script, [list, family], { stdio: ['ignore', 'inherit', 'inherit'], cwd: ROOT });
  if (status !== 0) throw new Error(`${script} ended with ${status}`);
  return JSON.parse(readFileSync(`${list}.${family}.json`, 'utf8'));
}

function tableOf(family, statistics) {
  const head = ['kernel', 'lanes', ...COLUMNS.map(([words]) => words)];
  const rows = kernels.map(({ name, lanes }) => [
    name,
    lanes,
    ...COLUMNS.map(([, key]) => statistics[name][key] ?? 'does not compile'),
  ]);
  const lines = [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows];
  return `### ${family}\n\n${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}
