import type { Wrong } from '../../rules.ts';
import { quote } from '../../text/quote.ts';
import { SHARED } from '../dispatch.ts';
import type { KerasLayer } from '../exchange/keras_writer.ts';
import { type Scaling, type ScalingStep, undoingSteps, undoneBy } from '../exchange/scaling.ts';
import { glorotUniform, zeros } from '../initial_values.ts';
import { DEFAULT_OUTPUT, logitsOf, OUTPUTS, type Output, outputKind } from '../outputs/index.ts';
import type { OutputKind } from '../outputs/output_kind.ts';
import { type Flow, type Layer, ownTensor } from './layer.ts';

/**
 * A dense layer with C logits, then the loss, the metric and the predictions of a kind of output. It takes one row a
 * sample.
 */
export const output: Layer<Output> = {
  type: 'output',
  takes: { form: 'row', innermost: 'features' },
  output: (settings) => ({ features: logitsOf(settings) }),
  parameters({ inputs: [{ features: U }], output: { features: C } }) {
    return [
      { name: 'kernel', shape: [U, C], initial: glorotUniform, decays: true },
      { name: 'bias', shape: [C], initial: zeros, decays: false },
    ];
  },
  forward(plan, node, [hidden]) {
    const { on, batch, slots, parameters, loss } = plan;
    const kind = outputKind(node.settings);
    const { y, metrics } = SHARED;
    const tensors = { logits: 'logits', y, losses: 'losses', logitGradient: 'logit_gradient' };
    return {
      run: [
        on('outputForward', shapeOf(batch, hidden, node.output.features), { hidden, parameters, logits: 'logits' }),
        kind.loss({ on, batch, ...loss }, node.settings, tensors),
        on('metricSum', { batch, slots }, { losses: 'losses', correct: kind.metric.tensor, metrics }),
      ],
      output: { ...node.output, tensor: ownTensor(node, kind.values), innermost: 'features', skip: 0 },
    };
  },
  backward(plan, node, [hidden]) {
    const { on, batch, parts, stride, parameters } = plan;
    const shape = shapeOf(batch, hidden, node.output.features);
    const logitGradient = 'logit_gradient';
    return [
      on('outputBackward', shape, { logitGradient, parameters, stateGradient: plan.gradientOf(hidden) }),
      on('outputParameterGradient', { ...shape, parts, stride }, { hidden, logitGradient, partials: plan.partials() }),
    ];
  },
  views(node) {
    const { values, words } = outputKind(node.settings);
    const view = (name: string, words: string) =>
      ({ ...node.output, name, words, tensor: ownTensor(node, name), innermost: 'features', skip: 0 }) as const;
    return [view('logits', 'logits'), view(values, words.prediction)];
  },
  keras: {
    holder: { type: 'Dense', parameters: ['kernel', 'bias'] },
    names: ['dense'],
    write(graph, { name, settings, output: { features } }, from) {
      const { activation } = outputKind(settings);
      const dense = { units: features, activation, use_bias: true };
      const values = graph.add('Dense', { shape: [features], from, node: name }, dense);
      const target = graph.standardisation?.target;
      return target ? graph.scale(values, [features], undoingSteps(target)) : values;
    },
    find(graph, name) {
      const { from, steps } = graph.scaling(name);
      const last = graph.takeUnary(from, 'Dense', 'Activation', 'Softmax', 'Sigmoid');
      const layer = last.type === 'Dense' ? last : graph.takeUnary(last.from[0], 'Dense');
      return {
        holder: layer,
        from: layer.from,
        read() {
          const { units } = layer.config;
          if (last !== layer) graph.requireSetting(layer, 'activation', ['linear', undefined]);
          if (last.type === 'Softmax') graph.requireSetting(last, 'axis', [-1, [-1], 1, [1], undefined]);
          const activation = activationOf(last) ?? graph.plain(last.config.activation) ?? 'linear';
          const settings = Object.values(OUTPUTS)
            .filter((kind) => kind.activation === activation && Number.isSafeInteger(units))
            .flatMap((kind) => kind.fromUnits(Number(units)) ?? [])[0];
          if (!settings) {
            const what = `has the output ${quote(layer.name)} of ${graph.shown(units)} units with activation ${graph.shown(activation)}`;
            throw graph.wrong(`${what}, not one with ${activationsFor(1)}, nor several with ${activationsFor(2)}`);
          }
          graph.requireSetting(layer, 'use_bias', [true]);
          return { settings, ...scalingOf(settings, steps, graph.wrong) };
        },
      };
    },
    guess(file) {
      const [, outputs = 0] = file.shape('kernel') ?? [];
      const fitting = Object.values(OUTPUTS).flatMap((kind) => kind.fromUnits(outputs) ?? []);
      if (fitting.length > 1 && !file.output) {
        throw file.wrong('holds parameters alone, which do not say whether its output is a probability or a number');
      }
      return { settings: file.output ?? fitting[0] ?? DEFAULT_OUTPUT };
    },
  },
  onnx: {
    write(graph, node, [hidden], parameter) {
      const { settings, inputs } = node;
      const { features: C } = node.output;
      const { onnx, words } = outputKind(settings);
      const [kernel, bias] = [parameter('kernel'), parameter('bias')];
      const weights = graph.floats(kernel.name, [inputs[0].features, C], kernel.data);
      const offsets = graph.floats(bias.name, [C], bias.data);
      const prediction = 'prediction';
      graph.output(prediction, words.prediction, [C]);
      const target = graph.standardisation?.target;
      const [logits] = graph.add('dense', 'Gemm', [hidden, weights, offsets], [onnx || target ? 'logits' : prediction]);
      if (target) return graph.scale(logits, undoingSteps(target), prediction);
      if (!onnx) return logits;
      const { operator, ...attributes } = onnx;
      return graph.add(node.name, operator, [logits], [prediction], attributes)[0];
    },
    find(walk, value) {
      const kinds: [string, OutputKind<Output>][] = Object.entries(OUTPUTS);
      const { from, steps } = walk.scaling(value);
      const last = walk.made(from, ...kinds.flatMap(([, { onnx }]) => onnx?.operator ?? []));
      const made = kinds.filter(([, { onnx }]) => onnx?.operator === last?.opType);
      // The logits have two axes: 1 and -1 are the same.
      const along = made[0][1].onnx?.axis;
      if (last && along !== undefined) walk.requireAttribute(last, 'axis', [along, along - 2], -1);
      const dense = walk.dense(last?.inputs[0] ?? from);
      return {
        from: [dense.input],
        read() {
          const { kernel, bias } = walk.denseFloats(dense);
          const [outputs] = bias.dims;
          const settings = made.map(([, kind]) => kind.fromUnits(outputs)).find((one) => one !== undefined);
          if (!settings) throw walk.wrong(`has ${outputs} outputs that are ${made[0][0]}`);
          return { settings, parameters: { kernel, bias }, ...scalingOf(settings, steps, walk.wrong) };
        },
      };
    },
  },
};

/** How a graph scales its predictions: numbers alone are. */
function scalingOf(settings: Output, steps: ScalingStep[], wrong: Wrong): { scaling?: Scaling } {
  if (steps.length === 0) return {};
  if (outputKind(settings).classes(settings) !== undefined) throw wrong('scales a prediction that is a probability');
  return { scaling: undoneBy(steps) };
}

/** The activation that a class of layers stands for; undefined if a setting says it. */
function activationOf({ type }: KerasLayer): string | undefined {
  return type === 'Dense' || type === 'Activation' ? undefined : type.toLowerCase();
}

/** The activations of outputs with so many units: sigmoid or linear */
function activationsFor(units: number): string {
  const kinds: OutputKind<Output>[] = Object.values(OUTPUTS);
  return kinds
    .filter((kind) => kind.fromUnits(units))
    .map(({ activation }) => activation)
    .join(' or ');
}

/** `skip` rows of the flow's tensor come before the one that counts. */
function shapeOf(batch: number, { skip, features }: Flow, outputs: number) {
  return { batch, units: features, timeSteps: skip, outputs };
}
