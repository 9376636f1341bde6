import { packStep, type Step } from '../../shaders/snippets.ts';
import type { Gpu } from '../gpu/device.ts';
import { Program } from '../gpu/program.ts';
import { Tensors } from '../gpu/tensors.ts';
import { type AdamConfig, KERAS_ADAM } from '../model/config.ts';
import { type Parameters, packArena, unpackArena } from '../model/parameters.ts';
import { type ScheduledPlan, scheduledPlan } from '../model/scheduled_plan.ts';
import { defaultTiles, type Tiles, tileDevice } from '../model/tiles.ts';
import type { BatchMetrics, OptimizerState, Stepper, StepperFactory, StepperOptions } from './stepper.ts';

export interface TrainerOptions extends StepperOptions {
  adam?: AdamConfig;
  /** The kernels' tiles; by rule if absent. */
  tiles?: Tiles;
  /** Whether combined kernels are used. Default true. */
  fused?: boolean;
}

/** The tensors that an update changes. */
const STATE = ['parameters', 'first_moment', 'second_moment'];

/** Throws limit when a tensor of this run is larger than the adapter allows; nothing is made for it. */
export function requireFit(
  gpu: Gpu,
  options: Omit<TrainerOptions, 'dataset' | 'parameters'> & { samples: number },
): void {
  Tensors.requireFit(gpu, planOf(gpu, options).tensors, options.slots);
}

function planOf(
  gpu: Gpu,
  options: Omit<TrainerOptions, 'dataset' | 'parameters'> & { samples: number },
): ScheduledPlan {
  const tiles = options.tiles ?? defaultTiles(options.config, options.batchSize, tileDevice(gpu));
  return scheduledPlan({ adam: KERAS_ADAM, ...options }, tiles);
}

/** Trains on a device; the kernels are cut by rule without `tiles`. */
export function gpuSteppers(gpu: Gpu, tiles?: Tiles): StepperFactory {
  return {
    requireFit: (options) => requireFit(gpu, { ...options, tiles }),
    create: (options) => Trainer.create(gpu, { ...options, tiles }),
  };
}

/** The model on a device: its tensors, and its two lists of dispatches ready to be replayed. */
export class Trainer implements Stepper {
  private constructor(
    private readonly gpu: Gpu,
    readonly plan: ScheduledPlan,
    private readonly tensors: Tensors,
    private readonly forward: Program,
    private readonly update: Program,
  ) {}

  /**
   * Uploads data and parameters and compiles the kernels. Throws limit, out-of-memory or shader; then nothing is held.
   */
  static async create(gpu: Gpu, options: TrainerOptions): Promise<Trainer> {
    const { dataset, parameters, ...rest } = options;
    const plan = planOf(gpu, { ...rest, samples: dataset.samples });
    const tensors = await Tensors.allocate(gpu, 'the data set and the model', plan.tensors, options.slots);
    try {
      const programs = [plan.forward, plan.update].map((list) => Program.create(gpu, list, tensors));
      const [forward, update] = await Promise.all(programs);
      await tensors.upload('series', dataset.x);
      tensors.write('labels', dataset.y);
      tensors.write('parameters', packArena(plan.arena, parameters));
      return new Trainer(gpu, plan, tensors, forward, update);
    } catch (error) {
      tensors.dispose();
      throw error;
    }
  }

  /** Replaces the first series of the data set, and their labels if given. */
  setSeries(x: Float32Array, y?: Float32Array): void {
    this.tensors.write('series', x);
    if (y) this.tensors.write('labels', y);
  }

  setOrder(order: Uint32Array): void {
    this.tensors.write('order', order);
  }

  /** What each slot's batch is; `slot` is set to the index. */
  setSteps(steps: Omit<Step, 'slot'>[]): void {
    this.tensors.writeSteps(steps.map((step, slot) => packStep({ ...step, slot })));
  }

  restore({ parameters, firstMoment, secondMoment }: OptimizerState): void {
    this.tensors.write('parameters', parameters);
    this.tensors.write('first_moment', firstMoment);
    this.tensors.write('second_moment', secondMoment);
  }

  async readState(): Promise<OptimizerState> {
    const [parameters, firstMoment, secondMoment] = await Promise.all(STATE.map((name) => this.read(name)));
    return { parameters, firstMoment, secondMoment };
  }

  keepState(): void {
    this.tensors.keep(STATE);
  }

  async readKeptState(): Promise<OptimizerState | undefined> {
    if (!STATE.every((name) => this.tensors.hasKept(name))) return undefined;
    const kept = await Promise.all(STATE.map((name) => this.tensors.readKept(name)));
    const [parameters, firstMoment, secondMoment] = kept;
    return { parameters, firstMoment, secondMoment };
  }

  /** Submits updates for `count` slots from `first` on. */
  submitUpdates(first: number, count: number): void {
    this.submit(first, count, this.update);
  }

  submitForward(first: number, count: number): void {
    this.submit(first, count, this.forward);
  }

  private submit(first: number, count: number, program: Program): void {
    this.gpu.check();
    const encoder = this.gpu.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let slot = first; slot < first + count; slot++) program.record(pass, slot);
    pass.end();
    this.gpu.device.queue.submit([encoder.finish()]);
  }

  finished(): Promise<void> {
    return this.gpu.finished();
  }

  /** Metrics of `count` slots from `first` on. */
  async readMetrics(first: number, count: number): Promise<BatchMetrics[]> {
    const values = await this.tensors.read('metrics', 2 * first, 2 * count);
    return Array.from({ length: count }, (_, i) => ({ loss: values[2 * i], second: values[2 * i + 1] }));
  }

  restoreMetrics(metrics: Float32Array): void {
    this.tensors.write('metrics', metrics);
  }

  /** A tensor as it is after everything submitted so far. */
  read(name: string): Promise<Float32Array> {
    return this.tensors.read(name);
  }

  /** Parameters, gradients or moments by name, in Keras' layouts. */
  async readArena(name: 'parameters' | 'gradients' | 'first_moment' | 'second_moment'): Promise<Parameters> {
    return unpackArena(this.plan.arena, await this.read(name));
  }

  /** Frees every buffer. */
  dispose(): void {
    this.tensors.dispose();
  }
}
