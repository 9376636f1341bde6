/** Samples first … first + count − 1 of the order. */
export interface Batch {
  first: number;
  count: number;
}

/**
 * The use of the samples of a data set: the first ones train, the next ones validate; the attention is a mean over
 * some.
 */
export interface Parts {
  training: number;
  validation: number;
  /** Any samples of the data set, behind the others or among them. */
  attention: Batch;
  /** Samples behind the others, which only test the trained model. */
  test?: Batch;
}

/** The batches of a run: of an epoch's updates and validation, of the attention, and of the test. */
export interface TrainingBatches {
  training: Batch[];
  validation: Batch[];
  attention: Batch[];
  test: Batch[];
}

/** The stored size of a batch. A batch larger than its data would only take memory. */
export function batchSizeOf({ training, validation }: Parts, batchSize: number): number {
  return Math.min(batchSize, Math.max(training, validation));
}

export function batchesOf({ training, validation, attention, test }: Parts, batchSize: number): TrainingBatches {
  return {
    training: cut({ first: 0, count: training }, batchSize),
    validation: cut({ first: training, count: validation }, batchSize),
    attention: cut(attention, batchSize),
    test: test ? cut(test, batchSize) : [],
  };
}

/** Steps that a run sets at once, at most: those of an epoch, of the attention, or of the test. */
export function slotsOf({ training, validation, attention, test }: TrainingBatches): number {
  return Math.max(training.length + validation.length, attention.length, test.length);
}

export function sampleCount(batches: Batch[]): number {
  return batches.reduce((sum, { count }) => sum + count, 0);
}

/** Batches that cover all of these samples; the last may be short. */
function cut({ first, count }: Batch, batchSize: number): Batch[] {
  return Array.from({ length: Math.ceil(count / batchSize) }, (_, i) => ({
    first: first + i * batchSize,
    count: Math.min(batchSize, count - i * batchSize),
  }));
}
