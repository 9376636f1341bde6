import { describe, expect, it } from 'vitest';
import { adam } from '../shaders/adam.ts';
import { packStep } from '../shaders/snippets.ts';
import { NumpyRandom } from '../src/data/numpy_random.ts';
import { getData } from '../src/data/synthetic.ts';
import { type Dispatch, dispatchName, type Numbers, type TileDevice } from '../src/gpu/kernel.ts';
import { runReference } from '../src/gpu/program.ts';
import { EXPERIMENT, KERAS_ADAM, type ModelConfig } from '../src/model/config.ts';
import { dispatchOf, SHARED, tensorSizes } from '../src/model/dispatch.ts';
import { sumAndUpdate } from '../src/model/fusion/gradient_sum_adam.ts';
import { FUSION_RULES } from '../src/model/fusion/index.ts';
import { outputWithLoss } from '../src/model/fusion/output_loss.ts';
import type { FusionRule, Lists } from '../src/model/fusion/rule.ts';
import { bySample } from '../src/model/fusion/sample_step.ts';
import { softmaxMultiply } from '../src/model/fusion/softmax_multiply.ts';
import { initialParameters, packArena } from '../src/model/parameters.ts';
import { createPlan, type Plan } from '../src/model/plan.ts';
import { scheduledPlan } from '../src/model/scheduled_plan.ts';
import { defaultTiles } from '../src/model/tiles.ts';
import { DEVICES } from './tile_devices.ts';

const CONFIG: ModelConfig = { timeSteps: 5, inputDim: 3, units: 4, singleAttentionVector: false };
const SAMPLES = 6;

function planOf(config: ModelConfig, fused = false): Plan {
  return createPlan({ config, batchSize: SAMPLES, samples: SAMPLES, slots: 1, adam: KERAS_ADAM, fused });
}

const namesOf = (list: Dispatch[]) => list.map(dispatchName);

/** Everything that a step leaves behind, in float64. */
function run({ forward, backward }: Lists, config: ModelConfig, plan: Plan): Map<string, Numbers> {
  const sizes = tensorSizes([...forward, ...backward]);
  const tensors = new Map<string, Numbers>([...sizes].map(([name, length]) => [name, new Float64Array(length)]));
  const { x, y } = getData(new NumpyRandom(3), SAMPLES, config.timeSteps, config.inputDim, 0);
  tensors.set('series', Float64Array.from(x)).set('labels', Float64Array.from(y));
  tensors.set(
    'order',
    Uint32Array.from({ length: SAMPLES }, (_, i) => i),
  );
  tensors.set('parameters', Float64Array.from(packArena(plan.arena, initialParameters(config, 5))));
  const step = packStep({ first: 0, count: SAMPLES, slot: 0, stepSize: 1e-2 });
  runReference(forward, tensors, step);
  runReference(backward, tensors, step);
  return tensors;
}

const RULES: [string, FusionRule, string[], string[]][] = [
  [
    'softmax and multiplication',
    softmaxMultiply,
    ['softmax_multiply_forward', 'softmax_multiply_backward'],
    ['softmax_forward', 'multiply_forward', 'multiply_backward', 'softmax_backward'],
  ],
  ['output and loss', outputWithLoss, ['output_loss'], ['output_forward', 'binary_output', 'output_backward']],
  ['sum and update', sumAndUpdate, ['gradient_sum_adam'], ['gradient_sum', 'adam']],
];

describe('a rule puts one kernel in the place of several, and every tensor that stays keeps its numbers', () => {
  const plan = planOf(CONFIG);
  it.each(RULES)('%s', (_, rule, added, replaced) => {
    const lists = rule(plan);
    const before = namesOf([...plan.forward, ...plan.backward]);
    const after = namesOf([...lists.forward, ...lists.backward]);
    expect(after.filter((name) => !before.includes(name))).toEqual(added);
    expect(before.filter((name) => !after.includes(name))).toEqual(replaced);
    const [single, combined] = [run(plan, CONFIG, plan), run(lists, CONFIG, plan)];
    expect(combined.size).toBeLessThanOrEqual(single.size);
    for (const [name, values] of combined) expect(values, name).toEqual(single.get(name));
  });

  it('is one of all rules', () => {
    expect(RULES.map(([, rule]) => rule)).toEqual(FUSION_RULES);
  });
});

