import { unnamedSeries } from '../formats/saved_model.ts';
import { version } from '../hosts/package_path.ts';
import type { TrainResult } from '../jobs/protocol.ts';
import { checkExperiment, type ExperimentConfig } from '../model/config.ts';
import { type FitSettings, fitOptions } from '../train/fit_settings.ts';
import { attentionOverSteps } from '../train/mean_attention.ts';
import { writeJson } from './files.ts';
import { followTraining } from './follow_training.ts';
import type { HostFlags } from './hosts.ts';
import { interruptible } from './interrupt.ts';
import { TrainProgress } from './progress.ts';
import { renderReport } from './report.ts';
import { openRun, type RunFlags } from './run_start.ts';
import { optionName, SETTINGS, type Setting } from './settings.ts';
import { TensorBoardFolder, WATCHED_BY_LOG } from './tensorboard_folder.ts';
import { attentionChart, createTerminal, type Terminal } from './terminal.ts';
import { TileCache, type TuningFlags } from './tuning.ts';

export interface ExperimentFlags
  extends Pick<ExperimentConfig, Setting | 'singleAttentionVector'>,
    HostFlags,
    TuningFlags,
    FitSettings,
    RunFlags {
  json?: string;
}

/** Trains the experiment and leaves a folder with all that it came to. */
export async function trainExperiment(flags: ExperimentFlags): Promise<void> {
  const { runtime, adapter, json, checkpointSeconds } = flags;
  const config = experimentOf(flags);
  checkExperiment(config, optionName);
  const terminal = createTerminal(process.stdout, process.env);
  const progress = new TrainProgress(terminal, { epochs: config.epochs });
  const log = (line: string) => {
    progress.finish(); // No text behind the bar.
    process.stderr.write(`${line}\n`);
  };
  const run = await openRun(flags, { series: unnamedSeries(config) }, log);
  const { folder, resume, keep, finish } = run;
  const tensorBoard = await TensorBoardFolder.begin(flags.tensorboard, run, config);
  await interruptible(log, async (signal) => {
    const watch = { metrics: terminal.isTTY, checkpointSeconds, ...(tensorBoard && WATCHED_BY_LOG) };
    const tiles = await TileCache.open();
    const job = { type: 'train' as const, config, watch, tuning: tiles.tuning(flags), resume };
    const followers = { runtime, adapter, signal, log, progress, folder, tiles, tensorBoard, keep, finish };
    const { result, checkpoint, layers } = await followTraining(job, followers);
    printOutcome(terminal, result);
    const command = `attention-lstm ${process.argv.slice(2).join(' ')}`;
    const meta = { version: version(), command, date: new Date().toISOString(), runtime };
    await folder.writeResult(result);
    await folder.writeAttention(result.attention);
    await folder.writeReport(renderReport(result, layers, meta));
    await run.finish(checkpoint);
    if (json) await writeJson(json, result);
    terminal.write(`Wrote model, history, attention and report to ${folder.path}\n`);
    if (tensorBoard) terminal.write(`${tensorBoard.howToOpen}\n`);
  });
}

function experimentOf(flags: ExperimentFlags): ExperimentConfig {
  const { singleAttentionVector } = flags;
  const settings = Object.fromEntries(SETTINGS.map((name) => [name, flags[name]])) as Pick<ExperimentConfig, Setting>;
  return { ...settings, singleAttentionVector, ...fitOptions(flags, [], optionName) };
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
