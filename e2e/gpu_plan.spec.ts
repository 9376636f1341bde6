import { expect, test } from 'playwright/test';
import { runDawnProgram } from './dawn_program.ts';
import type { GpuPlanRun } from './gpu_plan.ts';

/** Float32 against float64, over two updates. */
const TOLERANCE = 1e-4;

test('the plan of a GPU trains as the float64 reference, in four dispatches an update', async () => {
  test.setTimeout(600_000);
  const runs = await runDawnProgram<GpuPlanRun[]>('gpu_plan');
  expect(runs).toHaveLength(4);
  for (const { name, gradients, parameters, metrics, isSame } of runs) {
    expect(gradients, name).toBeLessThan(TOLERANCE);
    expect(parameters, name).toBeLessThan(TOLERANCE);
    expect(metrics, name).toBeLessThan(TOLERANCE);
    expect(isSame, name).toBe(true);
  }
  const combined = ['gather_batch', 'sample_step', 'parameter_gradients', 'gradient_sum_adam'];
  expect(runs[0].kernels).toEqual(combined);
  expect(runs[1].kernels.slice(0, 3)).toEqual(combined.slice(0, 3));
  expect(runs[3].kernels).not.toContain('sample_step');
});
