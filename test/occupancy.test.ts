import { describe, expect, it } from 'vitest';
import { kernels } from '../shaders/index.ts';
import { GPU_MODEL, occupancyOf, totalTime, wholeLane } from '../src/bench/occupancy.ts';
import { profileCommand } from '../src/cli/profile.ts';
import { EXPERIMENT } from '../src/model/config.ts';
import { defaultTiles, GPU_DEVICE } from '../src/model/tiles.ts';
import { trainingPlan } from '../src/train/experiment.ts';
import { trialsOf } from '../src/verify/kernel_cases.ts';

const plan = trainingPlan(EXPERIMENT, defaultTiles(EXPERIMENT, 256, GPU_DEVICE));
const rowsOf = (multiprocessors: number) => occupancyOf(plan.update, multiprocessors);

describe('the model of a GPU', () => {
  it('counts every dispatch of a step', () => {
    const rows = rowsOf(132);
    expect(rows).toHaveLength(plan.update.length);
    for (const row of rows) {
      expect(row.lanes % row.workgroups, row.name).toBe(0);
      expect(row.atWork, row.name).toBeLessThanOrEqual(1);
      expect(row.times[row.bound], row.name).toBe(Math.max(...Object.values(row.times)));
      expect(totalTime(row.times), row.name).toBeGreaterThanOrEqual(GPU_MODEL.launch);
    }
  });

  it('takes longer with fewer multiprocessors', () => {
    const [few, many] = [rowsOf(1), rowsOf(132)];
    few.forEach((row, i) => {
      expect(row.atWork, row.name).toBeGreaterThanOrEqual(many[i].atWork);
      expect(totalTime(row.times), row.name).toBeGreaterThanOrEqual(totalTime(many[i].times));
    });
    expect(few.some((row, i) => totalTime(row.times) > totalTime(many[i].times))).toBe(true);
  });

  it('adds the time steps of a lane to the rest of its work', () => {
    const lane = { loads: 3, activations: 1, time: { turns: 64, loads: 2, barriers: 1 } };
    expect(wholeLane(lane)).toEqual({ loads: 131, barriers: 64, activations: 1 });
  });
});

describe('the longest lane of a kernel', () => {
  it.each(kernels)('$name waits for memory if it reads, and has barriers if its WGSL has them', (kernel) => {
    const reads = Object.values(kernel.bindings).some((access) => access !== 'write');
    for (const { shape, tile, name } of trialsOf(kernel)) {
      const { loads, barriers } = wholeLane(kernel.lane(shape, tile));
      expect(Number.isInteger(loads), name).toBe(true);
      expect(loads > 0, name).toBe(reads);
      expect(barriers > 0, name).toBe(kernel.code(shape, tile).includes('workgroupBarrier'));
    }
  });
});

it('profile --occupancy prints the counts and the constants of the model, without a device', async () => {
  const written: string[] = [];
  const { write } = process.stdout;
  process.stdout.write = (text: string | Uint8Array) => written.push(String(text)) > 0;
  try {
    await profileCommand().exitOverride().parseAsync(['--occupancy', '--multiprocessors', '16'], { from: 'user' });
  } finally {
    process.stdout.write = write;
  }
  const text = written.join('');
  expect(text).toContain('16 multiprocessors');
  expect(text).toContain('counted, not measured');
  expect(text).toContain(`a load ${GPU_MODEL.load} ns`);
  for (const { name, bound } of rowsOf(16)) expect(text).toMatch(new RegExp(`^${name} .*${bound}`, 'm'));
});
