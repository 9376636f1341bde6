import { Failure } from '../errors.ts';
import { compilerMessages } from '../gpu/compilation.ts';
import type { Gpu } from '../gpu/device.ts';
import type { AnyKernel } from '../gpu/kernel.ts';
import { boundLoops } from './bounded_loops.ts';
import { carryOver } from './carry_over.ts';
import { check } from './check.ts';
import { misfitOf, type Trial, trialError, trialsOf } from './kernel_cases.ts';

const TIMES_TURNS = 4;
const SPARE_TURNS = 1000;
const LARGEST_U32 = 2 ** 32 - 1;

/** The outcome of a trial of an edited kernel. */
export type CaseOutcome =
  | { name: string; type: 'checked'; passed: boolean; error: number; tolerance: number }
  /** `reason` is the middle of a sentence. */
  | { name: string; type: 'unchecked'; reason: string };

/** A kernel with edited WGSL for one shape and tile. */
export interface Edit {
  kernel: AnyKernel;
  /** The trial whose code was edited. */
  at: Trial;
  code: string;
}

/** The edited kernel, for the shape and tile of the edit. */
export function editedKernel({ kernel, code }: Pick<Edit, 'kernel' | 'code'>): AnyKernel {
  return { ...kernel, name: `${kernel.name} (edited)`, code: () => code };
}

/** The trial of the edit, then all others. */
export function trialsOfEdit({ kernel, at }: Edit): Trial[] {
  return [at, ...trialsOf(kernel).filter(({ name }) => name !== at.name)];
}

/** Runs a trial with the edit carried over to its shape and tile, and compares it with the float64 reference. */
export async function checkEdit(gpu: Gpu, { kernel, at, code }: Edit, trial: Trial): Promise<CaseOutcome> {
  const { name, shape, tile } = trial;
  const unchecked = (reason: string): CaseOutcome => ({ name, type: 'unchecked', reason });
  const misfit = misfitOf(gpu, kernel, trial);
  if (misfit !== undefined) return unchecked(misfit);
  const carried = carryOver(kernel.code(at.shape, at.tile), code, kernel.code(shape, tile));
  if (carried === undefined) return unchecked('the edit does not carry over to this shape');
  const error = await compilerError(gpu, carried);
  if (error !== undefined) return unchecked(`carried over to this shape it does not compile: ${error}`);
  const bounded = boundLoops(carried, mostTurns(kernel, trial));
  // The compiler refuses the bound if it cannot see that all lanes meet behind the loop.
  const runnable = (await compilerError(gpu, bounded)) === undefined ? bounded : carried;
  try {
    const error = await trialError(gpu, { ...kernel, code: () => runnable }, trial);
    const { tolerance, passed } = check(kernel.name, name, error, kernel.tolerance);
    return { name, type: 'checked', error, tolerance, passed };
  } catch (error) {
    // The pipeline can fail although the code compiles: too many lanes, or a binding of another kind.
    if (error instanceof Failure && error.code === 'shader') return unchecked(error.message);
    throw error;
  }
}

async function compilerError(gpu: Gpu, code: string): Promise<string | undefined> {
  const messages = await compilerMessages(gpu, 'edited', code);
  return messages.find(({ severity }) => severity === 'error')?.text;
}

/** Most turns of loops for a lane: more than a workgroup has operations and bytes. */
function mostTurns(kernel: AnyKernel, { shape, tile }: Trial): number {
  const { flops, bytes } = kernel.cost(shape);
  const [x, y, z] = kernel.workgroups(shape, tile);
  return Math.min(LARGEST_U32, SPARE_TURNS + Math.ceil((TIMES_TURNS * (flops + bytes)) / (x * y * z)));
}
