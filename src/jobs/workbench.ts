import { timeEdit } from '../bench/edit_timing.ts';
import { ONLY_START } from '../bench/start.ts';
import { asFailure } from '../errors.ts';
import { type CompilerMessage, compilerMessages } from '../gpu/compilation.ts';
import type { Gpu } from '../gpu/device.ts';
import { compileKernel } from '../gpu/program.ts';
import { checkEdit, type Edit, editedKernel, trialsOfEdit } from '../verify/edited_kernel.ts';
import { trialsOf } from '../verify/kernel_cases.ts';
import { progress, reported } from './measuring.ts';
import type { JobEvent, WorkbenchJob, WorkbenchStart } from './protocol.ts';
import { findKernel } from './verify.ts';

/**
 * Compiles an edited kernel, checks it in all its cases, and times it against the original if it is right. A further
 * start only times it.
 */
export async function* workbench(job: WorkbenchJob, gpu: Gpu): AsyncGenerator<JobEvent, void> {
  const { start = ONLY_START } = job;
  const kernel = findKernel(job.kernel);
  const at = trialsOf(kernel).find(({ name }) => name === job.at.name) ?? job.at;
  const edit: Edit = { kernel, at, code: job.code };
  const result: WorkbenchStart = start.index === 0 ? yield* check(gpu, edit) : { messages: [], cases: [] };
  const compiles = !result.messages.some(({ severity }) => severity === 'error');
  const isRight = result.cases.every((outcome) => outcome.type === 'unchecked' || outcome.passed);
  if (compiles && isRight) {
    result.timing = yield* reported('timing', timeEdit(gpu, kernel, editedKernel(edit), at, start));
  }
  yield { type: 'done', job: 'workbench', result };
}

async function* check(gpu: Gpu, edit: Edit): AsyncGenerator<JobEvent, WorkbenchStart> {
  yield progress('compiling', { done: 0, of: 1 });
  const messages = await compile(gpu, edit);
  yield { type: 'compiled', messages };
  const cases: WorkbenchStart['cases'] = [];
  if (messages.some(({ severity }) => severity === 'error')) return { messages, cases };
  const trials = trialsOfEdit(edit);
  for (const [done, trial] of trials.entries()) {
    yield progress(`checking ${trial.name}`, { done, of: trials.length });
    const outcome = await checkEdit(gpu, edit, trial);
    cases.push(outcome);
    yield { type: 'case', outcome };
  }
  return { messages, cases };
}

/** Messages of the compiler about the code, and about the pipeline made of it. */
async function compile(gpu: Gpu, edit: Edit): Promise<CompilerMessage[]> {
  const messages = await compilerMessages(gpu, edit.kernel.name, edit.code);
  if (messages.some(({ severity }) => severity === 'error')) return messages;
  try {
    await compileKernel(gpu, editedKernel(edit), edit.at.shape, edit.at.tile);
    return messages;
  } catch (error) {
    return [...messages, { severity: 'error', line: 0, column: 0, length: 0, text: asFailure(error).message }];
  }
}
