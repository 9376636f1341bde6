import { create, globals } from 'webgpu';
import { createBenchTrainer } from '../src/bench/training.ts';
import { Gpu } from '../src/gpu/device.ts';
import type { Check } from '../src/verify/check.ts';
import { checkCopiedBatch } from '../src/verify/copied_batch.ts';

// A program for Dawn's process: compares a batch of copies with its series, then with other series, and sends both
// checks.

const COPIES = 8;
const CONFIG = { batchSize: 12, timeSteps: 6, inputDim: 2, units: 5, singleAttentionVector: false, seed: 1 };

const dawn = create([]);
// A global keeps `dawn` alive: if it were collected earlier, its devices would go too.
Object.assign(globalThis, globals, { dawn });
const gpu = await Gpu.open(dawn);

async function checksWith(seed: number): Promise<Check[]> {
  const one = await createBenchTrainer(gpu, CONFIG);
  const config = { ...CONFIG, batchSize: COPIES * CONFIG.batchSize, seed };
  const many = await createBenchTrainer(gpu, config, { copies: COPIES });
  const checks: Check[] = [];
  for await (const check of checkCopiedBatch(one, many, COPIES)) checks.push(check);
  return checks;
}

const checks = [await checksWith(CONFIG.seed), await checksWith(CONFIG.seed + 1)];
process.send?.(checks, () => process.exit());
