import type { LstmShape } from './lstm_tile.ts';
import { f32 } from './wgsl.ts';

// WGSL of one cell, shared by all kinds of lanes.

/** Computes the gates `i`, `f`, `g`, `o` from the sums before the activations, `z(0)` … `z(3)`. */
export function activateGates(z: (gate: number) => string, { gateSlope }: Gates): string {
  const gate = gateSlope === undefined ? 'sigmoid' : 'hard_sigmoid';
  return `let i = ${gate}(${z(0)});
        let f = ${gate}(${z(1)});
        let g = safe_tanh(${z(2)});
        let o = ${gate}(${z(3)});`;
}

type Gates = Pick<LstmShape, 'gateSlope'>;

/**
 * The function `hard_sigmoid` and its derivative from its value, if the gates need them. NaN stays NaN. The derivative
 * has no `&&`: a branch for each gate takes the compiler of a software adapter minutes.
 */
export function hardSigmoid({ gateSlope }: Gates): string {
  if (gateSlope === undefined) return '';
  return `
const GATE_SLOPE = ${f32(gateSlope)};
fn hard_sigmoid(x: f32) -> f32 {
  let y = GATE_SLOPE * x + 0.5;
  return select(select(y, 1.0, y > 1.0), 0.0, y < 0.0);
}
fn hard_slope(y: f32) -> f32 {
  return select(0.0, GATE_SLOPE, y * (1.0 - y) > 0.0);
}
`;
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
export function gateGradients({ before, tanh, dc, dh }: CellGradient, { gateSlope }: Gates): string[] {
  const slope = (gate: string) => (gateSlope === undefined ? `${gate} * (1.0 - ${gate})` : `hard_slope(${gate})`);
  return [
    `${dc} * g * ${slope('i')}`,
    `${dc} * ${before} * ${slope('f')}`,
    `${dc} * i * (1.0 - g * g)`,
    `${dh} * ${tanh} * ${slope('o')}`,
  ];
}

/** The part of c's gradient that comes through h. */
export function throughHidden({ tanh, dh }: CellGradient): string {
  return `${dh} * o * (1.0 - ${tanh} * ${tanh})`;
}
