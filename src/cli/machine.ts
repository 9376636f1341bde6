import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import type { AdapterChoice } from '../hosts/host.ts';
import type { Runtime } from './hosts.ts';

/** The place of a benchmark, as far as Node knows it. */
export interface MachineReport {
  runtime: Runtime;
  /** Version of Dawn's package; a browser gives its version in its user agent. */
  runtimeVersion?: string;
  node: string;
  platform: string;
  cpu: string;
  cores: number;
  /** The command line's arguments and the browser's switches. */
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
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    flags: process.argv.slice(2),
    browserFlags: runtime === 'chrome' ? (await import('../hosts/chrome.ts')).chromeArguments(adapter) : undefined,
  };
}

function dawnVersion(): string {
  return `webgpu ${createRequire(import.meta.url)('webgpu/package.json').version}`;
}
