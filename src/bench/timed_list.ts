import { packStep } from '../../shaders/snippets.ts';
import type { Gpu } from '../gpu/device.ts';
import type { AnyKernel, Bindings, Kernel, Numbers, Scheduled } from '../gpu/kernel.ts';
import { createProfiler, type DispatchSpan, type DispatchTimes, type Profiler, type Timer } from '../gpu/profiler.ts';
import { Program, STEP_SLOT_BYTES } from '../gpu/program.ts';
import type { Batch } from '../train/batches.ts';
import type { Trainer } from '../train/trainer.ts';

/** A list of dispatches on tensors of its own, so that timing it again and again changes nothing else. */
export class TimedList {
  private constructor(
    readonly dispatches: Scheduled[],
    private readonly profiler: Profiler,
    private readonly release: () => void,
  ) {}

  /**
   * `tensors` are the elements of each tensor, `contentOf` what it holds before the first run (absent: zeros), `batches` what
   * each slot's step takes. Throws limit, out-of-memory or shader; then nothing is held.
   */
  static async create(
    gpu: Gpu,
    dispatches: Scheduled[],
    tensors: Map<string, number>,
    contentOf: (tensor: string) => Promise<Numbers | undefined>,
    batches: Batch[],
  ): Promise<TimedList> {
    const buffers = new Map<string, GPUBuffer>();
    const release = () => {
      for (const buffer of buffers.values()) gpu.release(buffer);
    };
    const create = (name: string, bytes: number, usage: GPUBufferUsageFlags) => {
      const buffer = gpu.createBuffer(name, bytes, usage | GPUBufferUsage.COPY_DST);
      buffers.set(name, buffer);
      return buffer;
    };
    try {
      const steps = await gpu.allocating('the tensors to time', () => {
        for (const [name, elements] of tensors) create(name, 4 * elements, GPUBufferUsage.STORAGE);
        return create('steps', STEP_SLOT_BYTES * batches.length, GPUBufferUsage.UNIFORM);
      });
      const write = (buffer: GPUBuffer, values: Numbers, offset = 0) =>
        gpu.device.queue.writeBuffer(buffer, offset, values as Float32Array<ArrayBuffer>);
      for (const [name, buffer] of buffers) {
        const values = name !== 'steps' && (await contentOf(name));
        if (values) write(buffer, values);
      }
      for (const [slot, batch] of batches.entries()) {
        write(steps, packStep({ ...batch, slot: 0, stepSize: 0 }), slot * STEP_SLOT_BYTES);
      }
      const profiler = await createProfiler(gpu, await Program.create(gpu, dispatches, buffers, steps));
      return new TimedList(dispatches, profiler, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  /** A trainer's forward and backward list once more, on tensors that hold what the trainer's hold now. */
  static ofTrainer(gpu: Gpu, trainer: Trainer, batches: Batch[]): Promise<TimedList> {
    const { tensors } = trainer.plan;
    return TimedList.create(gpu, dispatchesOf(trainer.plan), tensors, (name) => trainer.read(name), batches);
  }

  get timer(): Timer {
    return this.profiler.timer;
  }

  /** What every timestamp is a multiple of; absent by the wall clock. */
  get grainNanoseconds(): number | undefined {
    return this.profiler.grainNanoseconds;
  }

  /** How often each dispatch runs to be timed once. */
  get repeats(): readonly number[] {
    return this.profiler.repeats;
  }

  /** Runs every dispatch, or the first `length` of them, for the batch in `slot` and tells what each took. */
  measure(slot = 0, length = this.dispatches.length): Promise<DispatchTimes> {
    return this.profiler.measure(slot, length);
  }

  /** Runs the list as it is, nothing repeated: when each dispatch began and ended; undefined where the timer cannot tell. */
  trace(): Promise<DispatchSpan[] | undefined> {
    return this.profiler.trace(0);
  }

  dispose(): void {
    this.profiler.dispose();
    this.release();
  }
}

/** A dispatch on tensors named as the kernel's bindings; each in `tensors` grows to the size that the dispatch needs. */
export function onOwnTensors<Shape, B extends Bindings, Tile>(
  kernel: Kernel<Shape, B, Tile>,
  shape: Shape,
  tile: Tile,
  tensors: Map<string, number>,
): Scheduled {
  const slices = Object.entries<number>(kernel.sizes(shape)).map(([tensor, length]) => {
    tensors.set(tensor, Math.max(tensors.get(tensor) ?? 0, length));
    return [tensor, { tensor, offset: 0, length }];
  });
  return { kernel: kernel as AnyKernel, shape, tile, tensors: Object.fromEntries(slices) };
}

/** Everything that one training step dispatches, in its order. */
export function dispatchesOf<Entry>({ forward, backward }: { forward: Entry[]; backward: Entry[] }): Entry[] {
  return [...forward, ...backward];
}
