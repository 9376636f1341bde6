import { packStep, type Step } from '../../shaders/snippets.ts';
import type { Dataset } from '../data/dataset.ts';
import type { Numbers } from '../gpu/kernel.ts';
import { runReference } from '../gpu/program.ts';
import { KERAS_ADAM, type ModelConfig, type UpdateOptions } from './config.ts';
import { SHARED } from './dispatch.ts';
import { type Parameters, packArena } from './parameters.ts';
import { createPlan, type Plan, type PlanOptions } from './plan.ts';

/** The model in float64: the references run the same lists of dispatches that a GPU replays. */
export class ModelReference {
  readonly plan: Plan;
  readonly tensors: Map<string, Numbers>;

  constructor(
    config: ModelConfig,
    batchSize: number,
    dataset: Dataset,
    parameters: Parameters,
    {
      slots = 1,
      fused = true,
      chunkSteps,
      update,
    }: { slots?: number; fused?: boolean; chunkSteps?: number; update?: UpdateOptions } = {},
  ) {
    const options: PlanOptions = {
      config,
      batchSize,
      samples: dataset.samples,
      slots,
      adam: KERAS_ADAM,
      chunkSteps,
      update,
      fused,
    };
    this.plan = createPlan(options);
    this.tensors = new Map([...this.plan.tensors].map(([name, elements]) => [name, new Float64Array(elements)]));
    this.tensors.set(SHARED.series.tensor, Float64Array.from(dataset.x));
    this.tensors.set(SHARED.labels.tensor, Float64Array.from(dataset.y));
    this.tensors.set(
      SHARED.order.tensor,
      Uint32Array.from({ length: dataset.samples }, (_, i) => i),
    );
    this.tensors.set(SHARED.parameters.tensor, Float64Array.from(packArena(this.plan.arena, parameters)));
  }

  forward(step: Step): void {
    runReference(this.plan.forward, this.tensors, packStep(step));
  }

  backward(step: Step): void {
    runReference(this.plan.backward, this.tensors, packStep(step));
  }

  tensor(name: string): Float64Array {
    return this.tensors.get(name) as Float64Array;
  }

  /** A parameter's part of an arena tensor. */
  part(tensor: string, parameter: string): Float64Array {
    const spec = this.plan.arena.specs.find(({ name }) => name === parameter);
    if (!spec) throw new Error(`unknown parameter: ${parameter}`);
    return this.tensor(tensor).subarray(spec.offset, spec.offset + spec.length);
  }
}
