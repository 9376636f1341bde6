import type { LossOptions } from '../../../shaders/snippets.ts';
import type { NumpyRandom } from '../../data/numpy_random.ts';
import type { Dispatch } from '../../gpu/kernel.ts';
import type { Wrong } from '../../rules.ts';
import type { Dispatcher, Place } from '../dispatch.ts';
import type { KerasGraph } from '../exchange/keras_graph.ts';
import type { KerasLayer, KerasWriter } from '../exchange/keras_writer.ts';
import type { OnnxFloats, OnnxWalk } from '../exchange/onnx_walk.ts';
import type { OnnxWriter } from '../exchange/onnx_writer.ts';
import type { Scaling } from '../exchange/scaling.ts';
import type { Output } from '../outputs/index.ts';

/** What a layer takes or gives for one sample: a sequence (steps, features), or without `steps` a single row. */
export interface Sizes {
  steps?: number;
  features: number;
}

/**
 * Numbers of a whole batch on their way between two layers. Rows of (B, features), or (features, B) if samples are
 * innermost, follow each other, one a time step.
 */
export interface Flow extends Sizes {
  tensor: string;
  /** What lies side by side in memory: (T, D, B), as up to the LSTM, or (T, B, U), as behind it. */
  innermost: 'samples' | 'features';
  /** Rows that the tensor has before the first one of the flow. */
  skip: number;
}

/** One layer of a model, as a file describes it. */
export interface LayerNode<Settings = unknown> {
  /** Unique in the model. It begins the names of the layer's parameters and tensors, and is the block in the arena. */
  name: string;
  type: string;
  /** Names of the layers that it takes its input from. */
  from: string[];
  settings: Settings;
}

/** A node whose place in a model has settled its sizes. */
export interface PlacedNode<Settings = unknown> extends LayerNode<Settings> {
  inputs: Sizes[];
  output: Sizes;
}

/** A parameter of a layer, in Keras' layout. */
export interface LayerParameter {
  /** Without the layer's name: `kernel`. */
  name: string;
  shape: number[];
  /** Values before training. Parameters draw one after the other, in the order of the model. */
  initial(random: NumpyRandom, shape: number[]): Float32Array;
  /** Whether the L2 penalty takes it. */
  decays: boolean;
  /** Parameters of one layer that different kernels bind are in blocks of these names; undefined: in one block. */
  block?: string;
  /** Names of equally wide groups of columns, if it has several: the gates of an LSTM. */
  groups?: readonly string[];
}

/** Something that a forward pass leaves behind to look at. */
export interface View extends Flow {
  name: string;
  /** A few words for people. */
  words: string;
}

/** A run of time steps that one dispatch takes. */
export interface Chunk {
  first: number;
  steps: number;
}

/** Makes the dispatches of one layer. The layer's own tensors are called `layer/tensor`. */
export interface Planner {
  /** B: samples as stored, a multiple of 4. */
  batch: number;
  /** Rows of the metrics. */
  slots: number;
  /** Samples in the data set. */
  samples: number;
  /** Options of the loss kernel. */
  loss: LossOptions;
  /** The runs of time steps into which a recurrent layer divides the sequence, a dispatch for each. */
  chunks: Chunk[];
  /** Sums of parameters' gradients are divided into this many parts, a multiple of the number of chunks. */
  parts: number;
  /** Elements from one part to the next. */
  stride: number;
  on: Dispatcher;
  /** The layer's block of the parameters. */
  parameters: Place;
  /** The layer's block in part `part` of the partial sums of the gradients. */
  partials(part?: number): Place;
  /** The same of a block of this name, if the layer has several. */
  block(name?: string): Pick<Planner, 'parameters' | 'partials'>;
  /**
   * The gradient of a flow. The layer that gave the flow reads it, a layer that takes the flow writes it. Each layer that
   * takes the flow gets a tensor of its own, and the plan adds them up. It has the layout of the flow without rows before
   * the first one. Behind the gradient of a single row with features innermost, as many zeros follow: the gradient of the
   * cell beside that of an LSTM's last hidden state.
   */
  gradientOf(flow: Flow): Place;
  /** Whether a layer before this one has parameters: otherwise nobody needs the gradients of its inputs. */
  isLearned(): boolean;
}

