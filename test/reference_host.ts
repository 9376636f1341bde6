import type { Host } from '../src/hosts/host.ts';
import { failedWith } from '../src/jobs/failed.ts';
import { trainOn } from '../src/jobs/train.ts';
import { REFERENCE_STEPPERS } from '../src/train/reference_stepper.ts';

const ADAPTER = {
  vendor: 'none',
  architecture: 'float64',
  description: 'references',
  isSoftware: true,
  features: [],
  limits: {},
};

/** Trains with the float64 references in the place of a GPU. */
export const referenceHost: Host = async function* (job, { signal }) {
  if (job.type !== 'train') throw new Error(`unexpected job: ${job.type}`);
  yield { type: 'adapter', adapter: ADAPTER };
  try {
    yield* trainOn(REFERENCE_STEPPERS, ADAPTER, job, { signal });
  } catch (error) {
    yield failedWith(error);
  }
};
