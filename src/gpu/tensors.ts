import { Failure } from '../errors.ts';
import type { Gpu } from './device.ts';
import type { AnyKernel, Bindings, Kernel, Numbers, Scheduled } from './kernel.ts';

/** Bytes from one step slot to the next: WebGPU's largest alignment of a dynamic uniform offset. */
export const STEP_SLOT_BYTES = 256;
/** Elements of a large tensor that are on their way to the device at once. */
const UPLOAD_ELEMENTS = 2 ** 22;
/** Bytes of one `Step`. */
const STEP_BYTES = 16;

/** Tensors of 4-byte elements on a device, by name, and the step slots that `uniform` bindings read. */
export class Tensors {
  /** Copies that `keep` made, by the tensor's name. */
  private readonly kept = new Map<string, GPUBuffer>();

  private constructor(
    private readonly gpu: Gpu,
    private readonly buffers: Map<string, GPUBuffer>,
    private readonly steps: GPUBuffer,
  ) {}

  /**
   * Zeroed tensors with `elements` by name, and `slots` step slots. `what` stands in the error if memory is too small:
   * "the data set and the model". Throws limit or out-of-memory; then nothing is held.
   */
  static async allocate(gpu: Gpu, what: string, elements: Map<string, number>, slots: number): Promise<Tensors> {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const created: GPUBuffer[] = [];
    const create = (name: string, bytes: number, usage: GPUBufferUsageFlags) => {
      const buffer = gpu.createBuffer(name, bytes, usage);
      created.push(buffer);
      return buffer;
    };
    try {
      return await gpu.allocating(what, () => {
        const buffers = new Map([...elements].map(([name, count]) => [name, create(name, 4 * count, usage)]));
        const steps = create('steps', STEP_SLOT_BYTES * slots, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
        return new Tensors(gpu, buffers, steps);
      });
    } catch (error) {
      for (const buffer of created) gpu.release(buffer);
      throw error;
    }
  }

  /** Throws limit if one of these tensors is larger than the adapter allows; allocates nothing. */
  static requireFit(gpu: Gpu, elements: Map<string, number>, slots: number): void {
    for (const [name, count] of elements) gpu.requireStorage(`tensor ${name}`, 4 * count);
    gpu.requireLimit('maxBufferSize', STEP_SLOT_BYTES * slots, 'tensor steps');
  }

  /**
   * Writes the first elements of a large tensor piece by piece: the device holds a second copy only of what is under
   * way.
   */
  async upload(name: string, values: Float32Array): Promise<void> {
    const buffer = this.buffer(name);
    for (let at = 0; at < values.length; at += UPLOAD_ELEMENTS) {
      if (at > 0) await this.gpu.finished();
      const piece = values.subarray(at, at + UPLOAD_ELEMENTS) as Float32Array<ArrayBuffer>;
      this.put(buffer, piece, 4 * at);
    }
  }

  /** Writes the first elements of a tensor; float64 values as float32. */
  write(name: string, values: Numbers): void {
    const data = values instanceof Float64Array ? Float32Array.from(values) : values;
    this.put(this.buffer(name), data as Float32Array<ArrayBuffer>);
  }

  /** Writes the first step slots, a packed `Step` each. */
  writeSteps(steps: Numbers[]): void {
    const words = new Uint32Array((steps.length * STEP_SLOT_BYTES) / 4);
    for (const [slot, step] of steps.entries()) words.set(step, (slot * STEP_SLOT_BYTES) / 4);
    this.put(this.steps, words);
  }

  /** The bind group of a dispatch; its step is given by a dynamic offset. */
  bind(layout: GPUBindGroupLayout, { kernel, tensors }: Scheduled): GPUBindGroup {
    const entries = Object.entries(kernel.bindings).map(([name, access], binding) => {
      if (access === 'uniform') return { binding, resource: { buffer: this.steps, size: STEP_BYTES } };
      const slice = tensors[name];
      const buffer = slice && this.buffers.get(slice.tensor);
      if (!buffer) throw new Failure('internal', `${kernel.name} has no tensor for its binding ${name}: report this`);
      return { binding, resource: { buffer, offset: 4 * slice.offset, size: 4 * slice.length } };
    });
    return this.gpu.device.createBindGroup({ label: kernel.name, layout, entries });
  }

  /** `count` float32 elements of a tensor from `first` on, after everything submitted so far; all by default. */
  async read(name: string, first = 0, count?: number): Promise<Float32Array> {
    return new Float32Array(await this.gpu.read(this.buffer(name), 4 * first, count && 4 * count));
  }

  /** Copies tensors on the device, each over its last copy; nothing waits for it. */
  keep(names: string[]): void {
    const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const encoder = this.gpu.device.createCommandEncoder();
    for (const name of names) {
      const source = this.buffer(name);
      const copy = this.kept.get(name) ?? this.gpu.createBuffer(`kept ${name}`, source.size, usage);
      this.kept.set(name, copy);
      encoder.copyBufferToBuffer(source, 0, copy, 0, source.size);
    }
    this.gpu.device.queue.submit([encoder.finish()]);
  }

  /** Whether `keep` has copied this tensor. */
  hasKept(name: string): boolean {
    return this.kept.has(name);
  }

  /** The last copy of a tensor that `keep` made. */
  async readKept(name: string): Promise<Float32Array> {
    return new Float32Array(await this.gpu.read(found(this.kept, name)));
  }

  /** Frees every buffer. */
  dispose(): void {
    for (const buffer of [...this.buffers.values(), ...this.kept.values(), this.steps]) this.gpu.release(buffer);
    this.buffers.clear();
    this.kept.clear();
  }

  /** Writes an array from byte `offset` on. Deno's writeBuffer panics on an empty one. */
  private put(buffer: GPUBuffer, data: ArrayBufferView<ArrayBuffer>, offset = 0): void {
    if (data.byteLength > 0) this.gpu.device.queue.writeBuffer(buffer, offset, data);
  }

  private buffer(name: string): GPUBuffer {
    return found(this.buffers, name);
  }
}

function found(buffers: Map<string, GPUBuffer>, name: string): GPUBuffer {
  const buffer = buffers.get(name);
  if (!buffer) throw new Error(`unknown tensor: ${name}`);
  return buffer;
}

/**
 * A dispatch on tensors with the names of the kernel's bindings. Each entry of `elements` grows to the size that it
 * needs.
 */
export function onOwnTensors<Shape, B extends Bindings, Tile>(
  kernel: Kernel<Shape, B, Tile>,
  shape: Shape,
  tile: Tile,
  elements: Map<string, number>,
): Scheduled {
  const stored = Object.entries<number>(kernel.sizes(shape)).filter(([name]) => kernel.bindings[name] !== 'uniform');
  for (const [name, length] of stored) elements.set(name, Math.max(elements.get(name) ?? 0, length));
  const slices = stored.map(([name, length]) => [name, { tensor: name, offset: 0, length }]);
  return { kernel: kernel as AnyKernel, shape, tile, tensors: Object.fromEntries(slices) };
}
