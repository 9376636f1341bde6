import { unscaleTargets } from '../data/standardisation.ts';
import type { ModelConfig, TrainingConfig } from './config.ts';
import type { View } from './layers/layer.ts';
import { attentionOf, attentionView, predictionView, sampleOf, shownUnits, viewsOf } from './model_layers.ts';
import { createArena, unpackArena } from './parameters.ts';
import { ModelReference } from './reference.ts';

/** The inside of the model for one series. Arrays are row-major. An array that the model does not have is NaN. */
export interface Inspection {
  timeSteps: number;
  inputDim: number;
  /** Of the first recurrent layer. */
  units: number;
  /** (T, D) */
  attention: Float64Array;
  /** Series times attention: (T, D). NaN if the attention is behind other layers. */
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
  const { timeSteps, inputDim } = config;
  const dataset = { samples: 1, timeSteps, inputDim, x, y: new Float32Array(1) };
  const model = new ModelReference(config, 1, dataset, unpackArena(createArena(config), parameters));
  model.forward({ first: 0, count: 1, slot: 0, stepSize: 0 });
  const views = viewsOf(config);
  const units = shownUnits(config);
  const seen = (view: View) => sampleOf(view, model.tensor(view.tensor), model.plan.batch, 0);
  /** (T, features) */
  const ofSteps = (name: string, features: number) => {
    const view = views.find((one) => one.name === name && one.features === features);
    return view ? seen(view) : new Float64Array(timeSteps * features).fill(Number.NaN);
  };
  const attention = attentionView(config);
  return {
    timeSteps,
    inputDim,
    units,
    attention: attentionOf(config, attention, model.tensor(attention.tensor), model.plan.batch, 0),
    product: attention.ofSeries ? ofSteps('attended', inputDim) : ofSteps('', inputDim),
    gates: gatesByRows(ofSteps('gates', 4 * units), units),
    hidden: ofSteps('hidden', units),
    cell: ofSteps('cell', units),
    outputs: unscaleTargets(seen(predictionView(config)), config.targetScale),
  };
}

/** (T, U, 4) → (T, 4, U) */
function gatesByRows(gates: Float64Array, units: number): Float64Array {
  return gates.map((_, at) => {
    const [t, gate, unit] = [Math.floor(at / (4 * units)), Math.floor(at / units) % 4, at % units];
    return gates[(t * units + unit) * 4 + gate];
  });
}
