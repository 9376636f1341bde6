import type { AdapterReport } from '../gpu/device.ts';
import type { ExperimentConfig } from '../model/config.ts';
import type { FailedEvent } from './adapter_badge.ts';
import type { AdapterUse } from './adapter_use.ts';
import type { ResultPromise } from './result_promise.ts';
import type { TileStore } from './tile_store.ts';

/** What the views share. */
export interface PageContext {
  use: AdapterUse;
  tiles: TileStore;
  /** Settles when the adapter was asked: what it is, or why there is none. */
  adapter: Promise<{ adapter: AdapterReport } | { failure: FailedEvent }>;
  /** The settings of the train view as they are now; undefined while one of them does not fit. */
  settings(): ExperimentConfig | undefined;
  benchmarkResult: ResultPromise<'benchmarkResult'>;
}

/** A view, there from when it was first opened. */
export interface View {
  /** Starts its run, as the address can ask for. */
  start(): void;
}
