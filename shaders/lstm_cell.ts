// WGSL of one cell, shared by all kinds of lanes.

/** Computes the gates `i`, `f`, `g`, `o` from the sums before the activations, `z(0)` … `z(3)`. */
export function activateGates(z: (gate: number) => string): string {
  return `let i = sigmoid(${z(0)});
        let f = sigmoid(${z(1)});
        let g = safe_tanh(${z(2)});
        let o = sigmoid(${z(3)});`;
}

/** Stores the gates `i`, `f`, `g`, `o` of the cell `at`. */
export function storeGates(at: string): string {
  return `gates[${at}] = vec4f(i, f, g, o);`;
}

/** Loads the gates of the cell `at` as `i`, `f`, `g`, `o`. */
export function loadGates(at: string): string {
  return `let gate = gates[${at}];
        ${['i', 'f', 'g', 'o'].map((letter, n) => `let ${letter} = gate[${n}];`).join('\n')}`;
}

/** Names of the variables in a cell's gradient; the gates are `i`, `f`, `g`, `o`. */
export interface CellGradient {
  /** c of the step before, tanh(c), and the gradients that reach c and h. */
  before: string;
  tanh: string;
  dc: string;
  dh: string;
}

/** dz of the four gates: the gradient before their activations. */
export function gateGradients({ before, tanh, dc, dh }: CellGradient): string[] {
  return [
    `${dc} * g * i * (1.0 - i)`,
    `${dc} * ${before} * f * (1.0 - f)`,
    `${dc} * i * (1.0 - g * g)`,
    `${dh} * ${tanh} * o * (1.0 - o)`,
  ];
}

/** The part of c's gradient that comes through h. */
export function throughHidden({ tanh, dh }: CellGradient): string {
  return `${dh} * o * (1.0 - ${tanh} * ${tanh})`;
}
