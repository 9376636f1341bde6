import { adam } from '../../shaders/adam.ts';
import { binaryOutput, metricSum } from '../../shaders/binary_output.ts';
import { categoricalOutput } from '../../shaders/categorical_output.ts';
import { channelMean } from '../../shaders/channel_mean.ts';
import { denseForward, denseParameterGradient } from '../../shaders/dense.ts';
import { gatherBatch } from '../../shaders/gather_batch.ts';
import { gradientClip, gradientNorm } from '../../shaders/gradient_clip.ts';
import { gradientSum } from '../../shaders/gradient_sum.ts';
import { gradientSumAdam } from '../../shaders/gradient_sum_adam.ts';
import { kernelPenalty } from '../../shaders/kernel_penalty.ts';
import { lstmBackward, lstmForward } from '../../shaders/lstm.ts';
import { lstmParameterGradient } from '../../shaders/lstm_parameter_gradient.ts';
import { multiplyBackward, multiplyForward } from '../../shaders/multiply.ts';
import { outputBackward, outputForward, outputParameterGradient } from '../../shaders/output.ts';
import { outputLoss } from '../../shaders/output_loss.ts';
import { regressionOutput } from '../../shaders/regression_output.ts';
import { softmaxBackward, softmaxForward } from '../../shaders/softmax.ts';
import { softmaxMultiplyBackward, softmaxMultiplyForward } from '../../shaders/softmax_multiply.ts';
import type { Bindings, Dispatch, Kernel, TensorSlice } from '../gpu/kernel.ts';
import { type AdamConfig, type ModelConfig, outputCount, type UpdateOptions } from './config.ts';
import { type Arena, type Block, createArena } from './parameters.ts';
import { storedBatch } from './tiles.ts';

export interface PlanOptions {
  config: ModelConfig;
  /** Samples of one update. */
  batchSize: number;
  /** Samples in the uploaded data set, whatever they are for. */
  samples: number;
  /** Batches between two readings of the metrics. */
  slots: number;
  adam: Omit<AdamConfig, 'learningRate'>;
  /** Time steps that one dispatch of the LSTM takes at most, a multiple of 16; all of them when absent. */
  chunkSteps?: number;
  update?: UpdateOptions;
  /** Whether kernels that combine several are used; the same numbers come out of the single ones. Default true. */
  fused?: boolean;
}

/**
 * The model as two ordered lists of dispatches over named tensors, without a device: a GPU replays them, and the
 * references compute the same in float64.
 */
export interface Plan {
  arena: Arena;
  /** Samples as stored: the batch rounded up to a multiple of 4. */
  batch: number;
  /** Elements of every tensor; `order` holds uint32, the others float32. */
  tensors: Map<string, number>;
  /** Gather, forward, loss and metrics. */
  forward: Dispatch[];
  /** Gradients and update, after `forward`. */
  backward: Dispatch[];
}

/** Parts into which the sums of the parameters' gradients are cut, at least. */
const GRADIENT_PARTS = 8;

/** A run of time steps that one dispatch takes. */
interface Chunk {
  first: number;
  steps: number;
}

/** The tensor that holds what the model says of each sample: probabilities, or numbers. */
export function outputTensor({ output }: ModelConfig): 'probabilities' | 'predictions' {
  return output?.kind === 'regression' ? 'predictions' : 'probabilities';
}

/** All time steps in chunks of at most `largest`: a dispatch that takes too long is killed by the GPU's driver. */
function chunksOf(timeSteps: number, largest: number): Chunk[] {
  const chunks: Chunk[] = [];
  for (let first = 0; first < timeSteps; first += largest) {
    chunks.push({ first, steps: Math.min(largest, timeSteps - first) });
  }
  return chunks;
}

