import { adam } from '../../shaders/adam.ts';
import { binaryOutput, metricSum } from '../../shaders/binary_output.ts';
import { channelMean } from '../../shaders/channel_mean.ts';
import { denseForward, denseInputGradient, denseParameterGradient } from '../../shaders/dense.ts';
import { gatherBatch } from '../../shaders/gather_batch.ts';
import { gradientSum } from '../../shaders/gradient_sum.ts';
import { lstmBackward, lstmForward } from '../../shaders/lstm.ts';
import type { LstmTile } from '../../shaders/lstm_tile.ts';
import { multiplyBackward, multiplyForward } from '../../shaders/multiply.ts';
import { softmaxBackward, softmaxForward } from '../../shaders/softmax.ts';
import type { Dispatch, Kernel, TensorSlice } from '../gpu/kernel.ts';
import type { AdamConfig, ModelConfig } from './config.ts';
import { type Arena, type Block, createArena } from './parameters.ts';

export interface PlanOptions {
  config: ModelConfig;
  /** Samples of one update. */
  batchSize: number;
  /** Samples in the uploaded data set, whatever they are for. */
  samples: number;
  /** Batches between two readings of the metrics. */
  slots: number;
  adam: Omit<AdamConfig, 'learningRate'>;
  tile: LstmTile;
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

/** Parts into which a parameter gradient's sum over time steps and samples is cut. */
const GRADIENT_PARTS = 8;

export function createPlan({ config, batchSize, samples, slots, adam: adamConfig, tile }: PlanOptions): Plan {
  const { timeSteps: T, inputDim: D, units: U, singleAttentionVector } = config;
  const arena = createArena(config);
  const batch = Math.ceil(batchSize / 4) * 4;
  const parts = GRADIENT_PARTS;
  const { beta1, beta2, epsilon } = adamConfig;
  const tensors = new Map<string, number>();

  /** A dispatch; every tensor it names is as large as its largest binding. */
  function on<Shape, Name extends string>(
    kernel: Kernel<Shape, Name>,
    shape: Shape,
    names: Partial<Record<Name, string | TensorSlice>>,
    label?: string,
  ): Dispatch {
    const sizes = kernel.sizes(shape);
    const slices: Record<string, TensorSlice> = {};
    for (const [name, where] of Object.entries(names) as [Name, string | TensorSlice][]) {
      const slice = typeof where === 'string' ? { tensor: where, offset: 0, length: sizes[name] } : where;
      tensors.set(slice.tensor, Math.max(tensors.get(slice.tensor) ?? 0, slice.offset + slice.length));
      slices[name] = slice;
    }
    return { kernel, shape, tensors: slices, label } as Dispatch;
  }

  /** A block of the parameters, or the place of its gradient in every part of the partial sums. */
  const parameters = (block: Block) => arena.block(block, 'parameters');
  const partials = (block: Block) => {
    const { tensor, offset, length } = arena.block(block, 'partials');
    return { tensor, offset, length: (parts - 1) * arena.length + length };
  };

  const data = { timeSteps: T, inputDim: D, batch };
  const columns = D * batch; // The attention treats channels as more samples.
  const attentionLayer = { rows: T, columns: T, samples: columns };
  const lstm = { ...data, units: U, tile };
  const lastStep = (T - 1) * U * batch;
  const outputLayer = { rows: U, columns: 1, samples: batch };
  const channelAttention = singleAttentionVector ? 'channel_attention' : 'attention';
  const channelAttentionGradient = singleAttentionVector ? 'channel_attention_gradient' : 'attention_gradient';

  const forward = [
    on(gatherBatch, { ...data, samples }, { series: 'series', labels: 'labels', order: 'order', x: 'x', y: 'y' }),
    on(
      denseForward,
      { ...attentionLayer, skip: 0 },
      {
        input: 'x',
        parameters: parameters('attention'),
        output: 'attention_logits',
      },
      'attention',
    ),
    on(softmaxForward, { rows: T, samples: columns }, { logits: 'attention_logits', probabilities: channelAttention }),
    ...(singleAttentionVector ? [on(channelMean, data, { values: channelAttention, means: 'attention' })] : []),
    on(multiplyForward, data, { x: 'x', attention: 'attention', product: 'attended' }),
    on(lstmForward, lstm, {
      x: 'attended',
      parameters: parameters('lstm'),
      recurrent: parameters('lstm_recurrent'),
      hidden: 'hidden',
      cell: 'cell',
      gates: 'gates',
    }),
    on(
      denseForward,
      { ...outputLayer, skip: lastStep },
      {
        input: 'hidden',
        parameters: parameters('output'),
        output: 'logits',
      },
      'output',
    ),
    on(
      binaryOutput,
      { batch },
      {
        logits: 'logits',
        y: 'y',
        probabilities: 'probabilities',
        losses: 'losses',
        correct: 'correct',
        logitGradient: 'logit_gradient',
      },
    ),
    on(metricSum, { batch, slots }, { losses: 'losses', correct: 'correct', metrics: 'metrics' }),
  ];

  /** Gradient of a layer's parameters over `steps` applications. */
  const parameterGradient = (
    block: Block,
    layer: { rows: number; columns: number; samples: number; steps: number },
    options: { inputSkip?: number; gradientSkip?: number; bias: boolean },
    input: string,
    outputGradient: string,
  ) =>
    on(
      denseParameterGradient,
      { inputSkip: 0, gradientSkip: 0, ...layer, ...options, parts, stride: arena.length },
      { input, outputGradient, partials: partials(block) },
      block,
    );

  const backward = [
    parameterGradient(
      'output',
      { ...outputLayer, steps: 1 },
      { inputSkip: lastStep, bias: true },
      'hidden',
      'logit_gradient',
    ),
    on(
      denseInputGradient,
      { ...outputLayer, steps: 1 },
      {
        outputGradient: 'logit_gradient',
        parameters: parameters('output'),
        inputGradient: 'hidden_gradient',
      },
      'output',
    ),
    on(lstmBackward, lstm, {
      gates: 'gates',
      cell: 'cell',
      recurrent: parameters('lstm_recurrent'),
      hiddenGradient: 'hidden_gradient',
      gateGradient: 'gate_gradient',
      cellGradient: 'cell_gradient',
    }),
    // The recurrent kernel meets h of the step before, so the first step has none.
    parameterGradient(
      'lstm_recurrent',
      { rows: U, columns: 4 * U, samples: batch, steps: T - 1 },
      { gradientSkip: T > 1 ? 4 * U * batch : 0, bias: false },
      'hidden',
      'gate_gradient',
    ),
    parameterGradient(
      'lstm',
      { rows: D, columns: 4 * U, samples: batch, steps: T },
      { bias: true },
      'attended',
      'gate_gradient',
    ),
    on(
      denseInputGradient,
      { rows: D, columns: 4 * U, samples: batch, steps: T },
      {
        outputGradient: 'gate_gradient',
        parameters: parameters('lstm'),
        inputGradient: 'attended_gradient',
      },
      'lstm',
    ),
    on(multiplyBackward, data, {
      productGradient: 'attended_gradient',
      x: 'x',
      attentionGradient: 'attention_gradient',
    }),
    ...(singleAttentionVector
      ? [on(channelMean, data, { values: 'attention_gradient', means: channelAttentionGradient })]
      : []),
    on(
      softmaxBackward,
      { rows: T, samples: columns },
      {
        probabilities: channelAttention,
        gradient: channelAttentionGradient,
        logitGradient: 'attention_logit_gradient',
      },
    ),
    parameterGradient('attention', { ...attentionLayer, steps: 1 }, { bias: true }, 'x', 'attention_logit_gradient'),
    on(gradientSum, { parts, length: arena.length }, { partials: 'partials', gradients: 'gradients' }),
    on(
      adam,
      { length: arena.length, beta1, beta2, epsilon },
      {
        gradients: 'gradients',
        parameters: { tensor: 'parameters', offset: 0, length: arena.length },
        firstMoment: 'first_moment',
        secondMoment: 'second_moment',
      },
    ),
  ];
  return { arena, batch, tensors, forward, backward };
}

/** The tile that measured best: software adapters like many samples a lane, GPUs many lanes. */
export function defaultTile(isSoftware: boolean, hasSubgroups: boolean): LstmTile {
  return isSoftware
    ? { vectorsPerLane: 2, lanes: 4, sharedLoads: hasSubgroups }
    : { vectorsPerLane: 1, lanes: 32, sharedLoads: false };
}

/** Adam's step size at update `t` (from 1), with TensorFlow 2.4's bias correction. */
export function adamStepSize({ learningRate, beta1, beta2 }: AdamConfig, t: number): number {
  return (learningRate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
}
