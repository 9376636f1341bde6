import { copyBandwidth, FACTORS, type MultiplyAddShape, multiplyAddPeak } from '../../shaders/roofline.ts';
import type { Gpu } from '../gpu/device.ts';
import type { Bindings, Kernel, Numbers, Read } from '../gpu/kernel.ts';
import type { Timer } from '../gpu/profiler.ts';
import { onOwnTensors } from '../gpu/tensors.ts';
import type { Limits } from './limits.ts';
import { TimedList } from './timed_list.ts';

/** Independent chains in each lane. Software adapters do best with scalars in every register, GPUs with vectors. */
const CANDIDATES: Pick<MultiplyAddShape, 'accumulators' | 'width'>[] = [
  { accumulators: 8, width: 1 },
  { accumulators: 12, width: 1 },
  { accumulators: 4, width: 4 },
  { accumulators: 8, width: 4 },
];
const ROUNDS = 1024;
const FEWEST_WORKGROUPS = 64;
/** In a dispatch this long, start and end no longer matter, nor the turns of other programs. */
const LONG_ENOUGH_MS = 10;
/**
 * Size of each of the copy's two tensors. On a GPU larger than its caches, and within every adapter's limits. On a
 * software adapter the instructions of a load are the limit, wherever the value lies.
 */
const COPY_BYTES = { gpu: 2 ** 26, software: 2 ** 22 };
const TRIALS = 3;

/**
 * The two kernels of the roofline, ready to be measured beside others, because a machine's speed may change by the
 * minute.
 */
export class Roofline {
  private constructor(
    private readonly peak: TimedList,
    private readonly copy: TimedList,
  ) {}

  /** Tries the candidates and keeps the one with the highest peak, or takes the shape that an earlier start has kept. */
  static async create(gpu: Gpu, known?: MultiplyAddShape): Promise<Roofline> {
    const peak = known ? await timedKernel(gpu, multiplyAddPeak, known, { factors: FACTORS }) : await highestPeak(gpu);
    try {
      const vectors = (gpu.adapter.isSoftware ? COPY_BYTES.software : COPY_BYTES.gpu) / 16;
      // Memory that was never written may be a single page of zeros, which would stay in the cache.
      const source = new Float32Array(4 * vectors).fill(1);
      return new Roofline(peak, await timedKernel(gpu, copyBandwidth, { vectors }, { source }));
    } catch (error) {
      peak.dispose();
      throw error;
    }
  }

  /** The shape of the kernel that gives the peak. */
  get peakShape(): MultiplyAddShape {
    return this.peak.dispatches[0].shape as MultiplyAddShape;
  }

  get timer(): Timer {
    return this.peak.timer;
  }

  /** Both limits at this moment; NaN if the timer failed. */
  async measure(): Promise<Limits> {
    return { multiplyAddGflops: await this.multiplyAddGflops(), copyGBs: await rateOf(this.copy, 'bytes') };
  }

  /** The multiply-add peak at this moment; NaN if the timer failed. */
  multiplyAddGflops(): Promise<number> {
    return rateOf(this.peak, 'flops');
  }

  dispose(): void {
    this.peak.dispose();
    this.copy.dispose();
  }
}

interface Peak {
  list: TimedList;
  /** GFLOP/s. */
  rate: number;
}

async function highestPeak(gpu: Gpu): Promise<TimedList> {
  let best = await grownPeak(gpu, CANDIDATES[0]);
  try {
    for (const candidate of CANDIDATES.slice(1)) {
      const peak = await grownPeak(gpu, candidate);
      const [better, worse] = peak.rate > best.rate ? [peak, best] : [best, peak];
      worse.list.dispose();
      best = better;
    }
  } catch (error) {
    best.list.dispose();
    throw error;
  }
  return best.list;
}

/** A candidate with enough workgroups to keep the adapter busy, and its best rate in a few trials. */
async function grownPeak(gpu: Gpu, candidate: (typeof CANDIDATES)[number]): Promise<Peak> {
  const most = gpu.device.limits.maxComputeWorkgroupsPerDimension;
  for (let workgroups = FEWEST_WORKGROUPS; ; workgroups *= 4) {
    const shape = { ...candidate, rounds: ROUNDS, workgroups };
    const list = await timedKernel(gpu, multiplyAddPeak, shape, { factors: FACTORS });
    let rate = 0;
    for (let trial = 0; trial < TRIALS; trial++) rate = Math.max(rate, (await rateOf(list, 'flops')) || 0);
    const ms = multiplyAddPeak.cost(shape).flops / rate / 1e6;
    if (ms >= LONG_ENOUGH_MS || 4 * workgroups > most) return { list, rate };
    list.dispose();
  }
}

/** One kernel at a shape on tensors of its own. Bindings without content hold zeros. */
function timedKernel<Shape, B extends Bindings>(
  gpu: Gpu,
  kernel: Kernel<Shape, B>,
  shape: Shape,
  contents: Partial<Read<B>>,
): Promise<TimedList> {
  const tensors = new Map<string, number>();
  const dispatch = onOwnTensors(kernel, shape, undefined, tensors);
  const values: Record<string, Numbers | undefined> = contents;
  return TimedList.create(gpu, [dispatch], tensors, async (name) => values[name], [{ first: 0, count: 1 }]);
}

/** Work of a one-dispatch list in a nanosecond: GFLOP/s or GB/s. */
async function rateOf(list: TimedList, what: 'flops' | 'bytes'): Promise<number> {
  const [{ kernel, shape }] = list.dispatches;
  const { nanoseconds } = await list.measure();
  return kernel.cost(shape)[what] / nanoseconds[0];
}