export function createPlan(options: PlanOptions): Plan {
  const { config, batchSize, samples, slots, adam: adamConfig, update = {}, fused = true } = options;
  const { timeSteps: T, inputDim: D, units: U, singleAttentionVector } = config;
  const arena = createArena(config);
  const batch = storedBatch(batchSize);
  const { beta1, beta2, epsilon } = adamConfig;
  const optimizer = { length: arena.length, beta1, beta2, epsilon };
  const chunks = chunksOf(T, options.chunkSteps ?? T);
  const partsPerChunk = Math.ceil(GRADIENT_PARTS / chunks.length);
  const parts = partsPerChunk * chunks.length;
  const stride = arena.length;
  const tensors = new Map<string, number>();

  /** A dispatch; every tensor it names is as large as its largest binding. */
  function on<Shape, B extends Bindings, Tile>(
    kernel: Kernel<Shape, B, Tile>,
    shape: Shape,
    names: Partial<Record<keyof B & string, string | Omit<TensorSlice, 'length'>>>,
    label?: string,
  ): Dispatch {
    const sizes = kernel.sizes(shape);
    const slices: Record<string, TensorSlice> = {};
    for (const [name, where] of Object.entries(names) as [keyof B & string, string | Omit<TensorSlice, 'length'>][]) {
      const place = typeof where === 'string' ? { tensor: where, offset: 0 } : where;
      const slice = { tensor: place.tensor, offset: place.offset, length: sizes[name] };
      tensors.set(slice.tensor, Math.max(tensors.get(slice.tensor) ?? 0, slice.offset + slice.length));
      slices[name] = slice;
    }
    return { kernel, shape, tensors: slices, label } as Dispatch;
  }

  /** A block of the parameters, and the place of its gradient in part `part` of the partial sums. */
  const parameters = (block: Block) => arena.block(block, 'parameters');
  const partials = (block: Block, part = 0) => {
    const { tensor, offset } = arena.block(block, 'partials');
    return { tensor, offset: part * stride + offset };
  };

  const columns = D * batch; // The attention treats channels as more samples.
  const data = { timeSteps: T, inputDim: D, batch };
  const softmax = { rows: T, samples: columns };
  const output = { batch, units: U, timeSteps: T, outputs: outputCount(config) };
  const kind = config.output?.kind ?? 'binary';
  const { classWeights, l2, clipNorm } = update;

  /** What a chunk of time steps binds of tensors that have a row a step. */
  const lstm = ({ steps }: Chunk) => ({ timeSteps: steps, inputDim: D, units: U, batch });
  const label = ({ first, steps }: Chunk) => (steps === T ? undefined : `from step ${first}`);
  const from = ({ first }: Chunk, tensor: string, row: number) => ({ tensor, offset: first * row });
  const states = (chunk: Chunk) => ({
    hidden: from(chunk, 'hidden', batch * U),
    cell: from(chunk, 'cell', batch * U),
    gates: from(chunk, 'gates', batch * 4 * U),
  });

  const attend = (): Dispatch[] => {
    if (fused && !singleAttentionVector) {
      return [
        on(softmaxMultiplyForward, softmax, {
          logits: 'attention_logits',
          x: 'x',
          attention: 'attention',
          product: 'attended',
        }),
      ];
    }
    const probabilities = singleAttentionVector ? 'channel_attention' : 'attention';
    return [
      on(softmaxForward, softmax, { logits: 'attention_logits', probabilities }),
      ...(singleAttentionVector
        ? [on(channelMean, data, { values: probabilities, means: 'attention' }, 'forward')]
        : []),
      on(multiplyForward, data, { x: 'x', attention: 'attention', product: 'attended' }),
    ];
  };

  /** The loss that belongs to the kind of output. */
  const takeLoss = (): Dispatch => {
    const names = { logits: 'logits', y: 'y', losses: 'losses', logitGradient: 'logit_gradient' };
    switch (kind) {
      case 'binary':
        return on(
          binaryOutput,
          { batch, classWeights },
          { ...names, probabilities: 'probabilities', correct: 'correct' },
        );
      case 'categorical':
        return on(
          categoricalOutput,
          { ...output, classWeights },
          { ...names, probabilities: 'probabilities', correct: 'correct' },
        );
      case 'regression':
        return on(
          regressionOutput,
          { batch },
          { ...names, predictions: 'predictions', absoluteErrors: 'absolute_errors' },
        );
    }
  };

  const layer = { hidden: 'hidden', parameters: parameters('output') };
  const predictsFused = fused && kind === 'binary';
  const predict = (): Dispatch[] => {
    if (!predictsFused) return [on(outputForward, output, { ...layer, logits: 'logits' }), takeLoss()];
    const names = {
      ...layer,
      y: 'y',
      probabilities: 'probabilities',
      losses: 'losses',
      correct: 'correct',
      logitGradient: 'logit_gradient',
      stateGradient: 'state_gradient',
    };
    return [on(outputLoss, { ...output, classWeights }, names)];
  };

  const forward = [
    on(gatherBatch, { ...data, samples }, { series: 'series', labels: 'labels', order: 'order', x: 'x', y: 'y' }),
    on(
      denseForward,
      { rows: T, columns: T, samples: columns },
      { input: 'x', parameters: parameters('attention'), output: 'attention_logits' },
    ),
    ...attend(),
    ...chunks.map((chunk) =>
      on(
        lstmForward,
        lstm(chunk),
        { x: from(chunk, 'attended', D * batch), parameters: parameters('lstm'), ...states(chunk) },
        label(chunk),
      ),
    ),
    ...predict(),
    on(
      metricSum,
      { batch, slots },
      { losses: 'losses', correct: kind === 'regression' ? 'absolute_errors' : 'correct', metrics: 'metrics' },
    ),
  ];

  const backThroughTime = (chunk: Chunk): Dispatch => {
    const { cell, gates } = states(chunk);
    return on(
      lstmBackward,
      lstm(chunk),
      {
        gates,
        cell,
        parameters: parameters('lstm'),
        stateGradient: 'state_gradient',
        gateGradient: from(chunk, 'gate_gradient', batch * 4 * U),
        inputGradient: from(chunk, 'attended_gradient', D * batch),
      },
      label(chunk),
    );
  };

  const attendBackward = (): Dispatch[] => {
    const logitGradient = 'attention_logit_gradient';
    if (fused && !singleAttentionVector) {
      const names = { productGradient: 'attended_gradient', x: 'x', attention: 'attention', logitGradient };
      return [on(softmaxMultiplyBackward, softmax, names)];
    }
    const gradient = singleAttentionVector ? 'channel_attention_gradient' : 'attention_gradient';
    const probabilities = singleAttentionVector ? 'channel_attention' : 'attention';
    return [
      on(multiplyBackward, data, {
        productGradient: 'attended_gradient',
        x: 'x',
        attentionGradient: 'attention_gradient',
      }),
      ...(singleAttentionVector
        ? [on(channelMean, data, { values: 'attention_gradient', means: gradient }, 'backward')]
        : []),
      on(softmaxBackward, softmax, { probabilities, gradient, logitGradient }),
    ];
  };

  const changeGradients = (): Dispatch[] => {
    const { length } = arena;
    const dispatches: Dispatch[] = [];
    if (l2) {
      const names = { parameters: 'parameters', gradients: 'gradients' };
      dispatches.push(on(kernelPenalty, { length, kernels: kernelRanges(arena), l2 }, names));
    }
    if (clipNorm) {
      const names = { gradients: 'gradients', norm: 'gradient_norm' };
      dispatches.push(on(gradientNorm, { length }, names), on(gradientClip, { length, largestNorm: clipNorm }, names));
    }
    return dispatches;
  };

  const optimize = (): Dispatch[] => {
    const arenas = { parameters: 'parameters', firstMoment: 'first_moment', secondMoment: 'second_moment' };
    const changes = changeGradients();
    if (fused && changes.length === 0) {
      const names = { partials: 'partials', gradients: 'gradients', ...arenas };
      return [on(gradientSumAdam, { parts, ...optimizer }, names)];
    }
    return [
      on(gradientSum, { parts, length: arena.length }, { partials: 'partials', gradients: 'gradients' }),
      ...changes,
      on(adam, optimizer, { gradients: 'gradients', ...arenas }),
    ];
  };

  const backward = [
    ...(predictsFused
      ? []
      : [
          on(outputBackward, output, {
            logitGradient: 'logit_gradient',
            parameters: parameters('output'),
            stateGradient: 'state_gradient',
          }),
        ]),
    on(
      outputParameterGradient,
      { ...output, parts, stride },
      { hidden: 'hidden', logitGradient: 'logit_gradient', partials: partials('output') },
    ),
    ...chunks.map(backThroughTime).reverse(),
    ...chunks.map((chunk, index) =>
      on(
        lstmParameterGradient,
        { ...lstm(chunk), parts: partsPerChunk, stride },
        {
          x: from(chunk, 'attended', D * batch),
          hidden: from(chunk, 'hidden', batch * U),
          gateGradient: from(chunk, 'gate_gradient', batch * 4 * U),
          partials: partials('lstm', index * partsPerChunk),
        },
        label(chunk),
      ),
    ),
    ...attendBackward(),
    on(
      denseParameterGradient,
      { rows: T, columns: T, samples: columns, parts, stride },
      { input: 'x', outputGradient: 'attention_logit_gradient', partials: partials('attention') },
    ),
    ...optimize(),
  ];
  return { arena, batch, tensors, forward, backward };
}

/** Where the arena holds kernels. */
function kernelRanges({ specs }: Arena): [number, number][] {
  const kernels = specs.filter(({ name }) => name.endsWith('kernel'));
  return kernels.map(({ offset, length }) => [offset, offset + length]);
}

/** Adam's step size at update `t` (from 1), with TensorFlow 2.4's bias correction. */
export function adamStepSize({ learningRate, beta1, beta2 }: AdamConfig, t: number): number {
  return (learningRate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
}
