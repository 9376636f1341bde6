import { create, globals } from 'webgpu';
import type { BenchConfig } from '../src/bench/bench_config.ts';
import { TimedList } from '../src/bench/timed_list.ts';
import { createBenchTrainer } from '../src/bench/training.ts';
import { Gpu } from '../src/gpu/device.ts';

// A program for Dawn's process: times every dispatch of a training step on several devices, each with several sets of
// buffers, each in several rounds. Sends milliseconds by device, buffers, round and dispatch.

export interface Ladder {
  names: string[];
  /** [device][buffers][round][dispatch] */
  ms: number[][][][];
}

const SMALL: BenchConfig = {
  timeSteps: 8,
  inputDim: 1,
  units: 4,
  singleAttentionVector: false,
  batchSize: 32,
  seed: 1,
};
const WHOLE: BenchConfig = { ...SMALL, timeSteps: 64, units: 32, batchSize: 256 };
const isLong = process.env.ATTENTION_LSTM_AA !== undefined;
const [DEVICES, BUFFERS, ROUNDS] = isLong ? [4, 3, 5] : [2, 2, 3];

const dawn = create(['enable-dawn-features=allow_unsafe_apis', 'disable-dawn-features=timestamp_quantization']);
// A global keeps `dawn` alive: if it were collected earlier, its devices would go too.
Object.assign(globalThis, globals, { dawn });

const ladder: Ladder = { names: [], ms: [] };
for (let device = 0; device < DEVICES; device++) {
  const gpu = await Gpu.open(dawn);
  const ofDevice: number[][][] = [];
  for (let buffers = 0; buffers < BUFFERS; buffers++) {
    const config = isLong ? WHOLE : SMALL;
    const trainer = await createBenchTrainer(gpu, config);
    const list = await TimedList.ofTrainer(gpu, trainer, [{ first: 0, count: config.batchSize }]);
    ladder.names = list.dispatches.map(({ kernel }) => kernel.name);
    await list.measure();
    const rounds: number[][] = [];
    while (rounds.length < ROUNDS) rounds.push((await list.measure()).nanoseconds.map((time) => time / 1e6));
    ofDevice.push(rounds);
    list.dispose();
    trainer.dispose();
  }
  ladder.ms.push(ofDevice);
  gpu.close();
}
process.send?.(ladder, () => process.exit());
