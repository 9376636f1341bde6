import type { Gpu } from '../gpu/device.ts';
import type { Check } from '../verify/check.ts';
import { checkKernels } from '../verify/kernel_cases.ts';
import { checkReferenceFile } from '../verify/reference_file.ts';
import type { JobEvent, VerifyJob } from './protocol.ts';

export async function* verify({ files }: VerifyJob, gpu: Gpu): AsyncGenerator<JobEvent, void> {
  let passed = 0;
  let failed = 0;
  for await (const check of checks(files, gpu)) {
    if (check.passed) passed++;
    else failed++;
    yield { type: 'check', ...check };
  }
  yield { type: 'done', job: 'verify', passed, failed };
}

async function* checks(files: VerifyJob['files'], gpu: Gpu): AsyncGenerator<Check> {
  yield* checkKernels(gpu);
  for (const { name, content } of files) yield* checkReferenceFile(gpu, name, content);
}
