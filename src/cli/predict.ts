import { Command } from 'commander';
import { datasetOf, isLabelled, type Ready, type Unseen } from '../data/series_set.ts';
import { readyFor } from '../data/standardisation.ts';
import { Failure } from '../errors.ts';
import type { HostOptions } from '../hosts/host.ts';
import { openModel } from '../library/model_files.ts';
import { createArena, packArena } from '../model/parameters.ts';
import { groupAttentionCsv, predictedSeries, predictionCsv, seriesAttentionCsv } from '../train/csv_lines.ts';
import { compare } from '../train/evaluation.ts';
import { describeUntrained } from '../train/learned.ts';
import { attentionGroups, attentionOverSteps } from '../train/mean_attention.ts';
import type { Prediction } from '../train/predict.ts';
import { outputOf } from '../train/prepare_series.ts';
import { attentionPicture } from './attention_picture.ts';
import { confusionPicture, MOST_CLASSES } from './confusion_picture.ts';
import { addHostOptions, type HostFlags } from './hosts.ts';
import { interruptible } from './interrupt.ts';
import { runMeasuring } from './measuring.ts';
import { outputsOf, requireFree } from './outputs.ts';
import { requirePictureName, writePicture } from './picture.ts';
import { readInput } from './reading.ts';
import { jsonText, type Target, textTargets, writeResults } from './results.ts';
import { addSeriesOptions, readUnlabelledFile, SERIES_FILES, type SeriesFlags } from './series_files.ts';
import { describePredictions, describeSeries, evaluationTable } from './series_tables.ts';
import { optionName } from './settings.ts';
import { attentionChart } from './terminal.ts';
import { TileCache } from './tuning.ts';
import { addResultOptions, type ResultFlags, Voice } from './voice.ts';

interface ModelFlags extends HostFlags, SeriesFlags, ResultFlags {
  model: string;
  data: string;
  csv?: string;
  meanCsv?: string;
  picture?: string;
}

/** What a command does with the predictions. */
interface Use {
  /** Throws invalid-option before any computing if the series cannot be shown as the flags ask. */
  check?(set: Unseen, flags: ModelFlags): void;
  show(predicted: Predicted, flags: ModelFlags): Promise<void>;
}

/** A model's predictions for the series of a file, and the places for messages. */
interface Predicted extends Pick<HostOptions, 'log' | 'signal'> {
  set: Ready<Unseen>;
  prediction: Prediction;
  voice: Voice;
  /** Why the model shows nothing yet, as its own run has judged; absent if it has learned or nobody knows. */
  untrained?: string;
}

export function predictCommand(): Command {
  return modelCommand(
    'predict',
    'predict series with a trained model, and compare the predictions with the labels if there are any',
    'draw the confusion matrix, as .svg or .png',
    { check: requireMatrix, show: showPrediction },
  );
}

export function attentionCommand(): Command {
  return modelCommand(
    'attention',
    'show the time steps that a trained model looks at, as a mean over the series',
    'draw the attention: the mean, the mean of each class, and some series, as .svg or .png',
    { show: showAttention },
  ).option('--mean-csv <file>', 'write the mean attention of all series and of each class, by channel');
}

function modelCommand(name: string, description: string, picture: string, use: Use): Command {
  const command = new Command(name)
    .description(description)
    .requiredOption('--model <file>', 'a model file of this or another system; convert --help lists the formats')
    .requiredOption('--data <file>', SERIES_FILES)
    .option('--csv <file>', 'write a line for each series')
    .option('--picture <file>', picture);
  return addHostOptions(addResultOptions(addSeriesOptions(command), 'the result')).action((flags: ModelFlags) =>
    run(flags, use),
  );
}

