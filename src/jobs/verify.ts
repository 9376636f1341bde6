import { kernels as registry } from '../../shaders/index.ts';
import { Failure } from '../errors.ts';
import type { Gpu } from '../gpu/device.ts';
import type { AnyKernel } from '../gpu/kernel.ts';
import type { Check } from '../verify/check.ts';
import { checkExtremes } from '../verify/extreme_numbers.ts';
import { checkKernel } from '../verify/kernel_cases.ts';
import { checkReferenceFile, readReferenceFile } from '../verify/reference_file.ts';
import type { JobEvent, VerifyJob } from './protocol.ts';

/** Throws invalid-option for an unknown kernel and invalid-file for a wrong file, before anything runs. */
export async function* verify(job: VerifyJob, gpu: Gpu): AsyncGenerator<JobEvent, void> {
  const kernels = job.kernels?.map(findKernel) ?? registry;
  for (const { name, content } of job.files) readReferenceFile(name, content);
  let passed = 0;
  let failed = 0;
  for await (const check of checks(kernels, job.files, gpu)) {
    if (check.passed) passed++;
    else failed++;
    yield { type: 'check', ...check };
  }
  yield { type: 'done', job: 'verify', result: { passed, failed } };
}

async function* checks(kernels: AnyKernel[], files: VerifyJob['files'], gpu: Gpu): AsyncGenerator<Check> {
  for (const kernel of kernels) {
    yield* checkKernel(gpu, kernel);
    yield* checkExtremes(gpu, kernel);
  }
  for (const { name, content } of files) yield* checkReferenceFile(gpu, name, content);
}

/** Throws invalid-option if the registry has no kernel of this name. */
export function findKernel(name: string): AnyKernel {
  const kernel = registry.find((candidate) => candidate.name === name);
  if (kernel) return kernel;
  const names = registry.map((candidate) => candidate.name).join(', ');
  throw new Failure('invalid-option', `there is no kernel ${name}: give one of ${names}`);
}
