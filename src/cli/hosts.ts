import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Command, Option } from 'commander';
import { Failure, type FailureCode } from '../errors.ts';
import { ADAPTER_CHOICES, type AdapterChoice, type Host } from '../hosts/host.ts';

/**
 * Collects the arrays that reading has left, which may be several times as large as the series. While another process
 * computes, this one makes too few objects to collect them by itself.
 */
function freeMemory(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

/** Places where jobs run, by their names for `--runtime`. Each is loaded when it is used. */
export const HOSTS = {
  async *chrome(job, options) {
    freeMemory();
    const { runInChrome } = await import('../hosts/chrome.ts');
    yield* runInChrome(job, options);
  },
  async *dawn(job, options) {
    freeMemory();
    const { runInDawn } = await import('../hosts/dawn.ts');
    yield* runInDawn(job, options);
  },
} satisfies Record<string, Host>;
export type Runtime = keyof typeof HOSTS;
export const RUNTIMES = Object.keys(HOSTS) as Runtime[];

export interface HostFlags {
  runtime: Runtime;
  adapter: AdapterChoice;
}

/** Adds --runtime and --adapter to a command that computes. */
export function addHostOptions(command: Command): Command {
  return command
    .addOption(new Option('--runtime <name>', 'where the kernels run').choices(RUNTIMES).default('chrome'))
    .addOption(
      new Option('--adapter <name>', 'which GPU; software computes on the CPU: slow, but always there')
        .choices(ADAPTER_CHOICES)
        .default('auto'),
    );
}

/** A job's failure as an error of the command line, with the option that may help. */
export function jobFailure({ code, message }: { code: FailureCode; message: string }, adapter: AdapterChoice): Failure {
  const isAdapters = code === 'adapter-timeout' || code === 'no-adapter' || code === 'device-lost';
  const helps = isAdapters && adapter !== 'software';
  return new Failure(code, helps ? `${message}, or choose --adapter software` : message);
}
