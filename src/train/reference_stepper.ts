import type { Step } from '../../shaders/snippets.ts';
import type { Plan } from '../model/plan.ts';
import { ModelReference } from '../model/reference.ts';
import type { BatchMetrics, OptimizerState, Stepper, StepperFactory, StepperOptions } from './stepper.ts';

/** The tensor of each part of the state. */
const STATE = { parameters: 'parameters', firstMoment: 'first_moment', secondMoment: 'second_moment' } as const;

/**
 * The model without a GPU: its plan runs through the kernels' float64 references. The state is rounded to float32 after
 * every update, so a state that was read and restored is the same to the last bit. For small models: a step of 64
 * series takes milliseconds to seconds.
 */
export class ReferenceStepper implements Stepper {
  private readonly model: ModelReference;
  private steps: Step[] = [];
  private kept: OptimizerState | undefined;

  constructor({ config, batchSize, dataset, parameters, slots, update }: StepperOptions) {
    this.model = new ModelReference(config, batchSize, dataset, parameters, { slots, update });
  }

  get plan(): Plan {
    return this.model.plan;
  }

  setOrder(order: Uint32Array): void {
    this.model.tensors.set('order', order.slice());
  }

  setSteps(steps: Omit<Step, 'slot'>[]): void {
    this.steps = steps.map((step, slot) => ({ ...step, slot }));
  }

  submitUpdates(first: number, count: number): void {
    for (const step of this.steps.slice(first, first + count)) {
      this.model.forward(step);
      this.model.backward(step);
      this.restore(this.state());
    }
  }

  submitForward(first: number, count: number): void {
    for (const step of this.steps.slice(first, first + count)) this.model.forward(step);
  }

  async finished(): Promise<void> {}

  async readMetrics(first: number, count: number): Promise<BatchMetrics[]> {
    const values = (await this.read('metrics')).subarray(2 * first, 2 * (first + count));
    return Array.from({ length: count }, (_, i) => ({ loss: values[2 * i], second: values[2 * i + 1] }));
  }

  restoreMetrics(metrics: Float32Array): void {
    this.model.tensor('metrics').set(metrics);
  }

  restore(state: OptimizerState): void {
    for (const [part, tensor] of Object.entries(STATE)) {
      this.model.tensor(tensor).set(state[part as keyof OptimizerState]);
    }
  }

  async readState(): Promise<OptimizerState> {
    return this.state();
  }

  keepState(): void {
    this.kept = this.state();
  }

  async readKeptState(): Promise<OptimizerState | undefined> {
    return this.kept;
  }

  async read(name: string): Promise<Float32Array> {
    return Float32Array.from(this.model.tensor(name));
  }

  dispose(): void {}

  private state(): OptimizerState {
    const of = (tensor: string) => Float32Array.from(this.model.tensor(tensor));
    return {
      parameters: of(STATE.parameters),
      firstMoment: of(STATE.firstMoment),
      secondMoment: of(STATE.secondMoment),
    };
  }
}

/** Trains without a GPU. */
export const REFERENCE_STEPPERS: StepperFactory = {
  requireFit() {},
  create: async (options) => new ReferenceStepper(options),
};
