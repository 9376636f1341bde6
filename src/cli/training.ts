import { version } from '../hosts/package_path.ts';
import { attentionOverSteps } from '../train/mean_attention.ts';
import { recordOf, type TrainResult } from '../train/train_result.ts';
import { writeJson } from './files.ts';
import { followTraining } from './follow_training.ts';
import type { HostFlags } from './hosts.ts';
import { interruptible } from './interrupt.ts';
import { TrainProgress } from './progress.ts';
import { renderReport } from './report.ts';
import type { Target } from './results.ts';
import { openRun, type RunFlags } from './run_start.ts';
import { evaluationTable } from './series_tables.ts';
import { TensorBoardFolder, WATCHED_BY_LOG } from './tensorboard_folder.ts';
import { attentionChart, createTerminal, safeLines, type Terminal } from './terminal.ts';
import type { TrainSource } from './train_source.ts';
import { TileCache, type TuningFlags } from './tuning.ts';

export interface TrainFlags extends HostFlags, TuningFlags, RunFlags {
  json?: string;
}

/** Trains on the series of a source, shows the results and leaves a run folder. */
export async function trainFrom(
  flags: TrainFlags,
  open: (say: (line: string) => void) => TrainSource | Promise<TrainSource>,
): Promise<void> {
  const { runtime, adapter, json, checkpointSeconds } = flags;
  const terminal = createTerminal(process.stdout, process.env);
  const say = (line: string) => terminal.write(`${safeLines(line)}\n`);
  const source = await open(say);
  const { config, series, context } = source;
  const progress = new TrainProgress(terminal, { epochs: config.epochs });
  const log = (line: string) => {
    progress.finish(); // No text behind the bar.
    process.stderr.write(`${safeLines(line)}\n`);
  };
  const run = await openRun(flags, source, log);
  try {
    const tensorBoard = await TensorBoardFolder.begin(flags.tensorboard, run, config).catch(async (error) => {
      if (!run.isBegun) await run.folder.discard();
      throw error;
    });
    await interruptible(log, async (signal) => {
      const watch = { metrics: terminal.isTTY, checkpointSeconds, ...(tensorBoard && WATCHED_BY_LOG) };
      const tiles = await TileCache.open();
      const job = { type: 'train' as const, config, series, watch, tuning: tiles.tuning(flags), resume: run.resume };
      const followers = { runtime, adapter, signal, log, progress, run, tiles, tensorBoard };
      const { result, layers } = await followTraining(job, followers);
      const command = `attention-lstm ${process.argv.slice(2).join(' ')}`;
      const meta = { version: version(), command, date: new Date().toISOString(), runtime };
      const others: Target[] = tensorBoard ? [tensorBoard.target] : [];
      if (json) others.push([`--json ${json}`, () => writeJson(json, recordOf(result))]);
      const report = () => renderReport(result, layers, meta, context.series);
      const failure = await run.finish(result, report, others);
      printOutcome(terminal, result);
      const { test } = result.evaluation;
      if (test) say(`\nTest: ${evaluationTable(context.series, test)}\n`);
      if (failure) throw failure;
      say(`Wrote model, history, attention and report to ${run.folder.path}`);
      if (tensorBoard) say(tensorBoard.howToOpen);
    });
  } finally {
    await run.folder.close();
  }
}

function printOutcome(terminal: Terminal, result: TrainResult): void {
  const { attention, config, seconds, stopped, history, bestEpoch, parametersSha256 } = result;
  const { columns, color } = terminal;
  const options = { columns, color, marked: config.attentionColumn, uniform: true };
  terminal.write(`\n${attentionChart(attentionOverSteps(attention), options)}\n\n`);
  const epochs = `${history.length} epoch${history.length === 1 ? '' : 's'}`;
  const best = bestEpoch === undefined ? '' : `; these are the parameters of epoch ${bestEpoch}, the best`;
  terminal.write(`${stopped ? 'Stopped after' : 'Trained'} ${epochs} in ${seconds.toFixed(1)} s${best}\n`);
  terminal.write(`SHA-256 ${parametersSha256}\n`);
}
