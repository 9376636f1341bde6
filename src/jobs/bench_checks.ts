import { Failure } from '../errors.ts';
import type { Gpu } from '../gpu/device.ts';
import { dispatchName, type Scheduled } from '../gpu/kernel.ts';
import type { Check } from '../verify/check.ts';
import { checkTrials } from '../verify/kernel_cases.ts';
import { progress } from './measuring.ts';
import type { JobEvent } from './protocol.ts';

/**
 * Compares the kernel of every dispatch, at its shape and tile, with the float64 reference. Throws wrong-result at the
 * first that differs: wrong kernels get no figures. Yields the checks as events and returns them.
 */
export async function* requireCorrectKernels(gpu: Gpu, dispatches: Scheduled[]): AsyncGenerator<JobEvent, Check[]> {
  const passed: Check[] = [];
  for (const [done, dispatch] of dispatches.entries()) {
    const { kernel, shape, tile } = dispatch;
    const name = dispatchName(dispatch);
    yield progress(`checking ${name}`, { done, of: dispatches.length }, 'checking');
    passed.push(...(yield* requirePassed(checkTrials(gpu, kernel, [{ name, shape, tile }]))));
  }
  return passed;
}

/** Yields every check as an event and returns all of them. Throws wrong-result at the first that failed. */
export async function* requirePassed(checks: AsyncGenerator<Check>): AsyncGenerator<JobEvent, Check[]> {
  const passed: Check[] = [];
  for await (const check of checks) {
    yield { type: 'check', ...check };
    if (!check.passed) throw wrongResult(check);
    passed.push(check);
  }
  return passed;
}

function wrongResult({ name, error, tolerance }: Check): Failure {
  const off = `${name} is off by ${error.toExponential(1)} at these sizes, ${tolerance} at most is right`;
  return new Failure(
    'wrong-result',
    `${off}: update the graphics driver, and run verify to see which kernels are wrong`,
  );
}
