import { asFailure } from '../errors.ts';
import type { JobEvent } from './protocol.ts';

/** The last event of a job that ended with an error: plain data, which any thread or process can be sent. */
export function failedWith(error: unknown): Extract<JobEvent, { type: 'failed' }> {
  const { code, message } = asFailure(error);
  return { type: 'failed', code, message };
}
