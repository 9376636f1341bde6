import { packStep } from '../../shaders/snippets.ts';
import type { Gpu } from '../gpu/device.ts';
import type { Dispatch, Numbers } from '../gpu/kernel.ts';
import { createProfiler, type DispatchTimes, type Profiler, type Timer } from '../gpu/profiler.ts';
import { Program, STEP_SLOT_BYTES } from '../gpu/program.ts';
import type { Plan } from '../model/attention_lstm.ts';
import type { Trainer } from '../train/trainer.ts';

/** A list of dispatches on tensors of its own, so that timing it again and again changes nothing else. */
export class TimedList {
  private constructor(
    readonly dispatches: Dispatch[],
    private readonly profiler: Profiler,
    private readonly release: () => void,
  ) {}

  /**
   * `tensors` are the elements of each tensor, `contentOf` what it holds before the first run (absent: zeros), `count` the
   * samples of the batch. Throws limit, out-of-memory or shader; then nothing is held.
   */
  static async create(
    gpu: Gpu,
    dispatches: Dispatch[],
    tensors: Map<string, number>,
    contentOf: (tensor: string) => Promise<Numbers | undefined>,
    count: number,
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
        return create('steps', STEP_SLOT_BYTES, GPUBufferUsage.UNIFORM);
      });
      const write = (buffer: GPUBuffer, values: Numbers) =>
        gpu.device.queue.writeBuffer(buffer, 0, values as Float32Array<ArrayBuffer>);
      for (const [name, buffer] of buffers) {
        const values = name !== 'steps' && (await contentOf(name));
        if (values) write(buffer, values);
      }
      write(steps, packStep({ first: 0, count, slot: 0, stepSize: 0 }));
      const profiler = await createProfiler(gpu, await Program.create(gpu, dispatches, buffers, steps));
      return new TimedList(dispatches, profiler, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  /** A trainer's forward and backward list once more, on tensors that hold what the trainer's hold now. */
  static ofTrainer(gpu: Gpu, trainer: Trainer, batchSize: number): Promise<TimedList> {
    const { tensors } = trainer.plan;
    return TimedList.create(gpu, dispatchesOf(trainer.plan), tensors, (name) => trainer.read(name), batchSize);
  }

  get timer(): Timer {
    return this.profiler.timer;
  }

  /** Runs every dispatch and tells what each took. */
  measure(): Promise<DispatchTimes> {
    return this.profiler.measure(0);
  }

  dispose(): void {
    this.profiler.dispose();
    this.release();
  }
}

/** Everything that one training step dispatches, in its order. */
export function dispatchesOf({ forward, backward }: Plan): Dispatch[] {
  return [...forward, ...backward];
}