async function run(flags: ModelFlags, { check, show }: Use): Promise<void> {
  const { csv, meanCsv, picture, json, force } = flags;
  if (picture !== undefined) requirePictureName(picture);
  const opened = await openModel(flags.model, readInput);
  const inputs = [flags.data, flags.labels, ...opened.paths];
  await requireFree(outputsOf({ '--csv': csv, '--mean-csv': meanCsv, '--picture': picture, '--json': json }), {
    inputs,
    force,
  });
  const voice = new Voice(flags, [csv, meanCsv, json]);
  const model = await opened.read();
  const { config, parameters, series, standardisation, verdict } = model;
  const untrained = verdict && describeUntrained(verdict, optionName);
  const read = await readUnlabelledFile(flags.data, flags, { like: series }, voice);
  const set: Ready<Unseen> = { target: series.target, ...readyFor(read, standardisation) };
  check?.(set, flags);
  voice.say(`${describeSeries(set)}\n`);
  const { status, note: log } = voice;
  await interruptible(log, async (signal) => {
    const packed = packArena(createArena(config), parameters);
    const y = set.y ?? new Float32Array(set.samples);
    const job = {
      type: 'predict' as const,
      config,
      parameters: packed,
      dataset: datasetOf({ ...set, y }),
      targetScale: standardisation?.target,
    };
    const prediction = await runMeasuring(job, flags, { status, tiles: await TileCache.open(), signal });
    await show({ set, prediction, voice, untrained, log, signal }, flags);
  });
}

/** The picture of a prediction is of classes. */
function requireMatrix(set: Unseen, { picture }: ModelFlags): void {
  const { target } = set;
  if (picture === undefined) return;
  const cannotShow = (what: string) =>
    new Failure('invalid-option', `--picture shows ${what}: leave it out, or give --csv`);
  if (!isLabelled(set)) throw cannotShow('predictions beside labels, and the series have none');
  if (target.kind === 'number') throw cannotShow('classes, but the model predicts numbers');
  const { length } = target.classes;
  if (length > MOST_CLASSES) throw cannotShow(`up to ${MOST_CLASSES} classes, but there are ${length}`);
}

async function showPrediction(predicted: Predicted, { csv, picture, json }: ModelFlags): Promise<void> {
  const { set, prediction, voice } = predicted;
  const evaluation = isLabelled(set) ? compare({ output: outputOf(set) }, prediction.values, set.y) : undefined;
  voice.tell(evaluation ? evaluationTable(set, evaluation) : describePredictions(set, prediction));
  const record = () => ({ ...seriesRecord(set), evaluation, predictions: [...predictedSeries(set, prediction)] });
  const targets = textTargets([
    ['--csv', csv, () => predictionCsv(set, prediction)],
    ['--json', json, () => jsonText(record())],
  ]);
  if (picture && isLabelled(set)) {
    const write = () => writePicture(picture, confusionPicture(set, prediction), predicted);
    targets.push([`--picture ${picture}`, write]);
  }
  await writeResults(targets);
}

async function showAttention(predicted: Predicted, { csv, meanCsv, picture, json }: ModelFlags): Promise<void> {
  const { set, prediction, voice, untrained } = predicted;
  const { result } = voice;
  const groups = attentionGroups(set, prediction);
  result.write(`${attentionChart(attentionOverSteps(groups[0].attention), { ...result, uniform: true })}\n`);
  if (untrained) result.write(`${untrained}\n`);
  const targets: Target[] = textTargets([
    ['--csv', csv, () => seriesAttentionCsv(set, prediction)],
    ['--mean-csv', meanCsv, () => groupAttentionCsv(set, groups)],
    ['--json', json, () => jsonText({ ...seriesRecord(set), attention: groups })],
  ]);
  if (picture) {
    const write = () =>
      writePicture(picture, attentionPicture(set, prediction, groups, untrained === undefined), predicted);
    targets.push([`--picture ${picture}`, write]);
  }
  await writeResults(targets);
}

/** The series that a result is of, without their values. */
function seriesRecord({ name, samples, timeSteps, inputDim, channelNames, target }: Unseen): object {
  return { name, samples, timeSteps, inputDim, channelNames, target };
}
