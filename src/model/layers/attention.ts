import { attentionChain } from '../exchange/keras_attention.ts';
import type { OnnxWalk } from '../exchange/onnx_walk.ts';
import { glorotUniform, zeros } from '../initial_values.ts';
import { shapeOf } from './input.ts';
import { type Flow, type Layer, ownTensor, type PlacedNode, type View } from './layer.ts';

export interface AttentionSettings {
  /** Every channel gets the mean of all channels' attention. */
  singleVector?: boolean;
}

/**
 * Attention over the time steps, channel by channel: a = softmax over t of (x[:, c]·K + b), and the product x ⊙ a. It
 * takes and gives a sequence (T, D) with samples innermost: to the kernels channels are more samples. Behind an LSTM it
 * takes the hidden states as channels, and gives the gradient of its input too.
 */
export const attention: Layer<AttentionSettings> = {
  type: 'attention',
  takes: { form: 'sequence', innermost: 'samples' },
  output: (_, [taken]) => taken,
  parameters({ output: { steps: T = 0 } }) {
    return [
      { name: 'kernel', shape: [T, T], initial: glorotUniform, decays: true },
      { name: 'bias', shape: [T], initial: zeros, decays: false },
    ];
  },
  forward(plan, node, [x]) {
    const { on, parameters } = plan;
    const { sequence, columns } = shapes(plan.batch, node);
    const { singleVector } = node.settings;
    const dense = { rows: columns.rows, columns: columns.rows, samples: columns.samples };
    const probabilities = singleVector ? 'channel_attention' : 'attention';
    return {
      run: [
        on('denseForward', dense, { input: x, parameters, output: 'logits' }),
        on('softmaxForward', columns, { logits: 'logits', probabilities }),
        ...(singleVector
          ? [on('channelMean', sequence, { values: probabilities, means: 'attention' }, 'forward')]
          : []),
        on('multiplyForward', sequence, { x, attention: 'attention', product: 'attended' }),
      ],
      output: flowOf(node, 'attended'),
    };
  },
  backward(plan, node, [x], attended) {
    const { on, parts, stride } = plan;
    const { sequence, columns } = shapes(plan.batch, node);
    const { singleVector } = node.settings;
    const dense = { rows: columns.rows, columns: columns.rows, samples: columns.samples };
    const gradient = singleVector ? 'channel_attention_gradient' : 'attention_gradient';
    const probabilities = singleVector ? 'channel_attention' : 'attention';
    const productGradient = plan.gradientOf(attended);
    return [
      on('multiplyBackward', sequence, { productGradient, x, attentionGradient: 'attention_gradient' }),
      ...(singleVector
        ? [on('channelMean', sequence, { values: 'attention_gradient', means: gradient }, 'backward')]
        : []),
      on('softmaxBackward', columns, { probabilities, gradient, logitGradient: 'logit_gradient' }),
      on(
        'denseParameterGradient',
        { ...dense, parts, stride },
        { input: x, outputGradient: 'logit_gradient', partials: plan.partials() },
      ),
      ...(plan.isLearned()
        ? [
            on('attentionInputGradient', columns, {
              attention: 'attention',
              productGradient,
              logitGradient: 'logit_gradient',
              parameters: plan.parameters,
              inputGradient: plan.gradientOf(x),
            }),
          ]
        : []),
    ];
  },
  views: (node): View[] => [
    { ...flowOf(node, 'attention'), name: 'attention', words: 'share of each step in a channel; their sum is 1' },
    { ...flowOf(node, 'attended'), name: 'attended', words: 'series times attention' },
  ],
  keras: {
    holder: { type: 'Dense', parameters: ['kernel', 'bias'] },
    names: [
      'permute',
      'reshape',
      'dense',
      'global_average_pooling1d',
      'repeat_vector',
      'multiply',
      'attention_vec',
      'attention_mul',
    ],
    write(graph, node, [series]) {
      const { steps: T = 0, features: D } = node.output;
      const turned = { shape: [D, T] };
      const transpose = { dims: [2, 1] };
      let vector = graph.add('Permute', { ...turned, from: [series] }, transpose);
      const softmax = { units: T, activation: 'softmax', use_bias: true };
      vector = graph.add('Dense', { ...turned, from: [vector], node: node.name }, softmax);
      if (node.settings.singleVector) {
        // Pooling averages over the steps of a series, which are the channels after `permute`.
        vector = graph.add('GlobalAveragePooling1D', { shape: [T], from: [vector] });
        vector = graph.add('RepeatVector', { ...turned, from: [vector] }, { n: D });
      }
      const shape = shapeOf(node.output);
      vector = graph.add('Permute', { name: 'attention_vec', shape, from: [vector] }, transpose);
      return graph.add('Multiply', { shape, from: [series, vector] });
    },
    find(graph, name) {
      const { series, dense, read } = attentionChain(graph, graph.take(name, 'Multiply'));
      return { holder: dense, from: [series], read: ([sizes]) => ({ settings: read(sizes) }) };
    },
    guess: (file) => ({
      settings: { singleVector: file.has('global_average_pooling1d') },
      takes: { steps: file.shape('kernel')?.[0] ?? 0 },
    }),
  },
  onnx: {
    write(graph, node, [series], parameter) {
      const { steps: T = 0, features: D } = node.output;
      const [kernel, bias] = [parameter('kernel'), parameter('bias')];
      const steps = { perm: [0, 2, 1] };
      const [channels] = graph.add('permute', 'Transpose', [series], ['channels'], steps);
      const product = `${node.name}_product`;
      const weights = graph.floats(kernel.name, [T, T], kernel.data);
      const [weighted] = graph.add(product, 'MatMul', [channels, weights], [product]);
      const offsets = graph.floats(bias.name, [T], bias.data);
      const [logits] = graph.add(`${node.name}_sum`, 'Add', [weighted, offsets], [`${node.name}_logits`]);
      const softmax = `${node.name}_softmax`;
      const [shares] = graph.add(softmax, 'Softmax', [logits], ['channel_attention'], { axis: 2 });
      const attended = (attention: string) => graph.add('multiply', 'Mul', [series, attention], ['attended'])[0];
      graph.output(node.name, 'share of each step in a channel; their sum is 1', shapeOf(node.output));
      if (!node.settings.singleVector) {
        return attended(graph.add('attention_vec', 'Transpose', [shares], [node.name], steps)[0]);
      }
      const mean = { axes: [1], keepdims: 1 };
      const [shared] = graph.add('channel_mean', 'ReduceMean', [shares], ['mean_attention'], mean);
      const [vector] = graph.add('attention_vec', 'Transpose', [shared], ['shared_attention'], steps);
      const result = attended(vector);
      const shape = graph.ints('channel_shape', [1, 1, D]);
      graph.add('attention_of_channels', 'Expand', [vector, shape], [node.name]);
      return result;
    },
    find(walk, value) {
      const multiply = walk.need(value, 'Mul');
      const [first = '', second = ''] = multiply.inputs;
      const [series, attended] = walk.isInput(first) ? [first, second] : [second, first];
      walk.requireInput(series);
      const { logits, mean } = findShares(walk, attended);
      const dense = walk.dense(logits);
      const channels = walk.need(dense.input, 'Transpose');
      walk.requireAttribute(channels, 'perm', [[0, 2, 1]]);
      walk.requireInput(channels.inputs[0] ?? '', series);
      return {
        from: [series],
        read() {
          const { kernel, bias } = walk.denseFloats(dense);
          const steps = walk.within('timeSteps', bias.dims[0]);
          walk.requireShape(kernel, [steps, steps]);
          return { settings: { singleVector: mean }, takes: { steps }, parameters: { kernel, bias } };
        },
      };
    },
  },
};

