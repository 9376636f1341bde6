import type { Dispatch, Scheduled } from '../gpu/kernel.ts';
import { createPlan, type Plan, type PlanOptions } from './plan.ts';
import { mostParts, type Tiles } from './tiles.ts';

/** A plan whose dispatches have their tiles. */
export interface ScheduledPlan extends Plan {
  forward: Scheduled[];
  backward: Scheduled[];
}

/** A plan cut into chunks and tiles for a device. */
export function scheduledPlan(options: Omit<PlanOptions, 'chunkSteps'>, tiles: Tiles): ScheduledPlan {
  const plan = createPlan({ ...options, chunkSteps: tiles.chunkSteps, mostParts: mostParts(tiles.device) });
  const schedule = (dispatch: Dispatch): Scheduled => ({ ...dispatch, tile: tileOf(dispatch, tiles) });
  return { ...plan, forward: plan.forward.map(schedule), backward: plan.backward.map(schedule) };
}

/** The chosen tile of a kernel at a shape. A choice that the device does not offer for the shape is ignored. */
function tileOf({ kernel, shape }: Dispatch, { device, chosen }: Tiles): unknown {
  const choices = kernel.tiles?.choices(shape, device) ?? [];
  return choices.find((tile) => kernel.tiles?.id(tile) === chosen[kernel.name]) ?? choices[0];
}
