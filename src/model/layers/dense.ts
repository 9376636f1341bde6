import type { LayerOptions } from '../../settings/layers.ts';
import { glorotUniform, zeros } from '../initial_values.ts';
import { type Flow, type Layer, ownTensor, type PlacedNode } from './layer.ts';

/** A dense layer of one row a sample, y = activation(x·K + b). Its kernels are those of the output layer. */
export const dense: Layer<LayerOptions<'dense'>> = {
  type: 'dense',
  takes: { form: 'row', innermost: 'features' },
  output: ({ units }) => ({ features: units }),
  parameters({ inputs: [{ features }], output: { features: units } }) {
    return [
      { name: 'kernel', shape: [features, units], initial: glorotUniform, decays: true },
      { name: 'bias', shape: [units], initial: zeros, decays: false },
    ];
  },
  forward(plan, node, [hidden]) {
    const { on, batch, parameters } = plan;
    const { activation = 'linear' } = node.settings;
    const shape = { ...shapeOf(batch, hidden, node), timeSteps: hidden.skip };
    const length = batch * node.output.features;
    return {
      run:
        activation === 'linear'
          ? [on('outputForward', shape, { hidden, parameters, logits: 'activated' }, node.name)]
          : [
              on('outputForward', shape, { hidden, parameters, logits: 'values' }, node.name),
              on('activationForward', { length, activation }, { values: 'values', activated: 'activated' }, node.name),
            ],
      output: { ...node.output, tensor: ownTensor(node, 'activated'), innermost: 'features', skip: 0 },
    };
  },
  backward(plan, node, [hidden], output) {
    const { on, batch, parts, stride, parameters } = plan;
    const { activation = 'linear' } = node.settings;
    const shape = shapeOf(batch, hidden, node);
    const gradient = plan.gradientOf(output);
    const logitGradient = activation === 'linear' ? gradient : { tensor: ownTensor(node, 'value_gradient') };
    const length = batch * node.output.features;
    const tensors = { activated: 'activated', gradient, valueGradient: logitGradient };
    return [
      ...(activation === 'linear' ? [] : [on('activationBackward', { length, activation }, tensors, node.name)]),
      ...(plan.isLearned()
        ? [
            on(
              'outputBackward',
              shape,
              { logitGradient, parameters, stateGradient: plan.gradientOf(hidden) },
              node.name,
            ),
          ]
        : []),
      on(
        'outputParameterGradient',
        { ...shape, timeSteps: hidden.skip, parts, stride },
        { hidden, logitGradient, partials: plan.partials() },
        node.name,
      ),
    ];
  },
  views: (node) => [
    {
      ...node.output,
      name: 'activations',
      words: 'activations',
      tensor: ownTensor(node, 'activated'),
      innermost: 'features',
      skip: 0,
    },
  ],
  keras: {
    holder: { type: 'Dense', parameters: ['kernel', 'bias'] },
    names: ['dense'],
    write(graph, { name, settings: { units, activation = 'linear' } }, from) {
      return graph.add('Dense', { shape: [units], from, node: name }, { units, activation, use_bias: true });
    },
  },
};

function shapeOf(batch: number, { features }: Flow, node: PlacedNode) {
  return { batch, units: features, outputs: node.output.features };
}
