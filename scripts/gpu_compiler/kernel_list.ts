import { workgroupLanes } from '../../src/bench/occupancy.ts';
import { dispatchName, type TileDevice } from '../../src/gpu/kernel.ts';
import { EXPERIMENT, KERAS_ADAM } from '../../src/model/config.ts';
import { scheduledPlan } from '../../src/model/scheduled_plan.ts';
import { defaultTiles, GPU_DEVICE } from '../../src/model/tiles.ts';

/** Time steps, channels and units of the models whose kernels are compiled. */
const MODELS = [
  { timeSteps: 64, inputDim: 1, units: 32 },
  { timeSteps: 128, inputDim: 6, units: 64 },
  { timeSteps: 1024, inputDim: 1, units: 32 },
  { timeSteps: 24, inputDim: 16, units: 128 },
];

export interface ListedKernel {
  /** `T 64 D 1 U 32: dense_forward, columns/4` */
  name: string;
  code: string;
  /** A letter for each binding: r read-only storage, s storage, u uniform. */
  kinds: string;
  /** Lanes of a workgroup. */
  lanes: number;
}

/**
 * Every kernel of a training step on a GPU with the tile of the rule, for some models at batches of 256. Code that
 * several models share is listed once.
 */
export function kernelList(device: TileDevice = GPU_DEVICE): ListedKernel[] {
  const kernels = MODELS.flatMap((model) => {
    const config = { ...EXPERIMENT, ...model };
    const options = { config, batchSize: 256, samples: 1024, slots: 8, adam: KERAS_ADAM };
    const lists = [true, false].map((fused) => scheduledPlan({ ...options, fused }, defaultTiles(config, 256, device)));
    const dispatches = lists.flatMap(({ forward, update }) => [...update, ...forward]);
    const { timeSteps: T, inputDim: D, units: U } = model;
    return dispatches.map((dispatch): [string, ListedKernel] => {
      const { kernel, shape, tile } = dispatch;
      const id = kernel.tiles ? `, ${kernel.tiles.id(tile)}` : '';
      const name = `T ${T} D ${D} U ${U}: ${dispatchName(dispatch)}${id}`;
      const code = kernel.code(shape, tile);
      const kinds = Object.values(kernel.bindings).map(
        (access) => ({ read: 'r', uniform: 'u' })[String(access)] ?? 's',
      );
      return [code, { name, code, kinds: kinds.join(''), lanes: workgroupLanes(code) }];
    });
  });
  return [...new Map(kernels.toReversed()).values()].reverse();
}
