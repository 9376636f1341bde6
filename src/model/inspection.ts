import { unscaleTargets } from '../data/standardisation.ts';
import type { ModelConfig, TrainingConfig } from './config.ts';
import { predictionView, sampleOf, viewOf } from './model_layers.ts';
import { createArena, unpackArena } from './parameters.ts';
import { ModelReference } from './reference.ts';

/** The inside of the model for one series. Arrays are row-major. */
export interface Inspection {
  timeSteps: number;
  inputDim: number;
  units: number;
  /** (T, D) */
  attention: Float64Array;
  /** Series times attention, the LSTM's input: (T, D). */
  product: Float64Array;
  /** i, f, c̃, o of every step: (T, 4, U). */
  gates: Float64Array;
  /** h and c after every step: (T, U). */
  hidden: Float64Array;
  cell: Float64Array;
  /** The prediction: the probability of the label 1, the probability of each of several classes, or a number. */
  outputs: Float64Array;
}

/** A model, and the scale of the numbers that it predicts if it was trained on standardised ones. */
export type InspectedModel = ModelConfig & Pick<TrainingConfig, 'targetScale'>;

/**
 * Runs one series, x (T, D), through the model in float64. `parameters` are in the order of the arena. The results of a
 * GPU differ by the kernels' tolerances.
 */
export function inspectSeries(config: InspectedModel, parameters: Float32Array, x: Float32Array): Inspection {
  const { timeSteps, inputDim, units } = config;
  const dataset = { samples: 1, timeSteps, inputDim, x, y: new Float32Array(1) };
  const model = new ModelReference(config, 1, dataset, unpackArena(createArena(config), parameters));
  model.forward({ first: 0, count: 1, slot: 0, stepSize: 0 });
  const read = (view = predictionView(config)) => sampleOf(view, model.tensor(view.tensor), model.plan.batch, 0);
  const seen = (name: string) => read(viewOf(config, name));
  return {
    timeSteps,
    inputDim,
    units,
    attention: seen('attention'),
    product: seen('attended'),
    gates: gatesByRows(seen('gates'), units),
    hidden: seen('hidden'),
    cell: seen('cell'),
    outputs: unscaleTargets(read(), config.targetScale),
  };
}

/** (T, U, 4) → (T, 4, U) */
function gatesByRows(gates: Float64Array, units: number): Float64Array {
  return gates.map((_, at) => {
    const [t, gate, unit] = [Math.floor(at / (4 * units)), Math.floor(at / units) % 4, at % units];
    return gates[(t * units + unit) * 4 + gate];
  });
}
