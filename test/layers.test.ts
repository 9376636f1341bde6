import { describe, expect, it } from 'vitest';
import { denseForward } from '../shaders/dense.ts';
import { packStep } from '../shaders/snippets.ts';
import { NumpyRandom } from '../src/data/numpy_random.ts';
import { getData } from '../src/data/synthetic.ts';
import type { Numbers } from '../src/gpu/kernel.ts';
import { runReference } from '../src/gpu/program.ts';
import { KERAS_ADAM } from '../src/model/config.ts';
import { dispatchOf } from '../src/model/dispatch.ts';
import { kerasLayers } from '../src/model/keras_layers.ts';
import { layersOf, placed } from '../src/model/layer_list.ts';
import { LAYERS, layerOf } from '../src/model/layers/index.ts';
import type { Flow, Layer, LayerNode } from '../src/model/layers/layer.ts';
import { viewsOf } from '../src/model/model_layers.ts';
import { createPlan, type Plan, planLayers } from '../src/model/plan.ts';
import { relativeL2 } from '../src/verify/check.ts';
import { CONFIGS } from './portable_models.ts';

const SAMPLES = 6;
const OPTIONS = {
  batchSize: SAMPLES,
  samples: SAMPLES,
  slots: 1,
  adam: KERAS_ADAM,
  fused: false,
};

describe('every layer', () => {
  it.each(Object.entries(LAYERS))('%s is registered by its type', (name, layer) => {
    expect(layer.type).toBe(name);
    expect(layerOf({ type: name })).toBe(layer);
  });

  it('of no registered type is refused', () => {
    expect(() => layerOf({ type: 'constructor' })).toThrow('unknown layer: constructor');
  });

  describe.each(CONFIGS)('of the model: %s', (_, config) => {
    const nodes = layersOf(config);
    const written = kerasLayers(config);

    it('holds its parameters in one Keras layer, each once', () => {
      for (const node of nodes) {
        const own = layerOf(node).parameters(node);
        const holders = written.filter((layer) => layer.node === node.name);
        expect(holders).toHaveLength(own.length > 0 ? 1 : 0);
        expect(holders.map(({ type }) => type)).toEqual(holders.map(() => layerOf(node).keras.holder?.type));
        const names = own.map(({ name }) => name).sort();
        expect([...(layerOf(node).keras.holder?.parameters ?? [])].sort()).toEqual(names);
      }
    });

    it('knows the name under which a Keras file holds its parameters', () => {
      for (const { node, name } of written.filter((layer) => layer.node !== undefined)) {
        const own = layerOf({ type: nodes.find((one) => one.name === node)?.type ?? '' });
        expect(own.keras.names).toContain(name.replace(/_\d+$/, ''));
      }
    });

    it('draws initial values of its shapes', () => {
      for (const node of nodes) {
        for (const { shape, initial } of layerOf(node).parameters(node)) {
          const values = initial(new NumpyRandom(1), shape);
          expect(values).toHaveLength(shape.reduce((product, size) => product * size, 1));
        }
      }
    });

    it('has views of tensors that the plan computes, with all their rows', () => {
      const plan = createPlan({ ...OPTIONS, config });
      const views = viewsOf(config);
      expect(new Set(views.map(({ name }) => name)).size).toBe(views.length);
      for (const { tensor, steps = 1, features, skip } of views) {
        expect(plan.tensors.get(tensor), tensor).toBe((skip + steps) * features * plan.batch);
      }
    });
  });
});

/** A sequence whose every channel becomes the mean of all: what a layer needs that somebody adds. */
const channelAverage: Layer<object> = {
  type: 'channel_average',
  output: (_, [taken]) => taken,
  parameters: () => [],
  forward(plan, { name, output }, [x]) {
    const shape = { timeSteps: output.steps ?? 0, inputDim: output.features, batch: plan.batch };
    const flow: Flow = { ...output, tensor: `${name}/means`, innermost: 'samples', skip: 0 };
    return { run: [plan.on('channelMean', shape, { values: x, means: 'means' })], output: flow };
  },
  backward(plan, { output }, [x], means) {
    const shape = { timeSteps: output.steps ?? 0, inputDim: output.features, batch: plan.batch };
    const [values, gradient] = [plan.gradientOf(means), plan.gradientOf(x)];
    return [plan.on('channelMean', shape, { values, means: gradient })];
  },
  views: () => [],
  keras: LAYERS.input.keras,
  onnx: LAYERS.input.onnx,
};

