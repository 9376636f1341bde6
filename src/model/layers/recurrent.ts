import type { Dispatch } from '../../gpu/kernel.ts';
import type { Place } from '../dispatch.ts';
import {
  type Chunk,
  type Flow,
  type Layer,
  type LayerParameter,
  ownTensor,
  type PlacedNode,
  type Planner,
  type View,
} from './layer.ts';

// Recurrent layers: a sequence (T, C) with samples innermost → the last hidden state (U), or all of them (T, U), by the
// steps of a cell. `hidden` is (T + 1, B, U), its first row the state before the first step. A layer of two directions
// has two cells. The second takes the sequence from its last step on; the states of both lie side by side, (2U).

export interface RecurrentSettings {
  units: number;
  /** It gives the hidden state of every step, not only the last one. */
  returnSequences?: boolean;
  /** A second cell begins at the last step. */
  bidirectional?: boolean;
}

type Node<Settings extends RecurrentSettings> = PlacedNode<Settings>;

/** One dispatch of a cell: a run of time steps of one direction. */
export interface CellRun {
  shape: { timeSteps: number; inputDim: number; units: number; batch: number };
  label?: string;
  x: Place;
  parameters: Place;
  /** A tensor of the cell's own from the run's first step on; each step has `row` elements a sample. */
  own(tensor: string, row: number): Place;
}

/** The gradients of a run. Those of the states before and after it are handed on in place. */
export interface CellGradients {
  stateGradient: Place;
  /** Of each hidden state, if all are used. */
  stepGradient?: Place;
  inputGradient: Place;
}

/** What a kind of recurrent layer computes at each step. */
export interface Cell<Settings extends RecurrentSettings> {
  parameters(features: number, units: number): LayerParameter[];
  forward(plan: Planner, settings: Settings, run: CellRun): Dispatch;
  backward(plan: Planner, settings: Settings, run: CellRun, gradients: CellGradients): Dispatch;
  parameterGradient(plan: Planner, run: CellRun, parts: number, partials: Place): Dispatch;
  /** Tensors of a cell to look at, beside its hidden states: a row of a sample has `row` numbers a unit. */
  seen: { name: string; words: string; row: number; skip: number }[];
}

interface Direction {
  /** The name of its block in the arena; undefined if there is one direction. */
  block?: 'forward' | 'backward';
  /** Begins the names of its tensors. */
  prefix: '' | 'backward_';
  /** The first of its units in the layer's output. */
  first: number;
}

function directionsOf({ settings: { bidirectional, units } }: Node<RecurrentSettings>): Direction[] {
  if (!bidirectional) return [{ prefix: '', first: 0 }];
  return [
    { block: 'forward', prefix: '', first: 0 },
    { block: 'backward', prefix: 'backward_', first: units },
  ];
}

/** The sizes of a layer's output. */
function recurrentOutput({ units, returnSequences, bidirectional }: RecurrentSettings, steps?: number) {
  return { features: bidirectional ? 2 * units : units, ...(returnSequences && { steps }) };
}

function recurrentParameters<Settings extends RecurrentSettings>(
  cell: Cell<Settings>,
  node: Node<Settings>,
): LayerParameter[] {
  const own = cell.parameters(node.inputs[0].features, node.settings.units);
  return directionsOf(node).flatMap(({ block }) =>
    block ? own.map((parameter) => ({ ...parameter, name: `${block}_${parameter.name}`, block })) : own,
  );
}

function recurrentForward<Settings extends RecurrentSettings>(
  cell: Cell<Settings>,
  plan: Planner,
  node: Node<Settings>,
  x: Flow,
): { run: Dispatch[]; output: Flow } {
  const directions = directionsOf(node);
  const run = directions.flatMap((direction) => [
    ...(direction.prefix ? [reversal(plan, node, x, 'backward_input')] : []),
    ...plan.chunks.map((chunk) =>
      cell.forward(plan, node.settings, runOf(plan, node, direction, chunk, inputOf(node, direction, x))),
    ),
  ]);
  if (directions.length === 1) return { run, output: statesOf(node) };
  const turns = directions.map((direction) =>
    plan.on(
      'turnToSamples',
      { ...turnOf(plan, node, direction), skip: statesOf(node).skip },
      { rows: `${direction.prefix}hidden`, columns: 'states' },
      `${node.name} ${direction.block}`,
    ),
  );
  const output: Flow = { ...node.output, tensor: ownTensor(node, 'states'), innermost: 'samples', skip: 0 };
  return { run: [...run, ...turns], output };
}

function recurrentBackward<Settings extends RecurrentSettings>(
  cell: Cell<Settings>,
  plan: Planner,
  node: Node<Settings>,
  x: Flow,
  output: Flow,
): Dispatch[] {
  return directionsOf(node).flatMap((direction) => {
    const { prefix } = direction;
    const own = (tensor: string) => ({ tensor: ownTensor(node, `${prefix}${tensor}`) });
    const inputGradient = prefix ? own('input_gradient') : plan.gradientOf(x);
    const { begin, stateGradient, stepGradient } = gradientsOf(plan, node, direction, output);
    const runs = plan.chunks.map((chunk) => runOf(plan, node, direction, chunk, inputOf(node, direction, x)));
    const throughTime = runs.map((run, i) => {
      const { inputDim, units } = run.shape;
      const chunk = plan.chunks[i];
      return cell.backward(plan, node.settings, run, {
        stateGradient,
        ...(stepGradient && { stepGradient: from(plan, stepGradient, chunk, units) }),
        inputGradient: from(plan, inputGradient, chunk, inputDim),
      });
    });
    const parts = plan.parts / plan.chunks.length;
    const ofParameters = runs.map((run, i) =>
      cell.parameterGradient(plan, run, parts, plan.block(direction.block).partials(i * parts)),
    );
    return [
      ...begin,
      ...throughTime.reverse(),
      ...(prefix ? addInputGradient(plan, node, x, inputGradient) : []),
      ...ofParameters,
    ];
  });
}

