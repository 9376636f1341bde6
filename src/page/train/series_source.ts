import { byId } from '../dom.ts';
import { onFilesDropped } from '../file_drop.ts';
import type { OwnSeries, SeriesHost } from './series/own_series.ts';

/** Own series. Their code loads when they are first chosen, or dropped anywhere on the view. */
export class SeriesSource {
  own: OwnSeries | undefined;
  private loading: Promise<OwnSeries | undefined> | undefined;

  /** `onDrop` chooses own series as the data if that is possible now; it returns whether it did. */
  constructor(
    private readonly host: SeriesHost,
    onDrop: () => boolean,
  ) {
    onFilesDropped(byId('train', HTMLElement), (files) => {
      if (onDrop()) void this.load().then((own) => own?.take(files));
    });
  }

  /** Own series; undefined if their code cannot be loaded, which the view then says. */
  load(): Promise<OwnSeries | undefined> {
    this.loading ??= this.open();
    return this.loading;
  }

  private async open(): Promise<OwnSeries | undefined> {
    try {
      const { open } = await import('./series/own_series.ts');
      this.own = open(this.host);
      return this.own;
    } catch {
      this.loading = undefined;
      byId('series-file-error', HTMLElement).textContent =
        'This part could not be loaded: check the connection, then choose it again.';
      return undefined;
    }
  }
}
