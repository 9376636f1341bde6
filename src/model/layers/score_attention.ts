import type { Dispatch } from '../../gpu/kernel.ts';
import type { LayerOptions } from '../../settings/layers.ts';
import type { Place } from '../dispatch.ts';
import { glorotUniform } from '../initial_values.ts';
import { type Flow, type Layer, type LayerParameter, ownTensor, type PlacedNode, type Planner } from './layer.ts';

type Settings = LayerOptions<'score_attention'>;
type Node = PlacedNode<Settings>;

/**
 * Attention over the states H (T, d) of a recurrent layer: scores e of each step by the last state q, q·H_s (dot),
 * q·(H_s W) (general) or tanh(q W₁ + H_s W₂)·v (concat); weights α = softmax(e); context c = Σ α_s H_s; out
 * tanh([c; q] W_c), one row. It has no biases. A score q·(H_s W) is H_s·(W q), one product a sample.
 */
export const scoreAttention: Layer<Settings> = {
  type: 'score_attention',
  takes: { form: 'sequence', innermost: 'features' },
  output: ({ units }) => ({ features: units }),
  parameters(node) {
    const { features: d } = node.inputs[0];
    return [...scoreParameters(node), parameter('output_kernel', [2 * d, node.settings.units])];
  },
  forward(plan, node, [states]) {
    const { on, batch } = plan;
    const shape = shapeOf(batch, node, states);
    const { units } = node.settings;
    const columns = { rows: shape.timeSteps, samples: batch };
    return {
      run: [
        ...scores(plan, node, states),
        on('softmaxForward', columns, { logits: 'scores', probabilities: 'attention' }, node.name),
        on('stateSum', { ...shape, withLast: true }, { weights: 'attention', states, sums: 'joined' }),
        product(plan, node, 'output_kernel', { input: 'joined', product: 'values' }),
        on(
          'activationForward',
          { length: batch * units, activation: 'tanh' },
          { values: 'values', activated: 'attended' },
          node.name,
        ),
      ],
      output: { ...node.output, tensor: ownTensor(node, 'attended'), innermost: 'features', skip: 0 },
    };
  },
  backward(plan, node, [states], output) {
    const { on, batch } = plan;
    const { score, units } = settingsOf(node);
    const shape = shapeOf(batch, node, states);
    const columns = { rows: shape.timeSteps, samples: batch };
    const activated = { activated: 'attended', gradient: plan.gradientOf(output), valueGradient: 'value_gradient' };
    const query = score === 'dot' ? states : { tensor: ownTensor(node, 'query') };
    const querySkip = score === 'dot' ? lastRow(shape) : 0;
    const isProduct = score !== 'concat';
    const gradient = plan.gradientOf(states);
    return [
      on('activationBackward', { length: batch * units, activation: 'tanh' }, activated, node.name),
      product(plan, node, 'output_kernel', { input: 'value_gradient', product: 'joined_gradient', back: true }),
      parameterGradient(plan, node, 'output_kernel', { input: 'joined', outputGradient: 'value_gradient' }),
      on(
        'stateScores',
        { ...shape, width: 2 * shape.features, rowSkip: 0 },
        { states, rows: 'joined_gradient', scores: 'attention_gradient' },
        'gradient',
      ),
      on(
        'softmaxBackward',
        columns,
        { probabilities: 'attention', gradient: 'attention_gradient', logitGradient: 'score_gradient' },
        node.name,
      ),
      ...scoresBackward(plan, node, states),
      on(
        'stateGradient',
        { ...shape, isProduct, querySkip },
        {
          weights: 'attention',
          joinedGradient: 'joined_gradient',
          scoreGradient: 'score_gradient',
          query,
          queryGradient: 'last_gradient',
          gradient,
        },
      ),
      ...(isProduct ? [] : keysBackward(plan, node, states, gradient)),
    ];
  },
  views(node) {
    const { steps } = node.inputs[0];
    const view = {
      name: 'attention',
      words: 'share of each step; their sum is 1',
      tensor: ownTensor(node, 'attention'),
    };
    return [{ ...view, steps, features: 1, innermost: 'samples', skip: 0 }];
  },
  keras: {
    names: [],
    write(graph, node, [sequence]) {
      const { units } = node.settings;
      return graph.add('ScoreAttention', { name: node.name, shape: [units], from: [sequence], node: node.name });
    },
  },
};

function settingsOf({ settings: { score = 'general', units } }: Node) {
  return { score, units };
}

function parameter(name: string, shape: number[]): LayerParameter {
  return { name, shape, initial: glorotUniform, decays: true };
}

function scoreParameters(node: Node): LayerParameter[] {
  const { features: d } = node.inputs[0];
  switch (settingsOf(node).score) {
    case 'dot':
      return [];
    case 'general':
      return [parameter('kernel', [d, d])];
    case 'concat':
      return [parameter('query_kernel', [d, d]), parameter('key_kernel', [d, d]), parameter('score_kernel', [d, 1])];
  }
}

function shapeOf(batch: number, { inputs: [{ steps = 1, features }] }: Node, { skip }: Flow) {
  return { timeSteps: steps, batch, features, skip };
}

/** Rows of the states before those of the last step. */
function lastRow({ timeSteps, batch, skip }: ReturnType<typeof shapeOf>): number {
  return (skip + timeSteps - 1) * batch;
}

