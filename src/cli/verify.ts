import { basename } from 'node:path';
import { Command } from 'commander';
import type { Check } from '../verify/check.ts';
import { readJson } from './files.ts';
import { addHostOptions, HOSTS, type HostFlags, jobFailure } from './hosts.ts';
import { outputsOf, requireFree } from './outputs.ts';
import { jsonText, textTargets, writeResults } from './results.ts';
import { table } from './terminal.ts';
import { addResultOptions, type ResultFlags, Voice } from './voice.ts';

interface VerifyFlags extends HostFlags, ResultFlags {
  kernel?: string[];
}

export function verifyCommand(): Command {
  const command = new Command('verify')
    .description('run every kernel against its float64 reference on this adapter')
    .argument('[file...]', 'reference files to check too (model-step or dataset)')
    .option('--kernel <name...>', 'run these kernels only');
  return addHostOptions(addResultOptions(command, 'every check')).action((files: string[], flags: VerifyFlags) =>
    verify(files, flags),
  );
}

async function verify(paths: string[], flags: VerifyFlags): Promise<void> {
  const { runtime, adapter, kernel, json, force } = flags;
  await requireFree(outputsOf({ '--json': json }), { inputs: paths, force });
  const files = await Promise.all(
    paths.map(async (path) => ({ name: basename(path), content: await readJson(path, 'a reference file') })),
  );
  const voice = new Voice(flags, [json]);
  const checks: Check[] = [];
  let description = '';
  for await (const event of HOSTS[runtime]({ type: 'verify', files, kernels: kernel }, { adapter, log: voice.note })) {
    if (event.type === 'failed') throw jobFailure(event, adapter);
    if (event.type === 'adapter') description = event.adapter.description;
    if (event.type !== 'check') continue;
    const { type: _, ...check } = event;
    checks.push(check);
    voice.status.show(`${checks.length} checks, ${check.subject}`);
  }
  voice.status.clear();
  const missed = checks.filter(({ passed }) => !passed);
  const [passed, failed] = [checks.length - missed.length, missed.length];
  const shown = voice.isQuiet ? missed : checks;
  if (shown.length > 0) voice.tell(checkTable(shown));
  voice.tell(`${passed} passed, ${failed} failed on ${description}`);
  const record = () => jsonText({ adapter: description, runtime, passed, failed, checks });
  if (failed > 0) process.exitCode = 1;
  await writeResults(textTargets([['--json', json, record]]));
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
