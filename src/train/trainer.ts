import { packStep, type Step } from '../../shaders/snippets.ts';
import type { Dataset } from '../data/dataset.ts';
import type { Gpu } from '../gpu/device.ts';
import { Program, STEP_SLOT_BYTES } from '../gpu/program.ts';
import { type AdamConfig, KERAS_ADAM, type ModelConfig, type UpdateOptions } from '../model/config.ts';
import { type Parameters, packArena, unpackArena } from '../model/parameters.ts';
import { type ScheduledPlan, scheduledPlan } from '../model/scheduled_plan.ts';
import { defaultTiles, type Tiles, tileDevice } from '../model/tiles.ts';

export interface TrainerOptions {
  config: ModelConfig;
  batchSize: number;
  /** Uploaded once, whole. */
  dataset: Dataset;
  parameters: Parameters;
  adam?: AdamConfig;
  /** Batches between two readings of the metrics. */
  slots: number;
  /** How the kernels are cut; by rule when absent. */
  tiles?: Tiles;
  update?: UpdateOptions;
  /** Whether combined kernels are used. Default true. */
  fused?: boolean;
}

/** The tensors of what an update changes. */
const STATE = ['parameters', 'first_moment', 'second_moment'];

/** What an update changes; float32 in the order of the arena. */
export interface OptimizerState {
  parameters: Float32Array;
  firstMoment: Float32Array;
  secondMoment: Float32Array;
}

/** Sums over one batch: the loss, and the number of correct predictions of classes or the absolute errors of numbers. */
export interface BatchMetrics {
  loss: number;
  second: number;
}

/** Throws limit when a tensor of this run is larger than the adapter allows; nothing is made for it. */
export function requireFit(
  gpu: Gpu,
  options: Omit<TrainerOptions, 'dataset' | 'parameters'> & { samples: number },
): void {
  for (const [name, elements] of planOf(gpu, options).tensors) gpu.requireStorage(`tensor ${name}`, 4 * elements);
  gpu.requireLimit('maxBufferSize', STEP_SLOT_BYTES * options.slots, 'tensor steps');
}

function planOf(
  gpu: Gpu,
  options: Omit<TrainerOptions, 'dataset' | 'parameters'> & { samples: number },
): ScheduledPlan {
  const tiles = options.tiles ?? defaultTiles(options.config, options.batchSize, tileDevice(gpu));
  return scheduledPlan({ adam: KERAS_ADAM, ...options }, tiles);
}

/** The model on a device: its tensors, and its two lists of dispatches ready to be replayed. */
export class Trainer {
  private kept: GPUBuffer | undefined;

  private constructor(
    private readonly gpu: Gpu,
    readonly plan: ScheduledPlan,
    private readonly buffers: Map<string, GPUBuffer>,
    private readonly steps: GPUBuffer,
    private readonly forward: Program,
    private readonly backward: Program,
  ) {}