describe('a rule leaves dispatches alone', () => {
  it('between which something happens', () => {
    const { forward, backward } = planOf({ ...CONFIG, singleAttentionVector: true });
    expect(softmaxMultiply({ forward, backward })).toEqual({ forward, backward });
  });

  it('of another loss', () => {
    const lists = planOf({ ...CONFIG, output: { kind: 'regression' } });
    const { forward, backward } = outputWithLoss(lists);
    expect([forward, backward]).toEqual([lists.forward, lists.backward]);
  });

  it.each([
    ['multiply_forward', 'attention', softmaxMultiply],
    ['softmax_backward', 'gradient', softmaxMultiply],
    ['binary_output', 'logits', outputWithLoss],
    ['output_backward', 'logitGradient', outputWithLoss],
    ['adam', 'gradients', sumAndUpdate],
  ] as const)('whose tensors are not the same: %s', (kernel, binding, rule) => {
    const renamed = (dispatch: Dispatch): Dispatch => {
      if (dispatch.kernel.name !== kernel) return dispatch;
      const { [binding]: slice } = dispatch.tensors;
      return { ...dispatch, tensors: { ...dispatch.tensors, [binding]: { ...slice, tensor: 'another' } } };
    };
    const { forward, backward } = planOf(CONFIG);
    const lists = rule({ forward: forward.map(renamed), backward: backward.map(renamed) });
    expect(namesOf([...lists.forward, ...lists.backward])).toContain(kernel);
  });

  it('whose tensor in between somebody else reads', () => {
    const { forward, backward, arena } = planOf(CONFIG);
    const { beta1, beta2, epsilon } = KERAS_ADAM;
    const { parameters, firstMoment, secondMoment } = SHARED;
    const reading = (tensor: string) =>
      dispatchOf(
        adam,
        { length: arena.length, beta1, beta2, epsilon },
        { gradients: { tensor }, parameters, firstMoment, secondMoment },
      );
    const more = {
      forward,
      backward: [...backward, reading('output/logits'), reading('attention/attention_gradient')],
    };
    expect(namesOf(outputWithLoss(more).forward)).toEqual(namesOf(forward));
    expect(namesOf(softmaxMultiply(more).backward)).toEqual(namesOf(more.backward));
  });
});

it('a combined plan has no tensor that only single kernels need', () => {
  const [single, combined] = [planOf(CONFIG), planOf(CONFIG, true)];
  const gone = [...single.tensors.keys()].filter((name) => !combined.tensors.has(name));
  expect(gone).toEqual(['output/logits', 'attention/attention_gradient']);
  expect([...combined.tensors.keys()].every((name) => single.tensors.get(name) === combined.tensors.get(name))).toBe(
    true,
  );
});

describe('an update by sample', () => {
  const ROOMY = { ...DEVICES.gpu, limits: { ...DEVICES.gpu.limits, maxComputeWorkgroupStorageSize: 32_768 } };
  const updateOf = (
    config: ModelConfig,
    device: TileDevice = ROOMY,
    change: { fused?: boolean; steps?: number } = {},
  ) => {
    const { fused = true, steps } = change;
    const { forward, backward, arena } = createPlan({
      config,
      batchSize: SAMPLES,
      samples: SAMPLES,
      slots: 1,
      adam: KERAS_ADAM,
      fused,
      chunkSteps: steps,
    });
    return namesOf(bySample([...forward, ...backward], arena.length, device));
  };
  const COMBINED = ['gather_batch', 'sample_step', 'parameter_gradients', 'gradient_sum_adam'];

  it('is four dispatches', () => {
    expect(updateOf(CONFIG)).toEqual(COMBINED);
    const { update } = scheduledPlan(
      { config: EXPERIMENT, batchSize: 256, samples: 256, slots: 1, adam: KERAS_ADAM },
      defaultTiles(EXPERIMENT, 256, DEVICES.gpu),
    );
    expect(namesOf(update)).toEqual(COMBINED);
  });

  it('gives the numbers of the single kernels', () => {
    const plan = planOf(CONFIG, true);
    const combined = bySample([...plan.forward, ...plan.backward], plan.arena.length, ROOMY);
    const single = run(plan, CONFIG, plan);
    const one = run({ forward: combined, backward: [] }, CONFIG, plan);
    for (const name of ['gradients', 'parameters', 'metrics', 'lstm/gate_gradient']) {
      expect(one.get(name), name).toEqual(single.get(name));
    }
  });

  it('is not for a list in which somebody else reads what a sample leaves behind', () => {
    const { forward, backward, arena } = planOf(CONFIG, true);
    const { beta1, beta2, epsilon } = KERAS_ADAM;
    const { parameters, firstMoment, secondMoment } = SHARED;
    const reading = dispatchOf(
      adam,
      { length: arena.length, beta1, beta2, epsilon },
      { gradients: { tensor: 'attention/attention' }, parameters, firstMoment, secondMoment },
    );
    const list = [...forward, ...backward, reading];
    expect(bySample(list, arena.length, ROOMY)).toEqual(list);
  });

  it('is not for other models, pieces of a sequence, single kernels, software, or devices without room', () => {
    expect(updateOf({ ...CONFIG, singleAttentionVector: true })).not.toContain('sample_step');
    expect(updateOf({ ...CONFIG, output: { kind: 'regression' } })).not.toContain('sample_step');
    expect(updateOf({ ...CONFIG, timeSteps: 40 }, ROOMY, { steps: 16 })).not.toContain('sample_step');
    expect(updateOf(CONFIG, ROOMY, { fused: false })).not.toContain('sample_step');
    expect(updateOf({ ...CONFIG, timeSteps: 129 })).not.toContain('sample_step');
    expect(updateOf({ ...CONFIG, units: 65 }, DEVICES.gpu)).not.toContain('sample_step');
    expect(updateOf(CONFIG, DEVICES.software)).not.toContain('sample_step');
    expect(updateOf({ ...CONFIG, timeSteps: 120, inputDim: 30 })).not.toContain('sample_step');
  });
});
