import { glorotUniform, orthogonal, zeros } from '../initial_values.ts';
import { shapeOf } from './input.ts';
import type { Layer } from './layer.ts';
import { type Cell, type RecurrentSettings, recurrent } from './recurrent.ts';

/** In Keras' order. */
const GATES = ['update z', 'reset r', 'candidate h̃'] as const;

/** `saved` and the gates' gradient have four numbers a unit: those of z, r, h̃, and of the candidate's part from the state. */
const cell: Cell<RecurrentSettings> = {
  parameters: (C, U) => [
    { name: 'kernel', shape: [C, 3 * U], initial: glorotUniform, decays: true, groups: GATES },
    { name: 'bias', shape: [2, 3 * U], initial: zeros, decays: false, groups: GATES },
    { name: 'recurrent_kernel', shape: [U, 3 * U], initial: orthogonal, decays: true, groups: GATES },
  ],
  forward({ on }, _, { shape, x, parameters, own, label }) {
    const [hidden, saved] = [own('hidden', shape.units), own('saved', 4 * shape.units)];
    return on('gruForward', shape, { x, parameters, hidden, saved }, label);
  },
  backward({ on }, _, { shape, parameters, own, label }, { stepGradient, ...gradients }) {
    const [hidden, saved] = [own('hidden', shape.units), own('saved', 4 * shape.units)];
    const tensors = { saved, hidden, parameters, gateGradient: own('gate_gradient', 4 * shape.units), ...gradients };
    return stepGradient
      ? on('gruSequenceBackward', shape, { ...tensors, stepGradient }, label)
      : on('gruBackward', shape, tensors, label);
  },
  parameterGradient({ on, stride }, { shape, x, own, label }, parts, partials) {
    const [hidden, gateGradient] = [own('hidden', shape.units), own('gate_gradient', 4 * shape.units)];
    return on('gruParameterGradient', { ...shape, parts, stride }, { x, hidden, gateGradient, partials }, label);
  },
  seen: [{ name: 'hidden', words: 'hidden states', row: 1, skip: 1 }],
};

/** A gated recurrent unit, as Keras has it with `reset_after`. */
export const gru: Layer<RecurrentSettings> = {
  type: 'gru',
  ...recurrent(cell),
  keras: {
    names: [],
    write(graph, node, from) {
      const type = node.settings.bidirectional ? 'Bidirectional' : 'GRU';
      return graph.add(type, { shape: shapeOf(node.output), from, node: node.name }, { units: node.settings.units });
    },
  },
};
