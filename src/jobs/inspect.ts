import { Failure } from '../errors.ts';
import { inspectSeries } from '../model/inspection.ts';
import { createArena } from '../model/parameters.ts';
import type { InspectJob, JobEvent } from './protocol.ts';

/** Throws invalid-option if the parameters or the series do not have the model's size. */
export function inspect({ config, parameters, x }: InspectJob): JobEvent {
  requireLength('parameters', parameters, createArena(config).length);
  requireLength('x', x, config.timeSteps * config.inputDim);
  return { type: 'done', job: 'inspect', result: inspectSeries(config, parameters, x) };
}

function requireLength(name: string, { length }: Float32Array, expected: number): void {
  if (length === expected) return;
  throw new Failure('invalid-option', `${name} has ${length} elements: give the ${expected} that this model has`);
}