/** What there is to look at, of each direction. The steps of the second are in its own order. */
function recurrentViews<Settings extends RecurrentSettings>(cell: Cell<Settings>, node: Node<Settings>): View[] {
  const { units } = node.settings;
  const { steps } = node.inputs[0];
  return directionsOf(node).flatMap(({ prefix }) =>
    cell.seen.map(({ name, words, row, skip }): View => {
      const own = `${prefix}${name}`;
      const said = prefix ? `${words}, from the last step on` : words;
      const features = row * units;
      return { name: own, words: said, tensor: ownTensor(node, own), steps, features, innermost: 'features', skip };
    }),
  );
}

/** The last hidden state, or all of them, of a layer with one direction. */
function statesOf(node: Node<RecurrentSettings>): Flow {
  const { steps = 0 } = node.inputs[0];
  const skip = node.settings.returnSequences ? 1 : steps;
  return { ...node.output, tensor: ownTensor(node, 'hidden'), innermost: 'features', skip };
}

/** The states of one direction, and their place among those of both. */
function turnOf({ batch }: Planner, node: Node<RecurrentSettings>, { prefix, first }: Direction) {
  const { units, returnSequences = false } = node.settings;
  const timeSteps = node.output.steps ?? 1;
  return { timeSteps, batch, features: units, width: 2 * units, first, reversed: returnSequences && prefix !== '' };
}

/** The gradients of a direction's states: that behind its last step, and that of each step if all are used. */
function gradientsOf(plan: Planner, node: Node<RecurrentSettings>, direction: Direction, output: Flow) {
  const { units, returnSequences = false } = node.settings;
  const own = (tensor: string) => ({ tensor: ownTensor(node, `${direction.prefix}${tensor}`) });
  const gradient = direction.block ? own('output_gradient') : plan.gradientOf(output);
  const turned = direction.block
    ? [
        plan.on(
          'turnToFeatures',
          { ...turnOf(plan, node, direction), zeros: !returnSequences },
          { columns: plan.gradientOf(output), rows: gradient },
          `${node.name} ${direction.block}`,
        ),
      ]
    : [];
  if (!returnSequences) return { begin: turned, stateGradient: gradient };
  const stateGradient = own('state_gradient');
  const cleared = plan.on('clear', { length: 2 * plan.batch * units }, { values: stateGradient }, direction.block);
  return { begin: [...turned, cleared], stateGradient, stepGradient: gradient };
}

/** Turns round the steps of a sequence. */
function reversal(plan: Planner, node: Node<RecurrentSettings>, values: Place, reversed: string): Dispatch {
  const { steps = 1, features } = node.inputs[0];
  const shape = { timeSteps: steps, inputDim: features, batch: plan.batch };
  const { tensor } = values;
  return plan.on('reverseSteps', shape, { values: { tensor }, reversed }, `${node.name} ${reversed}`);
}

/** Adds the gradient of a direction that took the sequence from its last step on. */
function addInputGradient(plan: Planner, node: Node<RecurrentSettings>, x: Flow, gradient: Place): Dispatch[] {
  const { steps = 1, features } = node.inputs[0];
  return [
    reversal(plan, node, gradient, 'turned_gradient'),
    plan.on(
      'accumulate',
      { length: steps * features * plan.batch },
      { value: 'turned_gradient', sum: plan.gradientOf(x) },
      node.name,
    ),
  ];
}

function inputOf(node: Node<RecurrentSettings>, { prefix }: Direction, { tensor }: Flow): Place {
  return { tensor: prefix ? ownTensor(node, 'backward_input') : tensor };
}

/** A tensor from the first step of a chunk on; each step has `row` elements a sample. */
function from({ batch }: Planner, { tensor }: Place, { first }: Chunk, row: number): Place {
  return { tensor, offset: first * batch * row };
}

function runOf(plan: Planner, node: Node<RecurrentSettings>, direction: Direction, chunk: Chunk, x: Place): CellRun {
  const { units } = node.settings;
  const [{ features, steps }] = node.inputs;
  const label = [direction.block ?? '', chunk.steps === steps ? '' : `from step ${chunk.first}`]
    .filter(Boolean)
    .join(' ');
  return {
    shape: { timeSteps: chunk.steps, inputDim: features, units, batch: plan.batch },
    ...(label && { label }),
    x: from(plan, x, chunk, features),
    parameters: plan.block(direction.block).parameters,
    own: (tensor, row) => from(plan, { tensor: ownTensor(node, `${direction.prefix}${tensor}`) }, chunk, row),
  };
}

/** What a recurrent layer does whatever its cell is. */
export function recurrent<Settings extends RecurrentSettings>(
  cell: Cell<Settings>,
): Pick<Layer<Settings>, 'takes' | 'output' | 'parameters' | 'forward' | 'backward' | 'views'> {
  return {
    takes: { form: 'sequence', innermost: 'samples' },
    output: (settings, [{ steps }]) => recurrentOutput(settings, steps),
    parameters: (node) => recurrentParameters(cell, node),
    forward: (plan, node, [x]) => recurrentForward(cell, plan, node, x),
    backward: (plan, node, [x], output) => recurrentBackward(cell, plan, node, x, output),
    views: (node) => recurrentViews(cell, node),
  };
}
