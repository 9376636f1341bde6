import { Command, Option } from 'commander';
import { MULTIPROCESSORS } from '../bench/occupancy.ts';
import { compareProfiles, type ProfileResult, requireProfileResult } from '../bench/profile_result.ts';
import { traceOf } from '../formats/trace.ts';
import { version } from '../hosts/package_path.ts';
import { checkExperiment, EXPERIMENT, type ExperimentConfig, MODEL_NAMES } from '../model/config.ts';
import { whole } from '../settings/bounds.ts';
import { comparisonTable } from './bench_tables.ts';
import { readJson } from './files.ts';
import { addHostOptions, type HostFlags } from './hosts.ts';
import { interruptible } from './interrupt.ts';
import { machineReport } from './machine.ts';
import { measureInStarts, runMeasuring } from './measuring.ts';
import { occupancyTable } from './occupancy.ts';
import { outputsOf, requireFree } from './outputs.ts';
import { profileTables } from './profile_tables.ts';
import { jsonText, textTargets, writeResults } from './results.ts';
import { addSettings, numberParser, optionName } from './settings.ts';
import type { Terminal } from './terminal.ts';
import { addTuningOptions, TileCache, type TuningFlags } from './tuning.ts';
import { addResultOptions, type ResultFlags, Voice } from './voice.ts';

interface ProfileFlags extends HostFlags, TuningFlags, ResultFlags, Pick<ExperimentConfig, (typeof SIZES)[number]> {
  epoch?: boolean;
  unfused: boolean;
  trace?: string;
  compare?: string;
  wgsl?: string;
  occupancy?: boolean;
  multiprocessors?: number;
}

const SIZES = [...MODEL_NAMES, 'batchSize', 'samples', 'validationSplit', 'seed'] as const;

export function profileCommand(): Command {
  const command = new Command('profile').description('time every dispatch of a training step, or of an epoch');
  addSettings(command, SIZES);
  command
    .option('--epoch', 'time every step of an epoch once, instead of one step many times')
    .option('--unfused', 'use single kernels in place of combined ones', false)
    .option('--trace <file>', 'write the timeline as a trace that Perfetto and chrome://tracing open')
    .option('--compare <file>', 'list what is slower than in an older --json file; exit 1 if anything is')
    .addOption(
      new Option('--wgsl <kernel>', 'print the WGSL of a kernel as training runs it, and time nothing').conflicts([
        'epoch',
        'json',
        'trace',
        'compare',
      ]),
    )
    .addOption(
      new Option(
        '--occupancy',
        'count what each dispatch of a step needs of a GPU, by a model, without a device',
      ).conflicts(['epoch', 'json', 'trace', 'compare', 'wgsl']),
    )
    .addOption(
      new Option(
        '--multiprocessors <n>',
        `multiprocessors of the GPU that --occupancy counts for; ${MULTIPROCESSORS} if absent`,
      ).argParser(numberParser('--multiprocessors', whole(1, 10_000, 'a GPU has a few hundred'))),
    );
  addHostOptions(addTuningOptions(addResultOptions(command, 'the whole profile')));
  return command.action((flags: ProfileFlags) => profile(flags));
}

async function profile(flags: ProfileFlags): Promise<void> {
  const { epoch, unfused, json, trace, compare, wgsl, occupancy, multiprocessors, force, quiet, ...others } = flags;
  const { runtime, adapter, tune, tile, ...sizes } = others;
  await requireFree(outputsOf({ '--json': json, '--trace': trace }), { inputs: [compare], force });
  const config = { ...EXPERIMENT, attentionColumn: 0, ...sizes };
  const old = compare === undefined ? undefined : await readProfile(compare);
  const { status, result: terminal } = new Voice({ quiet }, [json, trace]);
  if (occupancy) {
    checkExperiment(config, optionName);
    terminal.write(`${occupancyTable(config, !unfused, multiprocessors)}\n`);
    return;
  }
  const tiles = await TileCache.open();
  const job = { config, fused: !unfused, tuning: tiles.tuning({ tune, tile }) };
  if (wgsl !== undefined) {
    const codes = await runMeasuring({ type: 'wgsl', kernel: wgsl, ...job }, flags, { status, tiles });
    terminal.write(codes.map(({ dispatches, code }) => `// ${dispatches.join(', ')}\n${code.trim()}\n`).join('\n'));
    return;
  }
  await interruptible(
    (line) => status.log(line),
    async (signal) => {
      const length = epoch ? 'epoch' : 'step';
      const result = await measureInStarts({ type: 'profile', length, ...job }, flags, { status, tiles, signal });
      const environment = { ...result.environment, ...(await machineReport(runtime, adapter)), version: version() };
      const whole = { ...result, environment };
      terminal.write(`${profileTables(whole, terminal.columns)}\n`);
      const files = textTargets([
        ['--json', json, () => jsonText(whole)],
        ['--trace', trace, () => JSON.stringify(traceOf(whole))],
      ]);
      await writeResults(files);
      if (old) report(terminal, old, whole);
    },
  );
}

function report(terminal: Terminal, old: ProfileResult, now: ProfileResult): void {
  const comparison = compareProfiles(old, now);
  terminal.write(`\n${comparisonTable(comparison)}\n`);
  if (comparison.rows.some(({ verdict }) => verdict === 'slower')) process.exitCode = 1;
}

async function readProfile(path: string): Promise<ProfileResult> {
  const content = await readJson(path, 'a file that profile --json wrote');
  requireProfileResult(path, content);
  return content;
}
