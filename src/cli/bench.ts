import { Command, Option } from 'commander';
import type { BenchConfig } from '../bench/bench_config.ts';
import { type Comparison, compareResults } from '../bench/compare.ts';
import { type BenchResult, benchCsv } from '../bench/result.ts';
import { requireBenchResult } from '../bench/result_file.ts';
import { SWEPT_SIZES } from '../bench/swept_sizes.ts';
import { version } from '../hosts/package_path.ts';
import { STARTS } from '../jobs/starts.ts';
import { MODEL_NAMES } from '../model/config.ts';
import { formatSetting } from '../settings/kinds.ts';
import { unsetValue } from '../settings/table.ts';
import { compareBuilds } from './against.ts';
import { benchTables, comparisonTable } from './bench_tables.ts';
import { readJson } from './files.ts';
import { addHostOptions, type HostFlags } from './hosts.ts';
import { machineReport } from './machine.ts';
import { measureInStarts } from './measuring.ts';
import { otherProgram, ownProgram } from './other_build.ts';
import { outputsOf, requireFree } from './outputs.ts';
import { comparePeers, type PeerName, peersOption, peersTable } from './peers.ts';
import { jsonText, textTargets, writeResults } from './results.ts';
import { addSettings, numberParser, optionName } from './settings.ts';
import type { Terminal } from './terminal.ts';
import { addTuningOptions, cacheFolder, TileCache, type TuningFlags } from './tuning.ts';
import { addResultOptions, type ResultFlags, Voice } from './voice.ts';

interface BenchFlags extends BenchConfig, HostFlags, TuningFlags, ResultFlags {
  seconds: number;
  epoch: boolean;
  score: boolean;
  sweeps: boolean;
  peers?: PeerName[] | true;
  csv?: string;
  compare?: string;
  starts: number;
  against?: string;
}

const SECONDS = { min: 0.1, max: 3600, integer: false, reason: 'slow adapters may take four times as long' };

const STARTS_BOUNDS = { min: 2, max: 100, integer: true, reason: 'one start tells nothing of the next' };

export function benchCommand(): Command {
  const command = new Command('bench').description("time training steps and every kernel beside the adapter's limits");
  addSettings(command, [...MODEL_NAMES, 'batchSize', 'seed']);
  command
    .option(
      '--seconds <n>',
      'measure at least this long in all starts, and 20 samples of everything',
      numberParser('--seconds', SECONDS),
      2,
    )
    .option('--no-epoch', 'leave out the share of an epoch outside kernels')
    .option('--score', "also give the machine's score (docs/score.md), measured at the experiment's sizes", false)
    .option('--sweeps', 'also time a step over batches 32…4096, steps 16…1024, units 8…256, channels 1…64', false)
    .addOption(peersOption())
    .option('--csv <file>', 'write the rows as comma-separated values')
    .option('--compare <file>', 'list what is slower than in an older --json file; exit 1 if anything is')
    .option('--starts <n>', 'measure with so many new devices', numberParser('--starts', STARTS_BOUNDS), STARTS)
    .addOption(
      new Option(
        '--against <build>',
        'measure in turns with another checkout, build folder or version, and list what is slower; exit 1 if anything is',
      ).conflicts(['score', 'sweeps', 'peers', 'json', 'csv', 'compare']),
    );
  addHostOptions(addTuningOptions(addResultOptions(command, 'the whole result')));
  return command.action((flags: BenchFlags) => bench(flags));
}

async function bench(flags: BenchFlags): Promise<void> {
  if (flags.against !== undefined) return benchAgainst(flags.against, flags);
  const { seconds, epoch, score, sweeps, peers, json, csv, compare, starts, force, quiet, ...others } = flags;
  const { runtime, adapter, tune, tile, against: _, ...config } = others;
  await requireFree(outputsOf({ '--json': json, '--csv': csv }), { inputs: [compare], force });
  const old = compare === undefined ? undefined : await readResult(compare);
  const { status, result: terminal } = new Voice({ quiet }, [json, csv]);
  const tiles = await TileCache.open();
  const tuning = tiles.tuning({ tune, tile });
  // First, so that a missing peer that was named is reported at once.
  const compared = peers && (await comparePeers({ config, peers, tiles, tuning, runtime, adapter, status }));
  const job = { type: 'bench', config, seconds, epoch, score, sweeps: sweeps ? SWEPT_SIZES : [], tuning } as const;
  const measured = await measureInStarts(job, flags, { status, tiles, starts });
  const environment = { ...measured.environment, ...(await machineReport(runtime, adapter)), version: version() };
  const result = { ...measured, environment, ratios: compared?.rows ?? [] };
  terminal.write(`${benchTables(result)}\n`);
  if (compared) terminal.write(`\n${peersTable(compared)}\n`);
  const files = textTargets([
    ['--json', json, () => jsonText(result)],
    ['--csv', csv, () => benchCsv(result.rows)],
  ]);
  await writeResults(files);
  if (old === undefined) return;
  terminal.write('\n');
  report(terminal, compareResults(old, result));
}

async function benchAgainst(named: string, flags: BenchFlags): Promise<void> {
  const { seconds, runtime, adapter, tune, tile, quiet } = flags;
  const { status, result: terminal } = new Voice({ quiet }, []);
  const options = [
    ...sizesOf(flags),
    ...['--runtime', runtime, '--adapter', adapter],
    ...(tile === undefined ? [] : ['--tile', tile]),
    ...(tune ? [] : ['--no-tune']),
  ];
  const [other, own] = [otherProgram(named, cacheFolder()), ownProgram()];
  report(terminal, await compareBuilds({ other, own, options, seconds, status }));
}

/** The sizes that are not the default, as options. */
function sizesOf(config: BenchConfig): string[] {
  return [...MODEL_NAMES, 'batchSize' as const, 'seed' as const].flatMap((name) => {
    const value = config[name];
    if (value === unsetValue(name)) return [];
    return typeof value === 'boolean' ? [optionName(name)] : [optionName(name), formatSetting(name, value)];
  });
}

function report(terminal: Terminal, comparison: Comparison): void {
  terminal.write(`${comparisonTable(comparison)}\n`);
  if (comparison.rows.some(({ verdict }) => verdict === 'slower')) process.exitCode = 1;
}

async function readResult(path: string): Promise<BenchResult> {
  const content = await readJson(path, 'a file that bench --json wrote');
  requireBenchResult(path, content);
  return content;
}
