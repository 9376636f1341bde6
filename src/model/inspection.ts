import { outputTensor } from './attention_lstm.ts';
import { type ModelConfig, outputCount } from './config.ts';
import { createArena, unpackArena } from './parameters.ts';
import { ModelReference } from './reference.ts';

/** What the model makes of one series; arrays are row-major. */
export interface Inspection {
  timeSteps: number;
  inputDim: number;
  units: number;
  /** (T, D) */
  attention: Float64Array;
  /** Series times attention, what the LSTM gets: (T, D). */
  product: Float64Array;
  /** i, f, c̃, o of every step: (T, 4, U). */
  gates: Float64Array;
  /** h and c after every step: (T, U). */
  hidden: Float64Array;
  cell: Float64Array;
  /** What the model says: the probability of the label 1, or of each class where there are more than two; or a number. */
  outputs: Float64Array;
}

/**
 * Runs one series, x (T, D), through the model in float64. `parameters` are in the order of the arena. What a GPU computes of it
 * differs by the kernels' tolerances.
 */
export function inspectSeries(config: ModelConfig, parameters: Float32Array, x: Float32Array): Inspection {
  const { timeSteps: T, inputDim: D, units: U } = config;
  const dataset = { samples: 1, timeSteps: T, inputDim: D, x, y: new Float32Array(1) };
  const model = new ModelReference(config, 1, dataset, unpackArena(createArena(config), parameters));
  model.forward({ first: 0, count: 1, slot: 0, stepSize: 0 });
  const { batch } = model.plan;
  /** The first sample of a tensor whose innermost dimension is the batch … */
  const innermost = (name: string) => model.tensor(name).filter((_, i) => i % batch === 0);
  /** … and of rows of (B, width) from row `first` on. */
  const rows = (name: string, width: number, first: number) => {
    const tensor = model.tensor(name);
    return Float64Array.from({ length: T * width }, (_, i) => {
      const t = Math.floor(i / width) + first;
      return tensor[t * batch * width + (i % width)];
    });
  };
  return {
    timeSteps: T,
    inputDim: D,
    units: U,
    attention: innermost('attention'),
    product: innermost('attended'),
    gates: gatesByRows(rows('gates', 4 * U, 0), U),
    hidden: rows('hidden', U, 1),
    cell: rows('cell', U, 1),
    outputs: model.tensor(outputTensor(config)).slice(0, outputCount(config)),
  };
}

/** (T, U, 4) → (T, 4, U) */
function gatesByRows(gates: Float64Array, units: number): Float64Array {
  return gates.map((_, at) => {
    const [t, gate, unit] = [Math.floor(at / (4 * units)), Math.floor(at / units) % 4, at % units];
    return gates[(t * units + unit) * 4 + gate];
  });
}
