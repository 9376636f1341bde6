import type { Gpu } from '../../gpu/device.ts';
import type { Tiles } from '../../model/tiles.ts';
import { adamStepSize } from '../../model/update.ts';
import { Trainer } from '../../train/trainer.ts';
import type { System } from './peer.ts';
import type { PeerProblem } from './problem.ts';

/** Steps in one submission at most. */
const SLOTS = 256;

/**
 * This project's trainer on the problem. If the device ends, the trainer ends too. Throws the failures of
 * `Trainer.create`.
 */
export async function createOurs(gpu: Gpu, problem: PeerProblem, tiles?: Tiles): Promise<System> {
  const { config, batch, parameters, parameterCount, adam } = problem;
  const { samples: batchSize } = batch;
  const trainer = await Trainer.create(gpu, {
    config,
    batchSize,
    dataset: batch,
    parameters,
    adam,
    slots: SLOTS,
    tiles,
  });
  trainer.setOrder(Uint32Array.from({ length: batchSize }, (_, i) => i));
  trainer.setSteps(
    Array.from({ length: SLOTS }, (_, i) => ({ first: 0, count: batchSize, stepSize: adamStepSize(adam, i + 1) })),
  );
  trainer.submitUpdates(0, 1);
  const [{ loss }] = await trainer.readMetrics(0, 1);
  return {
    parameterCount,
    firstLoss: loss / batchSize,
    async run(steps) {
      const started = performance.now();
      for (let left = steps; left > 0; left -= SLOTS) trainer.submitUpdates(0, Math.min(left, SLOTS));
      await trainer.finished();
      return performance.now() - started;
    },
  };
}
