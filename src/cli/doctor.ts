import { Command, Option } from 'commander';
import { asFailure } from '../errors.ts';
import type { AdapterReport } from '../gpu/device.ts';
import { findBrowser } from '../hosts/browser.ts';
import { ADAPTER_CHOICES, type AdapterChoice } from '../hosts/host.ts';
import { version } from '../hosts/package_path.ts';
import { HOSTS, jobFailure, RUNTIMES, type Runtime } from './hosts.ts';
import { outputsOf, requireFree } from './outputs.ts';
import { jsonText, textTargets, writeResults } from './results.ts';
import { addResultOptions, type ResultFlags, Voice } from './voice.ts';

interface RuntimeReport {
  runtime: Runtime;
  adapter?: AdapterReport;
  /** Why there is no adapter, and what to do. */
  problem?: string;
}

interface DoctorFlags extends ResultFlags {
  adapter: AdapterChoice;
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
    .addOption(new Option('--adapter <name>', 'which GPU to ask for').choices(ADAPTER_CHOICES).default('auto'));
  return addResultOptions(command, 'the findings').action((flags: DoctorFlags) => doctor(flags));
}

async function doctor(flags: DoctorFlags): Promise<void> {
  const { adapter, json, force } = flags;
  await requireFree(outputsOf({ '--json': json }), { force });
  const voice = new Voice(flags, [json]);
  voice.say(`attention-lstm-webgpu ${version()}, Node ${process.versions.node}, ${process.platform} ${process.arch}`);
  const browser = browserReport();
  voice.say(`browser  ${browser}`);
  const reports: RuntimeReport[] = [];
  for (const runtime of RUNTIMES) {
    const report = await describe(runtime, adapter, voice.note);
    reports.push(report);
    voice.tell(voice.isQuiet ? summaryOf(report) : `\n${runtimeLines(report).join('\n')}`);
  }
  // One working runtime is enough.
  if (reports.every(({ problem }) => problem)) process.exitCode = 1;
  const record = { version: version(), node: process.versions.node, browser, runtimes: reports };
  await writeResults(textTargets([['--json', json, () => jsonText(record)]]));
}

function browserReport(): string {
  try {
    const found = findBrowser();
    return found ? `${found.path} (${found.source})` : 'none: run `attention-lstm setup`, or set CHROME_PATH';
  } catch (error) {
    return asFailure(error).message;
  }
}

async function describe(runtime: Runtime, adapter: AdapterChoice, log: Voice['note']): Promise<RuntimeReport> {
  const report: RuntimeReport = { runtime };
  for await (const event of HOSTS[runtime]({ type: 'describe' }, { adapter, log })) {
    if (event.type === 'adapter') report.adapter = event.adapter;
    if (event.type === 'failed') report.problem = jobFailure(event, adapter).message;
  }
  return report;
}

function summaryOf({ runtime, adapter, problem }: RuntimeReport): string {
  return `--runtime ${runtime}: ${problem ?? adapter?.description ?? 'no adapter'}`;
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