/** The product of two sequences, which may come from one layer: then this one's gradient is a sum. */
const product: Layer<object> = {
  ...channelAverage,
  type: 'product',
  forward(plan, { name, output }, [x, attention]) {
    const shape = { timeSteps: output.steps ?? 0, inputDim: output.features, batch: plan.batch };
    const flow: Flow = { ...output, tensor: `${name}/product`, innermost: 'samples', skip: 0 };
    return { run: [plan.on('multiplyForward', shape, { x, attention, product: 'product' })], output: flow };
  },
  backward(plan, { output }, [x, attention], made) {
    const shape = { timeSteps: output.steps ?? 0, inputDim: output.features, batch: plan.batch };
    const productGradient = plan.gradientOf(made);
    return [
      plan.on('multiplyBackward', shape, { productGradient, x, attentionGradient: plan.gradientOf(attention) }),
      plan.on('multiplyBackward', shape, { productGradient, x: attention, attentionGradient: plan.gradientOf(x) }),
    ];
  },
};

describe('a list of layers that no configuration stands for', () => {
  Object.assign(LAYERS, { channel_average: channelAverage, product });
  const node = (type: string, from: string[], settings: object, name = type): LayerNode => ({
    name,
    type,
    from,
    settings,
  });
  const input = node('input', [], { timeSteps: 5, inputDim: 3 });
  const attention = node('attention', ['input'], { singleVector: false });
  const output = node('output', ['lstm'], { kind: 'binary' });
  const lists: [string, LayerNode[]][] = [
    ['without attention', [input, node('lstm', ['input'], { units: 4 }), output]],
    [
      'with a layer of another’s',
      [
        input,
        attention,
        node('channel_average', ['attention'], {}),
        node('lstm', ['channel_average'], { units: 4 }),
        output,
      ],
    ],
    [
      'with a layer whose sequence two others take',
      [
        input,
        attention,
        node('channel_average', ['attention'], {}),
        node('product', ['attention', 'channel_average'], {}),
        node('lstm', ['product'], { units: 4 }),
        output,
      ],
    ],
  ];
  it.each(lists)('has gradients that equal finite differences: %s', (_, nodes) => {
    const plan = planLayers(placed(nodes), OPTIONS);
    const tensors = tensorsOf(plan);
    const parameters = tensors.get('parameters') as Float64Array;
    const loss = () => {
      runReference(plan.forward, tensors, STEP);
      return Number(tensors.get('metrics')?.[0]) / SAMPLES;
    };
    loss();
    runReference(plan.backward, tensors, STEP);
    const gradients = Float64Array.from(tensors.get('gradients') ?? []);
    const numeric = Float64Array.from(parameters, (value, i) => {
      parameters[i] = value + 1e-5;
      const above = loss();
      parameters[i] = value - 1e-5;
      const below = loss();
      parameters[i] = value;
      return (above - below) / 2e-5;
    });
    expect(Math.hypot(...numeric)).toBeGreaterThan(1e-3);
    expect(relativeL2(gradients, numeric)).toBeLessThan(1e-7);
  });

  it('refuses a binding that does not take a whole block, and a block that no layer has', () => {
    const parameters = { tensor: 'parameters', length: 5 };
    const dispatch = () => dispatchOf(denseForward, { rows: 2, columns: 3, samples: 4 }, { parameters });
    expect(dispatch).toThrow('dense_forward binds 9 of 5 elements as parameters');
    const { arena } = createPlan({ ...OPTIONS, config: CONFIGS[0][1] });
    expect(() => arena.block('gru', 'parameters')).toThrow('unknown block: gru');
  });

  it('refuses a layer before the one that it takes', () => {
    expect(() => placed([output, input])).toThrow('output takes lstm, which is not before it');
  });
});

/** No update: the parameters stay. */
const STEP = packStep({ first: 0, count: SAMPLES, slot: 0, stepSize: 0 });

/** A plan's tensors with series, labels and random parameters. */
function tensorsOf(plan: Plan): Map<string, Numbers> {
  const tensors = new Map<string, Numbers>(
    [...plan.tensors].map(([name, elements]) => [name, new Float64Array(elements)]),
  );
  const { x, y } = getData(new NumpyRandom(3), SAMPLES, 5, 3, 0);
  const random = new NumpyRandom(9);
  const parameters = new Float64Array(plan.arena.length);
  for (const { offset, length } of plan.arena.specs) {
    for (let i = offset; i < offset + length; i++) parameters[i] = 0.4 * random.normal();
  }
  tensors.set('series', Float64Array.from(x)).set('labels', Float64Array.from(y)).set('parameters', parameters);
  return tensors.set(
    'order',
    Uint32Array.from({ length: SAMPLES }, (_, i) => i),
  );
}
