import { basename } from 'node:path';
import { Command } from 'commander';
import type { Check } from '../verify/check.ts';
import { readJson, writeJson } from './files.ts';
import { addHostOptions, HOSTS, type HostFlags, jobFailure } from './hosts.ts';
import { addForceOption, type ForceFlag, outputsOf, requireFree } from './outputs.ts';
import { createTerminal, table } from './terminal.ts';

interface VerifyFlags extends HostFlags, ForceFlag {
  kernel?: string[];
  json?: string;
}

export function verifyCommand(): Command {
  const command = new Command('verify')
    .description('run every kernel against its float64 reference on this adapter')
    .argument('[file...]', 'reference files to check too (model-step or dataset)')
    .option('--kernel <name...>', 'run these kernels only')
    .option('--json <file>', 'write every check as JSON');
  return addHostOptions(addForceOption(command)).action((files: string[], flags: VerifyFlags) => verify(files, flags));
}

async function verify(paths: string[], { runtime, adapter, kernel, json, force }: VerifyFlags): Promise<void> {
  await requireFree(outputsOf({ '--json': json }), { inputs: paths, force });
  const files = await Promise.all(
    paths.map(async (path) => ({ name: basename(path), content: await readJson(path, 'a reference file') })),
  );
  const terminal = createTerminal(process.stdout, process.env);
  const log = (line: string) => process.stderr.write(`${line}\n`);
  const checks: Check[] = [];
  let description = '';
  for await (const event of HOSTS[runtime]({ type: 'verify', files, kernels: kernel }, { adapter, log })) {
    if (event.type === 'failed') throw jobFailure(event, adapter);
    if (event.type === 'adapter') description = event.adapter.description;
    if (event.type !== 'check') continue;
    const { type: _, ...check } = event;
    checks.push(check);
    if (terminal.isTTY) terminal.write(`\r\x1b[K${checks.length} checks, ${check.subject}`);
  }
  if (terminal.isTTY) terminal.write('\r\x1b[K');
  const missed = checks.filter(({ passed }) => !passed).length;
  terminal.write(`${checkTable(checks)}\n`);
  terminal.write(`${checks.length - missed} passed, ${missed} failed on ${description}\n`);
  if (json)
    await writeJson(json, { adapter: description, runtime, passed: checks.length - missed, failed: missed, checks });
  if (missed > 0) process.exitCode = 1;
}

/** Checks under a line for each kernel or file, narrow enough for 80 columns. */
function checkTable(checks: Check[]): string {
  const rows: string[][] = [];
  let subject = '';
  for (const check of checks) {
    if (check.subject !== subject) rows.push([check.subject, '', '', '']);
    subject = check.subject;
    const error = Number.isFinite(check.error) ? check.error.toExponential(1) : String(check.error);
    const tolerance = check.tolerance === 0 ? 'exact' : check.tolerance.toExponential(0);
    rows.push([`  ${check.name}`, error, tolerance, check.passed ? 'ok' : 'MISS']);
  }
  return table(['kernel or file, case', 'error', 'tolerance', ''], rows, ['left', 'right', 'right', 'left']);
}
