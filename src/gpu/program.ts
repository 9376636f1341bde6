import { Failure } from '../errors.ts';
import type { Gpu } from './device.ts';
import { type AnyKernel, type Dispatch, type Numbers, readsBinding, type Scheduled } from './kernel.ts';
import { STEP_SLOT_BYTES, type Tensors } from './tensors.ts';

interface Recorded {
  pipeline: GPUComputePipeline;
  bindGroup: GPUBindGroup;
  hasStep: boolean;
  workgroups: [number, number, number];
}

/** A list of dispatches with its pipelines and bind groups, built once and replayed every step. */
export class Program {
  private constructor(private readonly recorded: Recorded[]) {}

  /**
   * Compiles every kernel of the list at its shape and tile. Throws shader (with line, column and the text of the line)
   * or limit.
   */
  static async create(gpu: Gpu, dispatches: Scheduled[], tensors: Tensors): Promise<Program> {
    const compiled = await Promise.all(
      dispatches.map(({ kernel, shape, tile }) => compileKernel(gpu, kernel, shape, tile)),
    );
    const recorded = dispatches.map((dispatch, index) => {
      const { pipeline, layout } = compiled[index];
      const { kernel, shape, tile } = dispatch;
      return {
        pipeline,
        bindGroup: tensors.bind(layout, dispatch),
        hasStep: Object.values(kernel.bindings).includes('uniform'),
        workgroups: kernel.workgroups(shape, tile),
      };
    });
    return new Program(recorded);
  }

  /** Dispatches in the list. */
  get length(): number {
    return this.recorded.length;
  }

  /** Records the whole list, for the step in `slot`. */
  record(pass: GPUComputePassEncoder, slot: number): void {
    for (let index = 0; index < this.length; index++) this.recordOne(pass, index, slot);
  }

  /** Records dispatch `index` of the list alone, for the step in `slot`. */
  recordOne(pass: GPUComputePassEncoder, index: number, slot: number): void {
    const { pipeline, bindGroup, hasStep, workgroups } = this.recorded[index];
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup, hasStep ? [slot * STEP_SLOT_BYTES] : []);
    pass.dispatchWorkgroups(...workgroups);
  }
}

interface CompiledKernel {
  pipeline: GPUComputePipeline;
  layout: GPUBindGroupLayout;
}

/** Number of pipelines kept for a device: enough for a few models. */
const KEPT_PIPELINES = 64;

/** The compiled kernels of each device by their code; the one that was last asked for comes last. */
const keptPipelines = new WeakMap<GPUDevice, Map<string, Promise<CompiledKernel>>>();

/**
 * Compiles a kernel at a shape with a tile. Code that the device has already compiled is reused: another model of the
 * same sizes starts at once. Throws shader or limit.
 */
export async function compileKernel(
  gpu: Gpu,
  kernel: AnyKernel,
  shape: unknown,
  tile: unknown,
): Promise<CompiledKernel> {
  requireLimits(gpu, kernel, shape, tile);
  const { device } = gpu;
  const kept = keptPipelines.get(device) ?? new Map<string, Promise<CompiledKernel>>();
  keptPipelines.set(device, kept);
  const code = kernel.code(shape, tile);
  const compiling = kept.get(code) ?? compile(device, kernel, code);
  kept.delete(code);
  kept.set(code, compiling);
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT_PIPELINES) break;
    kept.delete(oldest);
  }
  try {
    return await compiling;
  } catch (error) {
    kept.delete(code);
    throw error;
  }
}

function requireLimits(gpu: Gpu, kernel: AnyKernel, shape: unknown, tile: unknown): void {
  const storage = Object.values(kernel.bindings).filter((access) => access !== 'uniform').length;
  gpu.requireLimit('maxStorageBuffersPerShaderStage', storage, kernel.name);
  for (const count of kernel.workgroups(shape, tile)) {
    gpu.requireLimit('maxComputeWorkgroupsPerDimension', count, kernel.name);
  }
  for (const [name, elements] of Object.entries(kernel.sizes(shape))) {
    if (kernel.bindings[name] === 'uniform') continue;
    gpu.requireLimit('maxStorageBufferBindingSize', 4 * elements, `${kernel.name} ${name}`);
  }
}

/** Makes the pipeline with an explicit layout from the bindings of the kernel. */
async function compile(device: GPUDevice, kernel: AnyKernel, code: string): Promise<CompiledKernel> {
  const layout = device.createBindGroupLayout({
    label: kernel.name,
    entries: Object.values(kernel.bindings).map((access, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer:
        access === 'uniform'
          ? { type: 'uniform' as const, hasDynamicOffset: true }
          : { type: access === 'read' ? ('read-only-storage' as const) : ('storage' as const) },
    })),
  });
  const module = device.createShaderModule({ label: kernel.name, code });
  try {
    const pipeline = await device.createComputePipelineAsync({
      label: kernel.name,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: 'main' },
    });
    return { pipeline, layout };
  } catch (error) {
    throw await shaderFailure(kernel, module, code, error);
  }
}

async function shaderFailure(
  kernel: AnyKernel,
  module: GPUShaderModule,
  code: string,
  error: unknown,
): Promise<Failure> {
  const { messages } = await module.getCompilationInfo();
  const first = messages.find(({ type }) => type === 'error');
  if (!first) return new Failure('shader', `${kernel.name}: ${error instanceof Error ? error.message : error}`);
  const line = code.split('\n')[first.lineNum - 1]?.trim() ?? '';
  return new Failure('shader', `${kernel.name}:${first.lineNum}:${first.linePos}: ${first.message} in \`${line}\``);
}

/**
 * Runs a list of dispatches with the kernels' float64 references on float64 tensors: the same model without a GPU.
 * `step` is the packed Step that `uniform` bindings read.
 */
export function runReference(dispatches: Dispatch[], tensors: Map<string, Numbers>, step: Uint32Array): void {
  for (const { kernel, shape, tensors: slices } of dispatches) {
    const bound: Record<string, Numbers> = {};
    for (const [name, access] of Object.entries(kernel.bindings)) {
      if (access === 'uniform') {
        bound[name] = step;
        continue;
      }
      const { tensor, offset, length } = slices[name];
      const whole = tensors.get(tensor);
      if (!whole) {
        throw new Failure('internal', `${kernel.name} binds the tensor ${tensor}, which does not exist: report this`);
      }
      bound[name] = whole.subarray(offset, offset + length);
    }
    const readable = Object.fromEntries(Object.entries(bound).filter(([name]) => readsBinding(kernel.bindings[name])));
    for (const [name, values] of Object.entries(kernel.reference(readable, shape))) {
      const target = bound[name];
      values.forEach((value, i) => {
        if (!Number.isNaN(value)) target[i] = value;
      });
    }
  }
}
