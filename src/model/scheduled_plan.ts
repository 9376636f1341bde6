import type { Dispatch, Scheduled } from '../gpu/kernel.ts';
import { tensorSizes } from './dispatch.ts';
import { bySample } from './fusion/sample_step.ts';
import { createPlan, type Plan, type PlanOptions } from './plan.ts';
import { mostParts, type Tiles } from './tiles.ts';

/** A plan whose dispatches have their tiles. */
export interface ScheduledPlan extends Omit<Plan, 'backward'> {
  forward: Scheduled[];
  /** All dispatches of an update. It begins with those of `forward`, unless a GPU combines the two passes. */
  update: Scheduled[];
}

/** A plan cut into chunks and tiles for a device. */
export function scheduledPlan(options: Omit<PlanOptions, 'chunkSteps'>, tiles: Tiles): ScheduledPlan {
  const { device, chunkSteps } = tiles;
  const { backward, ...plan } = createPlan({ ...options, chunkSteps, mostParts: mostParts(device) });
  const single = [...plan.forward, ...backward];
  const update = options.fused === false ? single : bySample(single, plan.arena.length, device);
  const all = [...new Set([...plan.forward, ...update])];
  const scheduled = new Map(all.map((dispatch) => [dispatch, { ...dispatch, tile: tileOf(dispatch, tiles) }]));
  const schedule = (dispatch: Dispatch) => scheduled.get(dispatch) as Scheduled;
  return {
    ...plan,
    tensors: tensorSizes([...plan.forward, ...update]),
    forward: plan.forward.map(schedule),
    update: update.map(schedule),
  };
}

/** The chosen tile of a kernel at a shape. A choice that the device does not offer for the shape is ignored. */
function tileOf({ kernel, shape }: Dispatch, { device, chosen }: Tiles): unknown {
  const choices = kernel.tiles?.choices(shape, device) ?? [];
  return choices.find((tile) => kernel.tiles?.id(tile) === chosen[kernel.name]) ?? choices[0];
}
