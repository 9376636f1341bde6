import { KERNELS } from '../../shaders/index.ts';
import type { AnyKernel, Dispatch } from '../gpu/kernel.ts';
import type { AdamConfig, ModelConfig, UpdateOptions } from './config.ts';
import { dispatchOf, type Place, SHARED, tensorSizes } from './dispatch.ts';
import { fuse } from './fusion/index.ts';
import { layersOf } from './layer_list.ts';
import { layerOf } from './layers/index.ts';
import { type Chunk, type Flow, ownTensor, type PlacedNode, type Planner } from './layers/layer.ts';
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
  /** Parts into which the sums of the parameters' gradients are divided at most; 8 when absent. */
  mostParts?: number;
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
/** Most elements of all parts together, if there are more of them. */
const PARTIAL_SUMS = 2 ** 22;

/** The parts of the gradients' sums: as many as wanted if they are not too large together. */
function partsOf(most: number, arenaLength: number): number {
  const fitting = Math.floor(PARTIAL_SUMS / arenaLength / GRADIENT_PARTS) * GRADIENT_PARTS;
  return Math.max(GRADIENT_PARTS, Math.min(most, fitting));
}

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
  const parts = Math.ceil(partsOf(options.mostParts ?? GRADIENT_PARTS, arena.length) / chunks.length) * chunks.length;
  const flows = new Map<string, Flow>();
  const learned = learnedFlows(nodes);
  const takers = new Takers(batch);
  const plannerOf = planners(options, arena, { batch, chunks, parts }, takers);
  const walked = nodes.map((node) => {
    const layer = layerOf(node);
    const planner = { ...plannerOf(node), isLearned: () => node.from.some((name) => learned.has(name)) };
    const taken = node.from.map((name) => flows.get(name) as Flow);
    const turns = taken.map((flow, i) => laidOut(planner, node, flow, i));
    const inputs = turns.map(({ flow }) => flow);
    const { run, output } = layer.forward(planner, node, inputs);
    flows.set(node.name, output);
    return {
      run: [...turns.flatMap(({ run }) => run), ...run],
      back: () => [
        ...takers.sumsOf(output),
        ...layer.backward(planner, node, inputs, output),
        ...(planner.isLearned() ? turns.flatMap(({ back }) => back()) : []),
      ],
    };
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

function blockOf(arena: Arena, name: string): Pick<Planner, 'parameters' | 'partials'> {
  return {
    parameters: arena.block(name, SHARED.parameters.tensor),
    partials(part = 0) {
      const { tensor, offset } = arena.block(name, SHARED.partials.tensor);
      return { tensor, offset: part * arena.length + offset };
    },
  };
}

/** The nodes that have parameters, or follow one that has. */
function learnedFlows(nodes: PlacedNode[]): Set<string> {
  const learned = new Set<string>();
  for (const node of nodes) {
    const hasParameters = layerOf(node).parameters(node).length > 0;
    if (hasParameters || node.from.some((name) => learned.has(name))) learned.add(node.name);
  }
  return learned;
}

/** The layers that take each flow: the gradient of a flow is the sum of theirs. */
class Takers {
  private readonly gradients = new Map<string, Map<string, string>>();

  constructor(private readonly batch: number) {}

  /** The tensor for the part of one layer. The parts of the others are added to the first one's. */
  partOf({ tensor }: Flow, taker: string): string {
    const parts = this.gradients.get(tensor) ?? new Map<string, string>();
    this.gradients.set(tensor, parts);
    const part = parts.get(taker) ?? `${tensor}_gradient${parts.size > 0 ? `_of_${taker}` : ''}`;
    parts.set(taker, part);
    return part;
  }

  sumsOf(flow: Flow): Dispatch[] {
    const { tensor, steps, features, innermost } = flow;
    const [sum = '', ...others] = this.gradients.get(tensor)?.values() ?? [];
    const zeros = steps === undefined && innermost === 'features' ? 2 : 1;
    const length = zeros * (steps ?? 1) * features * this.batch;
    return others.map((value) =>
      dispatchOf(KERNELS.accumulate, { length }, { value: { tensor: value }, sum: { tensor: sum } }),
    );
  }
}

interface LaidOut {
  flow: Flow;
  run: Dispatch[];
  back: () => Dispatch[];
}

/** A flow as the layer reads it; if it lies otherwise, it is turned, and its gradient is turned back. */
function laidOut(plan: Planner, node: PlacedNode, flow: Flow, index: number): LaidOut {
  const innermost = layerOf(node).takes?.innermost;
  if (!innermost || innermost === flow.innermost) return { flow, run: [], back: () => [] };
  const { steps: timeSteps = 1, features, skip } = flow;
  const sizes = { timeSteps, batch: plan.batch, features, width: features, first: 0, reversed: false };
  const own = index > 0 ? `input_${index}` : 'input';
  const turned = { ...flow, tensor: ownTensor(node, own), innermost, skip: 0 };
  const label = node.name;
  const { on, gradientOf } = plan;
  if (innermost === 'samples') {
    const zeros = flow.steps === undefined;
    return {
      flow: turned,
      run: [on('turnToSamples', { ...sizes, skip }, { rows: flow, columns: own }, label)],
      back: () => [
        on('turnToFeatures', { ...sizes, zeros }, { columns: gradientOf(turned), rows: gradientOf(flow) }, label),
      ],
    };
  }
  return {
    flow: turned,
    run: [on('turnToFeatures', { ...sizes, zeros: false }, { columns: flow, rows: own }, label)],
    back: () => [
      on('turnToSamples', { ...sizes, skip: 0 }, { rows: gradientOf(turned), columns: gradientOf(flow) }, label),
    ],
  };
}

/** Gives each node the planner for its dispatches. */
function planners(
  { samples, slots, update }: Omit<PlanOptions, 'config'>,
  arena: Arena,
  sizes: Pick<Planner, 'batch' | 'chunks' | 'parts'>,
  takers: Takers,
): (node: PlacedNode) => Omit<Planner, 'isLearned'> {
  const stride = arena.length;
  return (node) => ({
    ...sizes,
    samples,
    slots,
    stride,
    loss: { classWeights: update?.classWeights, labelSmoothing: update?.labelSmoothing, loss: update?.loss },
    on(name, shape, tensors, label) {
      const kernel: AnyKernel = KERNELS[name];
      const given: Partial<Record<string, string | Place>> = tensors;
      const places = Object.entries(given).map(([binding, at]) => {
        return [binding, typeof at === 'string' ? { tensor: ownTensor(node, at) } : at];
      });
      return dispatchOf(kernel, shape, Object.fromEntries(places), label);
    },
    ...blockOf(arena, node.name),
    block: (name) => blockOf(arena, name === undefined ? node.name : `${node.name}/${name}`),
    gradientOf(flow) {
      const isOwn = flow.tensor.startsWith(`${node.name}/`);
      return { tensor: isOwn ? `${flow.tensor}_gradient` : takers.partOf(flow, node.name) };
    },
  });
}