/**
 * The logits (N, D, T) of the shares (N, T, D) by which a series is multiplied, and the mean over the channels if there
 * is one. A mean may be repeated for every channel, or the product does it.
 */
function findShares(walk: OnnxWalk, shares: string): { logits: string; mean: boolean } {
  const outer = walk.made(shares, 'Softmax');
  if (outer) walk.requireAttribute(outer, 'axis', [1, -2], -1);
  const repeated = [outer ? undefined : walk.made(shares, 'Expand', 'Tile')];
  const vector = walk.need((outer ?? repeated[0])?.inputs[0] ?? shares, 'Transpose');
  walk.requireAttribute(vector, 'perm', [[0, 2, 1]]);
  const [turned = ''] = vector.inputs;
  if (outer) return { logits: turned, mean: false };
  repeated.push(walk.made(turned, 'Expand', 'Tile'));
  const mean = walk.made(repeated[1]?.inputs[0] ?? turned, 'ReduceMean');
  if (mean) {
    walk.requireAxes(mean, [1, -2]);
    walk.requireAttribute(mean, 'keepdims', [1], 1);
  } else if (repeated.some((node) => node)) {
    throw walk.wrong(`repeats an attention that is no mean over the channels, ${walk.describe(shares)}`);
  }
  const softmax = walk.need(mean?.inputs[0] ?? turned, 'Softmax');
  walk.requireAttribute(softmax, 'axis', [2, -1], -1);
  return { logits: softmax.inputs[0] ?? '', mean: mean !== undefined };
}

/** The sequence, and the same as columns over time, of which each channel of each sample is one. */
function shapes(batch: number, { output: { steps: T = 0, features: D } }: PlacedNode) {
  return { sequence: { timeSteps: T, inputDim: D, batch }, columns: { rows: T, samples: D * batch } };
}

function flowOf(node: PlacedNode, tensor: string): Flow {
  return { ...node.output, tensor: ownTensor(node, tensor), innermost: 'samples', skip: 0 };
}
