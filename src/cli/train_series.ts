import { resolve } from 'node:path';
import { datasetOf, type SeriesSet, shapeOf } from '../data/series_set.ts';
import { sha256 } from '../data/sha256.ts';
import { standardise } from '../data/standardisation.ts';
import { attentionOverSteps } from '../train/mean_attention.ts';
import { prepareSeries, type SeriesSettings } from '../train/series_run.ts';
import { writeJson } from './files.ts';
import { followTraining } from './follow_training.ts';
import type { HostFlags } from './hosts.ts';
import { interruptible } from './interrupt.ts';
import { runMeasuring } from './measuring.ts';
import { TrainProgress } from './progress.ts';
import { openRun, type RunFlags } from './run_start.ts';
import { readSeriesFile, type SeriesFlags } from './series_files.ts';
import { describeSeries, evaluationTable } from './series_tables.ts';
import { optionName } from './settings.ts';
import { StatusLine } from './status_line.ts';
import { TensorBoardFolder, WATCHED_BY_LOG } from './tensorboard_folder.ts';
import { attentionChart, createTerminal } from './terminal.ts';
import { TileCache, type TuningFlags } from './tuning.ts';

export interface TrainSeriesFlags extends HostFlags, TuningFlags, SeriesFlags, SeriesSettings, RunFlags {
  data: string;
  test?: string;
  json?: string;
}

/** Trains on a file of labelled series, tests on another, and leaves the model. */
export async function trainSeries(flags: TrainSeriesFlags): Promise<void> {
  const { runtime, adapter, json, test: testPath, checkpointSeconds } = flags;
  const terminal = createTerminal(process.stdout, process.env);
  const read = await readSeriesFile(flags.data, flags);
  terminal.write(`${describeSeries(read)}\n`);
  const test = testPath === undefined ? undefined : await readSeriesFile(testPath, flags, { like: read });
  if (test) terminal.write(`Test: ${describeSeries(test)}\n`);
  const { set, parts, standardisation, config } = prepareSeries(read, flags, optionName);
  const progress = new TrainProgress(terminal, { epochs: config.epochs });
  const log = (line: string) => {
    progress.finish(); // No text behind the bar.
    process.stderr.write(`${line}\n`);
  };
  const context = { series: shapeOf(set), standardisation };
  const run = await openRun(absolute(flags), context, log, await fingerprint(set));
  const { folder, resume, keep, finish } = run;
  const tensorBoard = await TensorBoardFolder.begin(flags.tensorboard, run, config);
  await interruptible(log, async (signal) => {
    const tiles = await TileCache.open();
    const watch = { metrics: terminal.isTTY, checkpointSeconds, ...(tensorBoard && WATCHED_BY_LOG) };
    const job = {
      type: 'train-series' as const,
      config,
      dataset: datasetOf(set),
      parts,
      watch,
      tuning: tiles.tuning(flags),
      resume,
    };
    const followers = { runtime, adapter, signal, log, progress, folder, tiles, tensorBoard, keep, finish };
    const { result, checkpoint } = await followTraining(job, followers);
    const { attention, history, seconds, stopped, bestEpoch } = result;
    terminal.write(`\n${attentionChart(attentionOverSteps(attention), { ...terminal, uniform: true })}\n\n`);
    const epochs = `${history.length} epoch${history.length === 1 ? '' : 's'}`;
    const best = bestEpoch === undefined ? '' : `; these are the parameters of epoch ${bestEpoch}, the best`;
    terminal.write(`${stopped ? 'Stopped after' : 'Trained'} ${epochs} in ${seconds.toFixed(1)} s${best}\n`);
    terminal.write(`SHA-256 ${result.parametersSha256}\n`);
    await folder.writeHistory(history);
    await folder.writeAttention(attention);
    await run.finish(checkpoint, result.parameters);
    if (json) await writeJson(json, { ...result, parameters: undefined });
    if (test) {
      if (standardisation) standardise(test.x, standardisation);
      const status = new StatusLine(terminal);
      const predicting = { type: 'predict' as const, config, parameters: result.parameters, dataset: datasetOf(test) };
      const { prediction } = await runMeasuring(predicting, flags, { status, tiles, signal });
      terminal.write(`\nTest: ${evaluationTable(test, prediction)}\n\n`);
    }
    terminal.write(`Wrote model, history and attention to ${folder.path}\n`);
    if (tensorBoard) terminal.write(`${tensorBoard.howToOpen}\n`);
  });
}

/** Files by paths that hold wherever the run goes on. */
function absolute(flags: TrainSeriesFlags): TrainSeriesFlags {
  const { data, test, labels } = flags;
  return { ...flags, data: resolve(data), test: test && resolve(test), labels: labels && resolve(labels) };
}

/** SHA-256 of series and labels, as they are trained on. */
async function fingerprint({ x, y }: SeriesSet): Promise<string> {
  return sha256(new TextEncoder().encode(`${await sha256(x)}${await sha256(y)}`));
}
