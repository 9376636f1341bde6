import type { Ready, Unseen } from '../../../data/series_set.ts';
import { Failure } from '../../../errors.ts';
import { formatOf, SINGLE_FILE_ENDINGS } from '../../../formats/model_formats.ts';
import type { SavedModel } from '../../../formats/saved_model.ts';
import { describeUnits } from '../../../settings/layers.ts';
import { orList } from '../../../text/quote.ts';
import { byId } from '../../dom.ts';
import { formatNumber } from '../../text.ts';
import { FileField } from './file_field.ts';
import { SeriesReader } from './series_reader.ts';
import type { ReadChoices } from './series_worker.ts';

/** The largest model has some 10 MB. */
const MOST_BYTES = 64_000_000;

/** A trained model, chosen as a file, to predict series. */
export class ModelField {
  readonly field: FileField;
  model: SavedModel | undefined;
  private readonly button = byId('model-use', HTMLButtonElement);

  constructor(onUse: (model: SavedModel) => void) {
    this.field = new FileField('model-file', SINGLE_FILE_ENDINGS, (file) => void this.read(file));
    byId('model-file-endings', HTMLElement).textContent = orList(SINGLE_FILE_ENDINGS);
    this.button.addEventListener('click', () => {
      if (this.model) onUse(this.model);
    });
  }

  private async read(file: File | undefined): Promise<void> {
    const { field, button } = this;
    this.model = undefined;
    button.disabled = true;
    if (!file) return;
    try {
      const model = await readModelFile(file);
      if (file !== field.file) return;
      this.model = model;
      field.end(describeModel(file.name, model));
      button.disabled = false;
    } catch (error) {
      field.fail(error);
    }
  }
}

async function readModelFile(file: File): Promise<SavedModel> {
  if (file.size > MOST_BYTES) {
    throw new Failure(
      'invalid-file',
      `${file.name} has ${formatNumber(file.size)} bytes, more than any model here: give a model that train wrote`,
    );
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  return formatOf(file.name).read(file.name, new Map([[file.name, bytes]]));
}

function describeModel(name: string, { config, series }: SavedModel): string {
  const channels = config.inputDim === 1 ? '1 channel' : `${config.inputDim} channels`;
  const says = series.target.kind === 'class' ? `${series.target.classes.length} classes` : 'numbers';
  return `${name}: ${config.timeSteps} steps, ${channels}, ${describeUnits(config)}; ${says}`;
}

/** Reads a file's series for a model: with its shape and classes, and standardised by its training series. */
export async function readForModel(
  { series, standardisation }: SavedModel,
  file: File,
  choices: ReadChoices,
  signal: AbortSignal,
): Promise<Ready<Unseen>> {
  const reader = new SeriesReader({ progress() {}, format() {}, table() {} });
  const close = () => reader.close();
  signal.addEventListener('abort', close);
  try {
    await reader.read({ name: file.name, blob: file }, { ...choices, like: series });
    return await reader.ask('all', standardisation);
  } finally {
    close();
  }
}
