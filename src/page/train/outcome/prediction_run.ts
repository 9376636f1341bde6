import { datasetOf, type Ready, type SeriesSet, type Unseen } from '../../../data/series_set.ts';
import { Failure } from '../../../errors.ts';
import type { SavedModel } from '../../../formats/saved_model.ts';
import { startJob } from '../../../hosts/worker_client.ts';
import type { JobEvent } from '../../../jobs/protocol.ts';
import { createArena, packArena } from '../../../model/parameters.ts';
import type { Prediction } from '../../../train/predict.ts';

/** Series with their predictions. They have no x any more, because it was transferred to the job. */
export interface PredictedSeries {
  name: string;
  set: Omit<Unseen, 'x'>;
  prediction: Prediction;
}

/** Predictions of series with labels. */
export type ComparedSeries = PredictedSeries & { set: Omit<SeriesSet, 'x'> };

export function isCompared(predicted: PredictedSeries): predicted is ComparedSeries {
  return predicted.set.y !== undefined;
}

/**
 * Runs series, standardised for the model, through it. Their x is transferred to the job. `progress` gets the share
 * that is done. Rejects with a Failure; its code is `stopped` after the signal.
 */
export function predictSeries(
  { config, parameters, standardisation }: SavedModel,
  name: string,
  set: Ready<Unseen>,
  progress: (share: number) => void,
  signal: AbortSignal,
): Promise<PredictedSeries> {
  const { x: _, ...kept } = set;
  const y = set.y?.slice() ?? new Float32Array(set.samples);
  const packed = packArena(createArena(config), parameters);
  const job = {
    type: 'predict',
    config,
    parameters: packed,
    dataset: datasetOf({ ...set, y }),
    targetScale: standardisation?.target,
  } as const;
  return new Promise((resolve, reject) => {
    const take = (event: JobEvent) => {
      if (event.type === 'progress') progress(event.done / event.of);
      if (event.type === 'done' && event.job === 'predict') resolve({ name, set: kept, prediction: event.result });
      if (event.type === 'failed') reject(new Failure(event.code, event.message));
    };
    const running = startJob(job, take, { handOver: true });
    signal.addEventListener('abort', () => {
      running.terminate();
      reject(new Failure('stopped', 'the prediction was stopped before its end: start it again'));
    });
  });
}
