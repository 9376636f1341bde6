import { quote } from '../../text/quote.ts';
import { SHARED } from '../dispatch.ts';
import { type Scaling, type ScalingStep, standardisedBy, standardisingSteps } from '../exchange/scaling.ts';
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
    write(graph, { output }) {
      const shape = shapeOf(output);
      const series = graph.add('InputLayer', { name: 'input_1', shape, from: [] });
      const { standardisation } = graph;
      return standardisation ? graph.scale(series, shape, standardisingSteps(standardisation)) : series;
    },
    find(graph, name) {
      const { from, steps } = graph.scaling(name);
      const layer = graph.take(from, 'InputLayer');
      return {
        from: [],
        read() {
          const shape = layer.config.batch_shape ?? layer.config.batch_input_shape;
          if (Array.isArray(shape) && shape.length === 3 && Number.isInteger(shape[1]) && Number.isInteger(shape[2])) {
            return { settings: { timeSteps: shape[1], inputDim: shape[2] }, ...scalingOf(steps) };
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
      const { standardisation } = graph;
      const scale = standardisation ? 'as they were measured' : 'standardised as those that the model was trained on';
      const series = graph.input('series', `series by steps by channels, ${scale}`, shapeOf(output));
      return standardisation ? graph.scale(series, standardisingSteps(standardisation), 'standardised') : series;
    },
    find(walk, value) {
      walk.requireInput(value);
      return { from: [], read: () => ({ settings: {}, parameters: {}, ...scalingOf(walk.scaling(value).steps) }) };
    },
  },
};

function scalingOf(steps: ScalingStep[]): { scaling?: Scaling } {
  return steps.length > 0 ? { scaling: standardisedBy(steps) } : {};
}

function flowOf(node: PlacedNode<InputSettings>): Flow {
  return { ...node.output, tensor: ownTensor(node, 'x'), innermost: 'samples', skip: 0 };
}

/** A sample's shape, as files have it. */
export function shapeOf({ steps, features }: Sizes): number[] {
  return steps === undefined ? [features] : [steps, features];
}
