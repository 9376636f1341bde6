import { quote } from '../../text/quote.ts';
import { SHARED } from '../dispatch.ts';
import { type Flow, type Layer, ownTensor, type PlacedNode, type Sizes } from './layer.ts';

export interface InputSettings {
  timeSteps: number;
  inputDim: number;
}

/** The series of a batch, gathered from the data set in the order of the epoch: (T, D). */
export const input: Layer<InputSettings> = {
  type: 'input',
  output: ({ timeSteps, inputDim }) => ({ steps: timeSteps, features: inputDim }),
  parameters: () => [],
  forward(plan, node) {
    const { timeSteps, inputDim } = node.settings;
    const { batch, samples } = plan;
    const { series, labels, order, y } = SHARED;
    const gather = plan.on(
      'gatherBatch',
      { timeSteps, inputDim, batch, samples },
      { series, labels, order, x: 'x', y },
    );
    return { run: [gather], output: flowOf(node) };
  },
  // Nobody needs the gradient of the series.
  backward: () => [],
  views: () => [],
  keras: {
    names: ['input_layer', 'input'],
    write: (graph, { output }) => graph.add('InputLayer', { name: 'input_1', shape: shapeOf(output), from: [] }),
    find(graph, name) {
      const layer = graph.take(name, 'InputLayer');
      return {
        from: [],
        read() {
          const shape = layer.config.batch_shape ?? layer.config.batch_input_shape;
          if (Array.isArray(shape) && shape.length === 3 && Number.isInteger(shape[1]) && Number.isInteger(shape[2])) {
            return { settings: { timeSteps: shape[1], inputDim: shape[2] } };
          }
          throw graph.wrong(
            `has the input ${quote(layer.name)} of shape ${graph.shown(shape)}, not (samples, steps, channels)`,
          );
        },
      };
    },
    guess: () => ({ settings: {} }),
  },
  onnx: {
    write(graph, { output }) {
      const standardised = 'series by steps by channels, standardised as those that the model was trained on';
      return graph.input('series', standardised, shapeOf(output));
    },
    find(walk, value) {
      walk.requireInput(value);
      return { from: [], read: () => ({ settings: {}, parameters: {} }) };
    },
  },
};

function flowOf(node: PlacedNode<InputSettings>): Flow {
  return { ...node.output, tensor: ownTensor(node, 'x'), innermost: 'samples', skip: 0 };
}

/** A sample's shape, as files have it. */
export function shapeOf({ steps, features }: Sizes): number[] {
  return steps === undefined ? [features] : [steps, features];
}
