import { MODEL_FORMATS, type ModelFormat } from '../../../formats/model_formats.ts';
import type { SavedModel } from '../../../formats/saved_model.ts';
import { attentionCsv, predictionCsv, seriesAttentionCsv } from '../../../train/csv_lines.ts';
import { meanAttention } from '../../../train/mean_attention.ts';
import { byId, create } from '../../dom.ts';
import { save, saveLines } from '../../downloads.ts';
import type { PredictedSeries } from './prediction_run.ts';

/** Downloads of predictions and model. */
export class OutcomeDownloads {
  private offered: { model: SavedModel; shown: PredictedSeries } | undefined;

  constructor() {
    this.connect('download-predictions', 'predictions', ({ set, prediction }) => predictionCsv(set, prediction));
    this.connect('download-attention', 'attention', ({ set, prediction }) =>
      attentionCsv(meanAttention(set, prediction), set.channelNames),
    );
    this.connect('download-series-attention', 'attention-of-series', ({ set, prediction }) =>
      seriesAttentionCsv(set, prediction),
    );
    const buttons = Object.values(MODEL_FORMATS).map((format) => {
      const button = create('button', `Model: ${format.label}`, 'small');
      button.type = 'button';
      button.addEventListener('click', () => void this.saveModel(format));
      return button;
    });
    byId('model-downloads', HTMLElement).append(...buttons);
  }

  /** Offers these from now on. */
  offer(model: SavedModel, shown: PredictedSeries): void {
    this.offered = { model, shown };
  }

  /** As one file or, if the format has several, as a zip archive of them. */
  private async saveModel(format: ModelFormat): Promise<void> {
    if (!this.offered) return;
    const files = await format.write(this.offered.model);
    const [[name, bytes]] = files;
    if (files.size === 1) return save(new Blob([bytes]), name);
    const { zipSync } = await import('fflate');
    save(new Blob([zipSync(Object.fromEntries(files), { level: 0 })]), 'model-tfjs.zip');
  }

  private connect(id: string, what: string, lines: (shown: PredictedSeries) => Iterable<string>): void {
    const button = byId(id, HTMLButtonElement);
    button.addEventListener('click', async () => {
      if (!this.offered) return;
      const { shown } = this.offered;
      const stem = shown.name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
      await saveLines(lines(shown), 'text/csv', `${what}-${stem}.csv`);
    });
  }
}
