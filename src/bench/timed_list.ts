import { packStep } from '../../shaders/snippets.ts';
import type { Gpu } from '../gpu/device.ts';
import type { Numbers, Scheduled } from '../gpu/kernel.ts';
import { createProfiler, type DispatchSpan, type DispatchTimes, type Profiler, type Timer } from '../gpu/profiler.ts';
import { Program } from '../gpu/program.ts';
import { Tensors } from '../gpu/tensors.ts';
import type { Batch } from '../train/batches.ts';
import type { Trainer } from '../train/trainer.ts';

/** A list of dispatches on its own tensors, so that repeated timing changes nothing else. */
export class TimedList {
  /** The dispatches of the update of `ofTrainer`; all of them in another list. */
  updateLength: number;
  /** Where the dispatches of the forward pass are. */
  forward = { first: 0, end: 0 };

  private constructor(
    readonly dispatches: Scheduled[],
    private readonly profiler: Profiler,
    private readonly tensors: Tensors,
  ) {
    this.updateLength = dispatches.length;
  }

  /**
   * `tensors` gives the elements of each tensor, `contentOf` its content before the first run (undefined: zeros),
   * `batches` the batch of each slot's step. Throws limit, out-of-memory or shader; then nothing is held.
   */
  static async create(
    gpu: Gpu,
    dispatches: Scheduled[],
    tensors: Map<string, number>,
    contentOf: (tensor: string) => Promise<Numbers | undefined>,
    batches: Batch[],
  ): Promise<TimedList> {
    const held = await Tensors.allocate(gpu, 'the tensors to time', tensors, batches.length);
    try {
      for (const name of tensors.keys()) {
        const values = await contentOf(name);
        if (values) held.write(name, values);
      }
      held.writeSteps(batches.map((batch) => packStep({ ...batch, slot: 0, stepSize: 0 })));
      const profiler = await createProfiler(gpu, await Program.create(gpu, dispatches, held));
      return new TimedList(dispatches, profiler, held);
    } catch (error) {
      held.dispose();
      throw error;
    }
  }

  /**
   * The dispatches of a trainer's update, on copies of the tensors that it has now. If the update does not begin with
   * those of the forward pass, they come after it.
   */
  static async ofTrainer(gpu: Gpu, trainer: Trainer, batches: Batch[]): Promise<TimedList> {
    const { tensors, update, forward } = trainer.plan;
    const first = forward.every((dispatch, i) => dispatch === update[i]) ? 0 : update.length;
    const dispatches = first === 0 ? update : [...update, ...forward];
    const list = await TimedList.create(gpu, dispatches, tensors, (name) => trainer.read(name), batches);
    list.updateLength = update.length;
    list.forward = { first, end: first + forward.length };
    return list;
  }

  get timer(): Timer {
    return this.profiler.timer;
  }

  /** Every timestamp is a multiple of this; absent by the wall clock. */
  get grainNanoseconds(): number | undefined {
    return this.profiler.grainNanoseconds;
  }

  /** The number of runs of each dispatch for one time. */
  get repeats(): readonly number[] {
    return this.profiler.repeats;
  }

  /** Runs the dispatches of the update for the batch in `slot`; returns their times. */
  measure(slot = 0): Promise<DispatchTimes> {
    return this.profiler.measure(slot, this.updateLength);
  }

  /** Runs those of the forward pass; returns their times. */
  async measureForward(slot: number): Promise<DispatchTimes> {
    const { first, end } = this.forward;
    const { nanoseconds, dropped } = await this.profiler.measure(slot, end);
    return { nanoseconds: nanoseconds.slice(first), dropped };
  }

  /** Runs the list without repeats and returns begin and end of each dispatch; undefined if the timer cannot tell. */
  trace(): Promise<DispatchSpan[] | undefined> {
    return this.profiler.trace(0);
  }

  dispose(): void {
    this.profiler.dispose();
    this.tensors.dispose();
  }
}
