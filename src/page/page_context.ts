import type { AdapterReport } from '../gpu/device.ts';
import type { ExperimentConfig } from '../model/config.ts';
import type { FailedEvent } from './adapter_badge.ts';
import type { AdapterUse } from './adapter_use.ts';
import type { ResultPromise } from './result_promise.ts';
import type { TileStore } from './tile_store.ts';

/** Objects that the views share. */
export interface PageContext {
  use: AdapterUse;
  tiles: TileStore;
  /** Resolves once the adapter has answered: with its report, or with the failure. */
  adapter: Promise<{ adapter: AdapterReport } | { failure: FailedEvent }>;
  /** The current settings of the Train view; undefined while one of them is wrong. */
  settings(): ExperimentConfig | undefined;
  benchmarkResult: ResultPromise<'benchmarkResult'>;
}

/** A view. It is made when it is first opened. */
export interface View {
  /** Starts the view's run, as the address can ask for. */
  start(): void;
}
