import type { OnnxGraph } from '../../model/exchange/onnx_messages.ts';
import type { OnnxReadGraph } from '../../model/exchange/onnx_walk.ts';
import { OnnxWalk } from '../../model/exchange/onnx_walk.ts';
import { OnnxWriter } from '../../model/exchange/onnx_writer.ts';
import { layersOf } from '../../model/layer_list.ts';
import { layerOf, partOf } from '../../model/layers/index.ts';
import { configOf, findLayers, readLayers, standardisationOf } from '../../model/model_layers.ts';
import { type Parameters, parameterName } from '../../model/parameters.ts';
import type { Wrong } from '../../rules.ts';
import type { PortableModel } from '../portable_model.ts';

/** What a graph has of a model. */
type GraphModel = Omit<PortableModel, 'metadata'>;

/** The model as operations of ONNX: series (N, T, D) → prediction (N, C) and attention (N, T, D). */
export function modelGraph({ config, parameters, standardisation }: GraphModel): OnnxGraph {
  const graph = new OnnxWriter(standardisation);
  const values = new Map<string, string>();
  for (const node of layersOf(config)) {
    const from = node.from.map((name) => values.get(name) as string);
    const parameter = (name: string) => {
      const full = parameterName(node, name);
      return { name: full, data: parameters[full] };
    };
    values.set(node.name, partOf(layerOf(node).onnx, node).write(graph, node, from, parameter));
  }
  const { nodes, initializers, inputs, outputs } = graph;
  return {
    name: 'attention_lstm',
    docString: 'Attention over the time steps, channel by channel, then an LSTM whose last state a dense layer takes.',
    nodes,
    initializers,
    inputs,
    outputs,
  };
}

/**
 * The model that a graph computes, found from the prediction back to the series: its sizes are those of the constants,
 * its parameters in Keras' layouts. Throws `wrong` at the first part that the model does not have, or if constants do
 * not fit together.
 */
export function readGraph(graph: OnnxReadGraph, wrong: Wrong): GraphModel {
  const walk = new OnnxWalk(graph, wrong);
  const prediction = graph.outputs.includes('prediction') ? 'prediction' : (graph.outputs[0] ?? '');
  const layers = readLayers(findLayers(prediction, (layer, value) => partOf(layer.onnx, layer).find(walk, value)));
  const config = configOf(layers);
  const parameters: Parameters = {};
  for (const node of layersOf(config)) {
    for (const { name, shape } of layerOf(node).parameters(node)) {
      const { [name]: floats } = layers.get(node.name)?.parameters ?? {};
      walk.requireShape(floats, shape);
      parameters[parameterName(node, name)] = floats.data;
    }
  }
  const standardisation = standardisationOf(layers, config, wrong);
  return { config, parameters, ...(standardisation && { standardisation }) };
}