/** Where a matrix is in the layer's block, and its sizes. */
function matrixOf(node: Node, name: string) {
  let [first, block] = [0, 0];
  let shape: number[] = [];
  for (const { name: own, shape: sizes } of scoreAttention.parameters(node)) {
    if (own === name) [first, shape] = [block, sizes];
    block += sizes[0] * sizes[1];
  }
  const [inputs, outputs] = shape;
  return { first, block, inputs, outputs };
}

interface Product {
  input: string | Place;
  product: string;
  rows?: number;
  skip?: number;
  /** With the transposed matrix, as gradients go. */
  back?: boolean;
}

/** input·W, or back: input·Wᵀ. */
function product(plan: Planner, node: Node, name: string, { input, product, rows, skip = 0, back }: Product): Dispatch {
  const { inputs, outputs, ...place } = matrixOf(node, name);
  const sizes = back ? { inputs: outputs, outputs: inputs } : { inputs, outputs };
  return plan.on(
    'rowsProduct',
    { rows: rows ?? plan.batch, skip, ...sizes, transposed: back ?? false, ...place },
    { input, parameters: plan.parameters, product },
    `${name}${back ? ' gradient' : ''}`,
  );
}

interface ParameterGradient {
  input: string | Place;
  outputGradient: string | Place;
  rows?: number;
  skip?: number;
  outputSkip?: number;
}

function parameterGradient(plan: Planner, node: Node, name: string, given: ParameterGradient): Dispatch {
  const { input, outputGradient, rows = plan.batch, skip = 0, outputSkip = 0 } = given;
  const { inputs, outputs, first } = matrixOf(node, name);
  const { parts, stride } = plan;
  return plan.on(
    'rowsParameterGradient',
    { rows, skip, inputs, outputs, outputSkip, first, parts, stride },
    { input, outputGradient, partials: plan.partials() },
    name,
  );
}

/** The scores (T, B), and `query`: W q (general) or q W₁ (concat). */
function scores(plan: Planner, node: Node, states: Flow): Dispatch[] {
  const shape = shapeOf(plan.batch, node, states);
  const { timeSteps, batch, features } = shape;
  const last = { input: states, product: 'query', skip: lastRow(shape) };
  const scored = (rows: string | Place, rowSkip: number) =>
    plan.on('stateScores', { ...shape, width: features, rowSkip }, { states, rows, scores: 'scores' });
  switch (settingsOf(node).score) {
    case 'dot':
      return [scored(states, lastRow(shape))];
    case 'general':
      return [product(plan, node, 'kernel', { ...last, back: true }), scored('query', 0)];
    case 'concat': {
      const rows = timeSteps * batch;
      return [
        product(plan, node, 'query_kernel', last),
        product(plan, node, 'key_kernel', { input: states, product: 'keys', rows, skip: shape.skip * batch }),
        plan.on('concatForward', { ...shape, skip: 0 }, { query: 'query', keys: 'keys', bounded: 'bounded' }),
        product(plan, node, 'score_kernel', { input: 'bounded', product: 'scores', rows }),
      ];
    }
  }
}

/** From the scores' gradient to that of the last state, `last_gradient`, and to those of the parameters. */
function scoresBackward(plan: Planner, node: Node, states: Flow): Dispatch[] {
  const shape = shapeOf(plan.batch, node, states);
  const { timeSteps, batch } = shape;
  const ofQuery = (sums: string) =>
    plan.on('stateSum', { ...shape, withLast: false }, { weights: 'score_gradient', states, sums }, 'gradient');
  switch (settingsOf(node).score) {
    case 'dot':
      return [ofQuery('last_gradient')];
    case 'general':
      return [
        ofQuery('query_gradient'),
        product(plan, node, 'kernel', { input: 'query_gradient', product: 'last_gradient' }),
        // The product was with the transposed matrix.
        parameterGradient(plan, node, 'kernel', {
          input: 'query_gradient',
          outputGradient: states,
          outputSkip: lastRow(shape),
        }),
      ];
    case 'concat': {
      const rows = timeSteps * batch;
      const input = { input: 'score_gradient', product: 'bounded_gradient', rows, back: true };
      return [
        product(plan, node, 'score_kernel', input),
        parameterGradient(plan, node, 'score_kernel', { input: 'bounded', outputGradient: 'score_gradient', rows }),
        plan.on(
          'concatBackward',
          { ...shape, skip: 0 },
          {
            bounded: 'bounded',
            gradient: 'bounded_gradient',
            keyGradient: 'key_gradient',
            queryGradient: 'query_gradient',
          },
        ),
        product(plan, node, 'query_kernel', { input: 'query_gradient', product: 'last_gradient', back: true }),
        parameterGradient(plan, node, 'query_kernel', {
          input: states,
          outputGradient: 'query_gradient',
          skip: lastRow(shape),
        }),
        parameterGradient(plan, node, 'key_kernel', {
          input: states,
          outputGradient: 'key_gradient',
          rows,
          skip: shape.skip * batch,
        }),
      ];
    }
  }
}

/** The part of the states' gradient that comes through the keys is added to the rest. */
function keysBackward(plan: Planner, node: Node, states: Flow, gradient: Place): Dispatch[] {
  const { timeSteps, batch, features } = shapeOf(plan.batch, node, states);
  const rows = timeSteps * batch;
  const through = { input: 'key_gradient', product: 'state_gradient', rows, back: true };
  return [
    product(plan, node, 'key_kernel', through),
    plan.on('accumulate', { length: rows * features }, { value: 'state_gradient', sum: gradient }, node.name),
  ];
}
