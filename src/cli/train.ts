import { Command } from 'commander';
import { asFailure, Failure } from '../errors.ts';
import type { AdapterChoice } from '../hosts/host.ts';
import { version } from '../hosts/package_path.ts';
import type { JobEvent, TrainResult } from '../jobs/protocol.ts';
import { checkExperiment, type ExperimentConfig } from '../model/config.ts';
import type { LayerSummary } from '../model/summary.ts';
import { attentionOverSteps } from '../train/fit.ts';
import type { EpochRecord } from '../train/history.ts';
import { writeJson } from './files.ts';
import { addHostOptions, HOSTS, type HostFlags, jobFailure } from './hosts.ts';
import { interruptible } from './interrupt.ts';
import { TrainProgress } from './progress.ts';
import { renderReport } from './report.ts';
import { RunFolder } from './run_folder.ts';
import { addSettings, optionName } from './settings.ts';
import { attentionChart, createTerminal, type Terminal } from './terminal.ts';
import { addTuningOptions, TileCache, type TuningFlags } from './tuning.ts';

type TrainFlags = ExperimentConfig & HostFlags & TuningFlags & { out?: string; json?: string };

export function trainCommand(): Command {
  const command = new Command('train').description('train the experiment and show what the attention found');
  addSettings(command);
  command.option('--out <dir>', 'folder for history, attention and report (default: runs/<date and time>)');
  command.option('--json <file>', 'write the whole result as JSON');
  return addHostOptions(addTuningOptions(command)).action((flags: TrainFlags) => train(flags));
}

async function train({ runtime, adapter, out, json, tune, tile, ...config }: TrainFlags): Promise<void> {
  checkExperiment(config, optionName);
  const terminal = createTerminal(process.stdout, process.env);
  const folder = await RunFolder.create(out ?? defaultFolder());
  const progress = new TrainProgress(terminal, { epochs: config.epochs });
  const log = (line: string) => {
    progress.finish(); // No text behind the bar.
    process.stderr.write(`${line}\n`);
  };
  await interruptible(log, async (signal) => {
    const watch = { metrics: terminal.isTTY };
    const tiles = await TileCache.open();
    const tuning = tiles.tuning({ tune, tile });
    const events = HOSTS[runtime]({ type: 'train', config, watch, tuning }, { adapter, signal, log });
    const { result, layers } = await follow(events, { progress, folder, tiles, adapter, log }).finally(() =>
      progress.finish(),
    );
    printOutcome(terminal, result);
    const command = `attention-lstm ${process.argv.slice(2).join(' ')}`;
    const meta = { version: version(), command, date: new Date().toISOString(), runtime };
    await folder.writeResult(result);
    await folder.writeAttention(result.attention);
    await folder.writeReport(renderReport(result, layers, meta));
    if (json) await writeJson(json, result);
    terminal.write(`Wrote ${folder.path}/history.csv, history.json, attention.csv and report.html\n`);
  });
}

/** What a run's events go to. */
interface Followers {
  progress: TrainProgress;
  folder: RunFolder;
  tiles: TileCache;
  adapter: AdapterChoice;
  log: (line: string) => void;
}

/** Reads the events to the end; the history is saved with every epoch. Throws what the job failed with. */
async function follow(
  events: AsyncGenerator<JobEvent, void>,
  { progress, folder, tiles, adapter, log }: Followers,
): Promise<{ result: TrainResult; layers: LayerSummary[] }> {
  const history: EpochRecord[] = [];
  let layers: LayerSummary[] = [];
  for await (const event of events) {
    progress.handle(event);
    await tiles.keep(event, log);
    if (event.type === 'model') layers = event.layers;
    if (event.type === 'epoch') {
      const { type: _, epochs: __, steps: ___, ...record } = event;
      history.push(record);
      await folder.writeHistory(history).catch((error) => log(`Not saved: ${asFailure(error).message}`));
    }
    if (event.type === 'failed') {
      const kept = history.length > 0 ? `; ${history.length} epochs are kept in ${folder.path}` : '';
      const { code, message } = jobFailure(event, adapter);
      throw new Failure(code, `${message}${kept}`);
    }
    if (event.type === 'done' && event.job === 'train') return { result: event.result, layers };
  }
  throw new Failure('internal', 'the job ended without a last event: report this with the command');
}

function printOutcome(
  terminal: Terminal,
  { attention, config, seconds, stopped, history, parametersSha256 }: TrainResult,
) {
  const chart = attentionChart(attentionOverSteps(attention), {
    columns: terminal.columns,
    marked: config.attentionColumn,
    uniform: true,
    color: terminal.color,
  });
  terminal.write(`\n${chart}\n\n`);
  const epochs = `${history.length} epoch${history.length === 1 ? '' : 's'}`;
  terminal.write(`${stopped ? 'Stopped after' : 'Trained'} ${epochs} in ${seconds.toFixed(1)} s\n`);
  terminal.write(`SHA-256 ${parametersSha256}\n`);
}

function defaultFolder(): string {
  return `runs/${new Date().toISOString().slice(0, 23).replace(/[:T.]/g, '-')}`;
}
