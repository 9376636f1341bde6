import { version } from '../hosts/package_path.ts';
import { createArena, packArena } from '../model/parameters.ts';
import { formatMetrics } from '../train/history.ts';
import { describeUntrained } from '../train/learned.ts';
import { attentionOverSteps } from '../train/mean_attention.ts';
import { recordOf, type TrainResult } from '../train/train_result.ts';
import { followTraining } from './follow_training.ts';
import type { HostFlags } from './hosts.ts';
import { interruptible } from './interrupt.ts';
import { TrainProgress } from './progress.ts';
import { renderReport } from './report.ts';
import { jsonText, type Target, textTargets } from './results.ts';
import { openRun, type RunFlags } from './run_start.ts';
import { evaluationTable } from './series_tables.ts';
import { optionName } from './settings.ts';
import { TensorBoardFolder, WATCHED_BY_LOG } from './tensorboard_folder.ts';
import { attentionChart } from './terminal.ts';
import type { TrainSource } from './train_source.ts';
import { TileCache, type TuningFlags } from './tuning.ts';
import type { Voice } from './voice.ts';

export interface TrainFlags extends HostFlags, TuningFlags, RunFlags {
  json?: string;
}

/** Trains on the series of a source, shows the results and leaves a run folder. */
export async function trainFrom(
  flags: TrainFlags,
  open: () => TrainSource | Promise<TrainSource>,
  voice: Voice,
): Promise<void> {
  const { runtime, adapter, json, checkpointSeconds } = flags;
  const { course } = voice;
  const source = await open();
  const { config, series, context, base } = source;
  const progress = new TrainProgress(course, { epochs: config.epochs });
  const log = (line: string) => {
    progress.finish(); // No text behind the bar.
    voice.warn(line);
  };
  const note = (line: string) => {
    progress.finish();
    voice.note(line);
  };
  const run = await openRun(flags, source, log);
  try {
    const tensorBoard = await TensorBoardFolder.begin(flags.tensorboard, run, config).catch(async (error) => {
      if (!run.isBegun) await run.folder.discard();
      throw error;
    });
    await interruptible(log, async (signal) => {
      const watch = { metrics: course.isTTY, checkpointSeconds, ...(tensorBoard && WATCHED_BY_LOG) };
      const tiles = await TileCache.open();
      const parameters = base && packArena(createArena(base.config), base.parameters);
      const job = {
        type: 'train' as const,
        config,
        series,
        watch,
        tuning: tiles.tuning(flags),
        resume: run.resume,
        parameters,
      };
      const followers = { runtime, adapter, signal, log, note, progress, run, tiles, tensorBoard };
      const { result, layers } = await followTraining(job, followers);
      const command = `attention-lstm ${process.argv.slice(2).join(' ')}`;
      const meta = { version: version(), command, date: new Date().toISOString(), runtime };
      const others: Target[] = tensorBoard ? [tensorBoard.target] : [];
      others.push(...textTargets([['--json', json, () => jsonText(recordOf(result))]]));
      const report = () => renderReport(result, layers, meta, context.series);
      const failure = await run.finish(result, report, others);
      printOutcome(voice, result);
      const { test } = result.evaluation;
      if (test) voice.tell(`\nTest: ${evaluationTable(context.series, test)}\n`);
      const untrained = describeUntrained(result.verdict, optionName);
      if (untrained) voice.tell(untrained);
      if (failure) throw failure;
      voice.tell(`Wrote model, history, attention and report to ${run.folder.path}`);
      if (tensorBoard) voice.say(tensorBoard.howToOpen);
    });
  } finally {
    await run.folder.close();
  }
}

function printOutcome({ course, tell, isQuiet }: Voice, result: TrainResult): void {
  const { attention, config, seconds, stopped, history, bestEpoch, parametersSha256 } = result;
  const { columns, color } = course;
  const options = { columns, color, marked: config.attentionColumn, uniform: true };
  course.write(`\n${attentionChart(attentionOverSteps(attention), options)}\n\n`);
  const epochs = `${history.length} epoch${history.length === 1 ? '' : 's'}`;
  const best = bestEpoch === undefined ? '' : `; these are the parameters of epoch ${bestEpoch}, the best`;
  tell(`${stopped ? 'Stopped after' : 'Trained'} ${epochs} in ${seconds.toFixed(1)} s${best}`);
  const metrics = history[(bestEpoch ?? history.length) - 1];
  if (isQuiet && metrics) tell(formatMetrics(metrics).join(' - '));
  tell(`SHA-256 ${parametersSha256}`);
}