  /** Uploads data and parameters and compiles the kernels. Throws limit, out-of-memory or shader; then nothing is held. */
  static async create(gpu: Gpu, options: TrainerOptions): Promise<Trainer> {
    const { dataset, parameters, ...rest } = options;
    const { slots } = options;
    const plan = planOf(gpu, { ...rest, samples: dataset.samples });
    const buffers = new Map<string, GPUBuffer>();
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const own: GPUBuffer[] = [];
    const create = (name: string, bytes: number, flags: GPUBufferUsageFlags) => {
      const buffer = gpu.createBuffer(name, bytes, flags);
      own.push(buffer);
      return buffer;
    };
    try {
      const steps = await gpu.allocating('the data set and the model', () => {
        for (const [name, elements] of plan.tensors) buffers.set(name, create(name, 4 * elements, usage));
        return create('steps', STEP_SLOT_BYTES * slots, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
      });
      const [forward, backward] = await Promise.all([
        Program.create(gpu, plan.forward, buffers, steps),
        Program.create(gpu, plan.backward, buffers, steps),
      ]);
      const trainer = new Trainer(gpu, plan, buffers, steps, forward, backward);
      trainer.write('series', dataset.x);
      trainer.write('labels', dataset.y);
      trainer.write('parameters', packArena(plan.arena, parameters));
      return trainer;
    } catch (error) {
      own.forEach((buffer) => {
        gpu.release(buffer);
      });
      throw error;
    }
  }

  private buffer(name: string): GPUBuffer {
    const buffer = this.buffers.get(name);
    if (!buffer) throw new Error(`unknown tensor: ${name}`);
    return buffer;
  }

  private write(name: string, values: Float32Array | Uint32Array): void {
    this.gpu.device.queue.writeBuffer(this.buffer(name), 0, values as Float32Array<ArrayBuffer>);
  }

  /** Puts other series, and labels where there are some, in the place of the first ones of the data set. */
  setSeries(x: Float32Array, y?: Float32Array): void {
    this.write('series', x);
    if (y) this.write('labels', y);
  }

  /** The order in which batches take samples from the data set: every index of it, once. */
  setOrder(order: Uint32Array): void {
    this.write('order', order);
  }

  /** What each slot's batch is; `slot` is set to the index. */
  setSteps(steps: Omit<Step, 'slot'>[]): void {
    const words = new Uint32Array((steps.length * STEP_SLOT_BYTES) / 4);
    steps.forEach((step, slot) => {
      words.set(packStep({ ...step, slot }), (slot * STEP_SLOT_BYTES) / 4);
    });
    this.gpu.device.queue.writeBuffer(this.steps, 0, words);
  }

  /** Puts a run's state in the place of the initial one; each in the order of the arena. */
  restore({ parameters, firstMoment, secondMoment }: OptimizerState): void {
    this.write('parameters', parameters);
    this.write('first_moment', firstMoment);
    this.write('second_moment', secondMoment);
  }

  /** What `restore` takes, as it is after everything submitted so far. */
  async readState(): Promise<OptimizerState> {
    const [parameters, firstMoment, secondMoment] = await Promise.all(STATE.map((name) => this.read(name)));
    return { parameters, firstMoment, secondMoment };
  }

  /** Copies the state on the device, over the copy before; nothing waits for it. */
  keepState(): void {
    const bytes = 4 * this.plan.arena.length;
    this.kept ??= this.gpu.createBuffer('kept state', 3 * bytes, GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST);
    const encoder = this.gpu.device.createCommandEncoder();
    for (const [i, name] of STATE.entries()) {
      encoder.copyBufferToBuffer(this.buffer(name), 0, this.kept, i * bytes, bytes);
    }
    this.gpu.device.queue.submit([encoder.finish()]);
  }

  /** The copy that `keepState` made last; undefined where it made none. */
  async readKeptState(): Promise<OptimizerState | undefined> {
    if (!this.kept) return undefined;
    const values = new Float32Array(await this.gpu.read(this.kept));
    const { length } = this.plan.arena;
    const [parameters, firstMoment, secondMoment] = [0, 1, 2].map((i) => values.slice(i * length, (i + 1) * length));
    return { parameters, firstMoment, secondMoment };
  }

  /** Submits updates for `count` slots from `first` on. */
  submitUpdates(first: number, count: number): void {
    this.submit(first, count, [this.forward, this.backward]);
  }

  /** Submits the forward pass alone, with loss and metrics, for `count` slots from `first` on. */
  submitForward(first: number, count: number): void {
    this.submit(first, count, [this.forward]);
  }

  private submit(first: number, count: number, programs: Program[]): void {
    this.gpu.check();
    const encoder = this.gpu.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let slot = first; slot < first + count; slot++) {
      for (const program of programs) program.record(pass, slot);
    }
    pass.end();
    this.gpu.device.queue.submit([encoder.finish()]);
  }

  /** Resolves when everything submitted so far has run; rejects when the device failed. */
  finished(): Promise<void> {
    return this.gpu.finished();
  }

  /** Metrics of `count` slots from `first` on. */
  async readMetrics(first: number, count: number): Promise<BatchMetrics[]> {
    const values = new Float32Array(await this.gpu.read(this.buffer('metrics'), 8 * first, 8 * count));
    return Array.from({ length: count }, (_, i) => ({ loss: values[2 * i], second: values[2 * i + 1] }));
  }

  /** Puts the metrics of the first slots in their places, as if they had just been measured: (slots, 2). */
  restoreMetrics(metrics: Float32Array): void {
    this.write('metrics', metrics);
  }

  /** A tensor as it is after everything submitted so far. */
  async read(name: string): Promise<Float32Array> {
    return new Float32Array(await this.gpu.read(this.buffer(name)));
  }

  /** Parameters, gradients or moments by name, in Keras' layouts. */
  async readArena(name: 'parameters' | 'gradients' | 'first_moment' | 'second_moment'): Promise<Parameters> {
    return unpackArena(this.plan.arena, await this.read(name));
  }

  /** Frees every buffer. */
  dispose(): void {
    const kept = this.kept ? [this.kept] : [];
    for (const buffer of [...this.buffers.values(), this.steps, ...kept]) this.gpu.release(buffer);
    this.buffers.clear();
  }
}
