import { createHash } from 'node:crypto';
import { concatenate } from '../data/dataset.ts';
import { datasetOf, type Ready, type SeriesSet, shapeOf } from '../data/series_set.ts';
import { Failure } from '../errors.ts';
import { type ModelContext, type SavedModel, unnamedSeries } from '../formats/saved_model.ts';
import type { TrainingSeries } from '../jobs/protocol.ts';
import { classCount, experimentOf, MODEL_NAMES, modelOf, type TrainingConfig } from '../model/config.ts';
import { PLANTED } from '../settings/check.ts';
import { pickSettings, type Settings } from '../settings/table.ts';
import { prepareSeries, type SeriesSettings } from '../train/prepare_series.ts';
import type { Room } from './room.ts';
import { readSeriesFile, type SeriesFlags } from './series_files.ts';
import { describeSeries } from './series_tables.ts';
import { optionName } from './settings.ts';
import type { Voice } from './voice.ts';

/** The series of a training, from either source, and everything that depends on them. */
export interface TrainSource {
  config: TrainingConfig;
  series: TrainingSeries;
  /** A description of the series, for the model's file. */
  context: ModelContext;
  /** The hash of own series as they are trained on. */
  dataSha256?: string;
  /** The trained model whose parameters are the initial values; they are Keras' if it is absent. */
  base?: SavedModel;
}

/** The experiment's series, which are planted where the job runs. Throws invalid-option. */
export function plantedSource(flags: Settings, base?: SavedModel): TrainSource {
  if (base) requireForPlanted(base);
  const model = base && modelOf(base.config);
  const own = model && { preset: undefined, layers: undefined, ...pickSettings(model, MODEL_NAMES) };
  const config = { ...experimentOf({ ...flags, ...own }, optionName), ...model };
  return { config, series: { planted: config }, context: { series: base?.series ?? unnamedSeries(config) }, base };
}

function requireForPlanted({ config, standardisation }: SavedModel): void {
  const refuse = (what: string) =>
    new Failure('invalid-option', `the model of --from ${what}: give series of its own kind with --data`);
  if (standardisation) throw refuse("was trained on standardised series, and the experiment's are not");
  if (classCount(config) !== PLANTED.classes) throw refuse('does not predict two classes, as the experiment has them');
}

export interface OwnFlags extends SeriesFlags, SeriesSettings {
  data: string;
  test?: string;
}

/**
 * The series of a file, and the test series of another, which must have room on the adapter. `voice` describes them. A
 * trained model to begin with has been trained on series of the same shape and classes. Throws invalid-file,
 * invalid-option or limit.
 */
export async function ownSource(
  flags: OwnFlags,
  voice: Pick<Voice, 'say' | 'status'>,
  room: Room,
  base?: SavedModel,
): Promise<TrainSource> {
  const { say } = voice;
  const { fits } = room;
  const read = await readSeriesFile(flags.data, flags, { like: base?.series, fits }, voice);
  room.take(4 * read.x.length);
  say(describeSeries(read));
  const like = { like: read, fits };
  const test = flags.test === undefined ? undefined : await readSeriesFile(flags.test, flags, like, voice);
  if (test) say(`Test: ${describeSeries(test)}`);
  const { set, parts, config, ready, standardisation, warnings } = prepareSeries(
    read,
    { ...flags, ...(base && { modelConfig: base.config, trained: base }) },
    optionName,
  );
  for (const warning of warnings) say(warning);
  const dataset = test ? concatenate([datasetOf(set), datasetOf(ready(test))]) : datasetOf(set);
  const tested = test && { first: set.samples, count: test.samples };
  return {
    config,
    series: { dataset, parts: { ...parts, test: tested } },
    context: { series: shapeOf(set), standardisation },
    dataSha256: fingerprint(set),
    base,
  };
}

/** The options that name a file to read. */
export const READ_OPTIONS = ['data', 'test', 'labels'] as const;

/** The files that a training reads. */
export function readPaths(flags: Partial<Record<(typeof READ_OPTIONS)[number], string>>): string[] {
  return READ_OPTIONS.flatMap((name) => flags[name] ?? []);
}

/** SHA-256 of series and labels, as they are trained on. Node's hash makes no copy of them, as `sha256` would. */
function fingerprint({ x, y }: Ready<SeriesSet>): string {
  const hash = (content: Float32Array | string) => createHash('sha256').update(content).digest('hex');
  return hash(`${hash(x)}${hash(y)}`);
}
