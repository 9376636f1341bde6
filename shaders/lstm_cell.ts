import { unroll } from './wgsl.ts';

// What one cell computes, in the same words for every kind of lanes.

/** Gates `i`, `f`, `g`, `o` from the sums before them, `z(0)` … `z(3)`. */
export function activateGates(z: (gate: number) => string): string {
  return `let i = sigmoid(${z(0)});
        let f = sigmoid(${z(1)});
        let g = safe_tanh(${z(2)});
        let o = sigmoid(${z(3)});`;
}

/** Stores the gates `i`, `f`, `g`, `o` from `at_gate` on. */
export const storeGates = `gates[at_gate] = i;
        gates[at_gate + UNITS] = f;
        gates[at_gate + 2u * UNITS] = g;
        gates[at_gate + 3u * UNITS] = o;`;

/** Loads the gates from `at` on, under their letters and `suffix`. */
export function loadGates(at: string, suffix = ''): string {
  return ['i', 'f', 'g', 'o']
    .map((gate, n) => `let ${gate}${suffix} = gates[${n === 0 ? at : `${at} + ${n === 1 ? '' : `${n}u * `}UNITS`}];`)
    .join('\n');
}

/** Names of what a cell's gradient is made of; the gates have their letters and `suffix`. */
export interface CellGradient {
  suffix?: string;
  /** c of the step before, tanh(c), and the gradients that reach c and h. */
  before: string;
  tanh: string;
  dc: string;
  dh: string;
}

/** dz of the four gates, the gradient before their activations. */
export function gateGradients({ suffix = '', before, tanh, dc, dh }: CellGradient): string[] {
  const [i, f, g, o] = ['i', 'f', 'g', 'o'].map((gate) => `${gate}${suffix}`);
  return [
    `${dc} * ${g} * ${i} * (1.0 - ${i})`,
    `${dc} * ${before} * ${f} * (1.0 - ${f})`,
    `${dc} * ${i} * (1.0 - ${g} * ${g})`,
    `${dh} * ${tanh} * ${o} * (1.0 - ${o})`,
  ];
}

/** What h's gradient adds to c's. */
export function throughHidden({ suffix = '', tanh, dh }: CellGradient): string {
  return `${dh} * o${suffix} * (1.0 - ${tanh} * ${tanh})`;
}

/** Stores dz of the four gates, `value(gate)`, from `at` on. */
export function storeGateGradients(at: string, value: (gate: number) => string): string {
  return unroll(4, (g) => `gate_gradient[${at} + ${g}u * UNITS] = ${value(g)};`);
}
