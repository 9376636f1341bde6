import { Command, Option } from 'commander';
import { asFailure } from '../errors.ts';
import type { AdapterReport } from '../gpu/device.ts';
import { findBrowser } from '../hosts/browser.ts';
import { ADAPTER_CHOICES, type AdapterChoice } from '../hosts/host.ts';
import { version } from '../hosts/package_path.ts';
import { writeJson } from './files.ts';
import { HOSTS, jobFailure, RUNTIMES, type Runtime } from './hosts.ts';
import { addForceOption, type ForceFlag, outputsOf, requireFree } from './outputs.ts';
import { createTerminal } from './terminal.ts';

interface RuntimeReport {
  runtime: Runtime;
  adapter?: AdapterReport;
  /** Why there is no adapter, and what to do. */
  problem?: string;
}

interface DoctorFlags extends ForceFlag {
  adapter: AdapterChoice;
  json?: string;
}

/** Limits that decide which model sizes fit. */
const SHOWN_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
];

export function doctorCommand(): Command {
  const command = new Command('doctor')
    .description('show which browser, runtimes and adapters are found, and how to get the missing ones')
    .addOption(new Option('--adapter <name>', 'which GPU to ask for').choices(ADAPTER_CHOICES).default('auto'))
    .option('--json <file>', 'write the findings as JSON');
  return addForceOption(command).action((flags: DoctorFlags) => doctor(flags));
}

async function doctor({ adapter, json, force }: DoctorFlags): Promise<void> {
  await requireFree(outputsOf({ '--json': json }), { force });
  const terminal = createTerminal(process.stdout, process.env);
  terminal.write(
    `attention-lstm-webgpu ${version()}, Node ${process.versions.node}, ${process.platform} ${process.arch}\n`,
  );
  const browser = browserReport();
  terminal.write(`browser  ${browser}\n`);
  const reports: RuntimeReport[] = [];
  for (const runtime of RUNTIMES) {
    const report = await describe(runtime, adapter);
    reports.push(report);
    terminal.write(`\n${runtimeLines(report).join('\n')}\n`);
  }
  if (json) await writeJson(json, { version: version(), node: process.versions.node, browser, runtimes: reports });
  // One working runtime is enough.
  if (reports.every(({ problem }) => problem)) process.exitCode = 1;
}

function browserReport(): string {
  try {
    const found = findBrowser();
    return found ? `${found.path} (${found.source})` : 'none: run `attention-lstm setup`, or set CHROME_PATH';
  } catch (error) {
    return asFailure(error).message;
  }
}

async function describe(runtime: Runtime, adapter: AdapterChoice): Promise<RuntimeReport> {
  const report: RuntimeReport = { runtime };
  const log = (line: string) => process.stderr.write(`${line}\n`);
  for await (const event of HOSTS[runtime]({ type: 'describe' }, { adapter, log })) {
    if (event.type === 'adapter') report.adapter = event.adapter;
    if (event.type === 'failed') report.problem = jobFailure(event, adapter).message;
  }
  return report;
}

function runtimeLines({ runtime, adapter, problem }: RuntimeReport): string[] {
  const lines = [`--runtime ${runtime}`];
  if (adapter) {
    const kind = adapter.isSoftware ? 'software: right, but slow' : 'GPU';
    lines.push(`  adapter   ${adapter.description} (${kind})`);
    lines.push(`  vendor    ${adapter.vendor || 'unknown'}, architecture ${adapter.architecture || 'unknown'}`);
    for (const name of ['timestamp-query', 'subgroups', 'shader-f16']) {
      lines.push(`  ${name.padEnd(16)} ${adapter.features.includes(name) ? 'yes' : 'no'}`);
    }
    for (const name of SHOWN_LIMITS) lines.push(`  ${name.padEnd(34)} ${adapter.limits[name].toLocaleString('en')}`);
  }
  if (problem) lines.push(`  problem   ${problem}`);
  return lines;
}
