import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import type { AdapterChoice } from '../hosts/host.ts';
import type { Runtime } from './hosts.ts';

/** Where a benchmark ran, as far as Node knows. */
export interface MachineReport {
  runtime: Runtime;
  /** Dawn's package; a browser tells its version as its user agent. */
  runtimeVersion?: string;
  node: string;
  platform: string;
  cpu: string;
  cores: number;
  /** The command line's arguments, and those that it gives a browser. */
  flags: string[];
  browserFlags?: string[];
}

export async function machineReport(runtime: Runtime, adapter: AdapterChoice): Promise<MachineReport> {
  const processors = cpus();
  return {
    runtime,
    runtimeVersion: runtime === 'dawn' ? dawnVersion() : undefined,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpu: processors[0]?.model ?? 'not told',
    cores: processors.length,
    flags: process.argv.slice(2),
    browserFlags: runtime === 'chrome' ? (await import('../hosts/chrome.ts')).chromeArguments(adapter) : undefined,
  };
}

function dawnVersion(): string {
  return `webgpu ${createRequire(import.meta.url)('webgpu/package.json').version}`;
}
