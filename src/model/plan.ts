import { KERNELS } from '../../shaders/index.ts';
import type { AnyKernel, Dispatch } from '../gpu/kernel.ts';
import type { AdamConfig, ModelConfig, UpdateOptions } from './config.ts';
import { dispatchOf, type Place, SHARED, tensorSizes } from './dispatch.ts';
import { fuse } from './fusion/index.ts';
import { layerOf } from './layers/index.ts';
import { type Chunk, type Flow, ownTensor, type PlacedNode, type Planner } from './layers/layer.ts';
import { layersOf } from './model_layers.ts';
import { type Arena, arenaOf } from './parameters.ts';
import { storedBatch } from './tiles.ts';
import { updateDispatches } from './update.ts';

export interface PlanOptions {
  config: ModelConfig;
  /** Samples of one update. */
  batchSize: number;
  /** Samples in the uploaded data set, of all parts. */
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

/** The sums of the parameters' gradients are divided into at least this many parts. */
const GRADIENT_PARTS = 8;

/** The plan of the model that a configuration stands for. */
export function createPlan({ config, ...options }: PlanOptions): Plan {
  return planLayers(layersOf(config), options);
}

/**
 * Walks the layers from the input to the output and back. On the way back a layer meets the gradients of all that take
 * its flow.
 */
export function planLayers(nodes: PlacedNode[], options: Omit<PlanOptions, 'config'>): Plan {
  const { batchSize, adam, update = {}, fused = true } = options;
  const arena = arenaOf(nodes);
  const batch = storedBatch(batchSize);
  const { steps = 1 } = nodes[0].output;
  const chunks = chunksOf(steps, options.chunkSteps ?? steps);
  const parts = Math.ceil(GRADIENT_PARTS / chunks.length) * chunks.length;
  const flows = new Map<string, Flow>();
  const plannerOf = planners(options, arena, { batch, chunks, parts });
  const walked = nodes.map((node) => {
    const planner = plannerOf(node);
    const inputs = node.from.map((name) => flows.get(name) as Flow);
    const { run, output } = layerOf(node).forward(planner, node, inputs);
    flows.set(node.name, output);
    return { run, back: () => layerOf(node).backward(planner, node, inputs, output) };
  });
  const forward = walked.flatMap(({ run }) => run);
  const backward = [
    ...walked.toReversed().flatMap(({ back }) => back()),
    ...updateDispatches(arena, parts, adam, update),
  ];
  const lists = fused ? fuse({ forward, backward }) : { forward, backward };
  return { arena, batch, tensors: tensorSizes([...lists.forward, ...lists.backward]), ...lists };
}

/** All time steps in chunks of at most `largest`: a dispatch that takes too long is killed by the GPU's driver. */
function chunksOf(timeSteps: number, largest: number): Chunk[] {
  const chunks: Chunk[] = [];
  for (let first = 0; first < timeSteps; first += largest) {
    chunks.push({ first, steps: Math.min(largest, timeSteps - first) });
  }
  return chunks;
}

/** Gives each node the planner for its dispatches. */
function planners(
  { samples, slots, update }: Omit<PlanOptions, 'config'>,
  arena: Arena,
  sizes: Pick<Planner, 'batch' | 'chunks' | 'parts'>,
): (node: PlacedNode) => Planner {
  const stride = arena.length;
  /** The layer that takes each flow. */
  const takers = new Map<string, string>();
  return (node) => ({
    ...sizes,
    samples,
    slots,
    stride,
    loss: { classWeights: update?.classWeights, labelSmoothing: update?.labelSmoothing },
    on(name, shape, tensors, label) {
      const kernel: AnyKernel = KERNELS[name];
      const given: Partial<Record<string, string | Place>> = tensors;
      const places = Object.entries(given).map(([binding, at]) => {
        return [binding, typeof at === 'string' ? { tensor: ownTensor(node, at) } : at];
      });
      return dispatchOf(kernel, shape, Object.fromEntries(places), label);
    },
    parameters: arena.block(node.name, SHARED.parameters.tensor),
    partials(part = 0) {
      const { tensor, offset } = arena.block(node.name, SHARED.partials.tensor);
      return { tensor, offset: part * stride + offset };
    },
    gradientOf({ tensor }) {
      const taker = takers.get(tensor) ?? node.name;
      if (!tensor.startsWith(`${node.name}/`)) {
        if (taker !== node.name) throw new Error(`${taker} and ${node.name} take ${tensor}: add up their gradients`);
        takers.set(tensor, node.name);
      }
      return { tensor: `${tensor}_gradient` };
    },
  });
}