/**
 * A layer as a file describes it: its settings (those of the input only if the file has them), and the sizes of its
 * input.
 */
export interface ReadLayer<Settings> {
  settings: Partial<Settings>;
  takes?: Partial<Sizes>;
  /** How the graph scales the series that it takes, or the numbers that it predicts. */
  scaling?: Scaling;
}

/** A file of Keras that has parameters without a graph. */
export interface ParametersAlone {
  /** Whether a layer has this name, or this name with a number. */
  has(name: string): boolean;
  /** The shape of one of the layer's own arrays. */
  shape(parameter: string): number[] | undefined;
  /** The model's output, if the caller knows it. */
  output?: Output;
  wrong: Wrong;
}

/** How a layer stands in the functional models of Keras and TensorFlow.js. */
export interface KerasMapping<Settings> {
  /**
   * The Keras layer that holds the parameters: its class, Keras' order of them, and the cell that they are in, if it
   * has one.
   */
  holder?: { type: string; parameters: string[]; cell?: string };
  /** Names that its layers can have in files, without the number behind. */
  names: string[];
  /** Adds its layers behind those called `from`; returns the name of the last. */
  write(graph: KerasWriter, node: PlacedNode<Settings>, from: string[]): string;
  /**
   * Finds its layers, the last of which is called `name`. `read` looks at their settings when the sizes before them are
   * known. A layer without it is not read from files.
   */
  find?(
    graph: KerasGraph,
    name: string,
  ): { holder?: KerasLayer; from: string[]; read(inputs: Sizes[]): ReadLayer<Settings> };
  /** What the file's names and shapes say of it. */
  guess?(file: ParametersAlone): ReadLayer<Settings>;
}

/** How a layer stands in a graph of ONNX. */
export interface OnnxMapping<Settings> {
  /**
   * Adds its operations behind the values `from`, and the graph's outputs that are its own; returns the value that it
   * makes.
   */
  write(
    graph: OnnxWriter,
    node: PlacedNode<Settings>,
    from: string[],
    parameter: (name: string) => { name: string; data: Float32Array },
  ): string;
  /** Finds the operations that make `value`. `read` reads their constants when the whole graph is found. */
  find(
    walk: OnnxWalk,
    value: string,
  ): { from: string[]; read(inputs: Sizes[]): ReadLayer<Settings> & { parameters: Record<string, OnnxFloats> } };
}

/**
 * A kind of layer, with everything that the project knows of it. Kernels are named and not imported, so that the
 * description of a model does not load them.
 */
export interface Layer<Settings = unknown> {
  type: string;
  /** What it takes and how it reads it; the plan lays a flow out anew that lies otherwise. The input takes nothing. */
  takes?: { form: 'sequence' | 'row'; innermost: Flow['innermost'] };
  /** What it gives for inputs of these sizes. */
  output(settings: Settings, inputs: Sizes[]): Sizes;
  /** In the order of the arena; kernels bind them as one block. Empty for a layer that learns nothing. */
  parameters(node: PlacedNode<Settings>): LayerParameter[];
  forward(plan: Planner, node: PlacedNode<Settings>, inputs: Flow[]): { run: Dispatch[]; output: Flow };
  /** From the gradient of `output` to those of the inputs, if they need one, and of the parameters. */
  backward(plan: Planner, node: PlacedNode<Settings>, inputs: Flow[], output: Flow): Dispatch[];
  /** What there is to look at after `forward`. */
  views(node: PlacedNode<Settings>): View[];
  keras: KerasMapping<Settings>;
  /** A model with a layer without it has no ONNX file. */
  onnx?: OnnxMapping<Settings>;
}

/** The name of a layer's own tensor in the plan. */
export function ownTensor({ name }: Pick<LayerNode, 'name'>, tensor: string): string {
  return `${name}/${tensor}`;
}
