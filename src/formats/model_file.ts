import { checkModel, checkTraining, type ModelConfig, type TrainingConfig } from '../model/config.ts';
import { isOutputKind, OUTPUTS } from '../model/outputs/index.ts';
import { createArena, type Parameters, packArena, unpackArena } from '../model/parameters.ts';
import { fromZero, number, object, optional, positive, requireConfig, requireFields, rule, shown } from '../rules.ts';
import { quote } from '../text/quote.ts';
import type { Checkpoint } from '../train/checkpoint.ts';
import type { OptimizerState } from '../train/stepper.ts';
import { readSafetensors, type Tensor, writeSafetensors } from './safetensors.ts';
import { notOurs, parse, portableOf, type SavedModel, savedModelOf, WANTED } from './saved_model.ts';

// A model as a safetensors file: parameters under their names in Keras' layouts. If training can be resumed, the state
// of its training as `checkpoint.…` and that of its best epoch as `best.…`. Everything else is JSON in the metadata.

const FORMAT = 'attention-lstm 1';

type Tensors = Map<string, Tensor>;

export function writeModel(model: SavedModel): Uint8Array<ArrayBuffer> {
  const { config, checkpoint } = model;
  const { parameters, metadata } = portableOf(model);
  const tensors: Tensors = new Map();
  addParameters(tensors, '', config, parameters);
  metadata.set('format', FORMAT);
  metadata.set('config', JSON.stringify(config));
  if (checkpoint) {
    const { state, metrics, best, history: _, ...rest } = checkpoint;
    addState(tensors, 'checkpoint', config, state);
    tensors.set('checkpoint.metrics', { shape: [checkpoint.step, 2], data: metrics });
    if (best) addState(tensors, 'best', config, best.state);
    metadata.set('checkpoint', JSON.stringify({ ...rest, bestEpoch: best?.epoch }));
  }
  return writeSafetensors({ tensors, metadata });
}

/** Throws invalid-file unless `writeModel` wrote the bytes. */
export function readModel(name: string, bytes: Uint8Array): SavedModel {
  const { tensors, metadata } = readSafetensors(name, bytes);
  const format = metadata.get('format');
  if (format !== FORMAT) throw notOurs(name, `is of format ${format && quote(format)}, not ${FORMAT}`);
  const config = parse(name, metadata, 'config') as ModelConfig;
  requireFields(name, { config }, { config: CONFIG }, WANTED);
  requireConfig(name, () => checkModel(config), WANTED);
  const parameters = takeParameters(name, tensors, '', config);
  const model = savedModelOf(name, { config, parameters, metadata });
  const checkpoint = readCheckpoint(name, { tensors, metadata, model });
  return checkpoint ? { ...model, checkpoint } : model;
}

function readCheckpoint(
  name: string,
  { tensors, metadata, model }: { tensors: Tensors; metadata: Map<string, string>; model: SavedModel },
): Checkpoint | undefined {
  const stored = parse(name, metadata, 'checkpoint');
  if (stored === undefined) return undefined;
  const checkpoint = inOneList(stored);
  requireFields(name, { checkpoint }, { checkpoint: object(CHECKPOINT) }, WANTED);
  const { config, epoch, step, seconds, bestEpoch } = checkpoint as CheckpointFields;
  requireConfig(name, () => checkTraining(config), WANTED);
  const { history } = model;
  if (epoch !== history.length) throw notOurs(name, `is of epoch ${epoch}, and has a history of ${history.length}`);
  const state = takeState(name, tensors, 'checkpoint', config);
  const metrics = take(name, tensors, 'checkpoint.metrics', [step, 2]);
  const fields = { config, epoch, step, seconds, history, state, metrics };
  if (bestEpoch === undefined) return fields;
  return { ...fields, best: { epoch: bestEpoch, state: takeState(name, tensors, 'best', config) } };
}

interface CheckpointFields {
  config: TrainingConfig;
  epoch: number;
  step: number;
  seconds: number;
  bestEpoch?: number;
}

const kindOfOutput = rule(`one of ${Object.keys(OUTPUTS).join(', ')}`, isOutputKind);

/** The settings of a model or a training are checked as everywhere else. */
const CONFIG = object({ output: optional(object({ kind: kindOfOutput, classes: optional(number) })) });

const CHECKPOINT = {
  epoch: fromZero,
  step: fromZero,
  seconds: fromZero,
  bestEpoch: optional(positive),
  config: CONFIG,
};

/** Earlier files have some settings of a training in groups, and one under another name. */
function inOneList(checkpoint: unknown): unknown {
  const { config } = (checkpoint ?? {}) as { config?: Record<string, unknown> };
  if (typeof config !== 'object' || config === null) return checkpoint;
  const { update, earlyStopping, ...others } = config;
  const { largestGradientNorm, ...options } = asFields(update);
  const { patience } = asFields(earlyStopping);
  const settings = { clipNorm: largestGradientNorm, patience, ...options, ...others };
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  return { ...(checkpoint as object), config: Object.fromEntries(given) };
}

function asFields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

const STATE = { parameters: 'parameters', firstMoment: 'first_moment', secondMoment: 'second_moment' } as const;

function addState(tensors: Tensors, prefix: string, config: ModelConfig, state: OptimizerState): void {
  const arena = createArena(config);
  for (const [field, label] of Object.entries(STATE)) {
    const values = unpackArena(arena, state[field as keyof OptimizerState]);
    addParameters(tensors, `${prefix}.${label}.`, config, values);
  }
}

function takeState(name: string, tensors: Tensors, prefix: string, config: ModelConfig): OptimizerState {
  const arena = createArena(config);
  const state = Object.entries(STATE).map(([field, label]) => {
    return [field, packArena(arena, takeParameters(name, tensors, `${prefix}.${label}.`, config))];
  });
  return Object.fromEntries(state);
}

function addParameters(tensors: Tensors, prefix: string, config: ModelConfig, parameters: Parameters): void {
  for (const { name, shape } of createArena(config).specs) {
    tensors.set(`${prefix}${name}`, { shape, data: parameters[name] });
  }
}

function takeParameters(name: string, tensors: Tensors, prefix: string, config: ModelConfig): Parameters {
  const { specs } = createArena(config);
  const values = specs.map((spec) => [spec.name, take(name, tensors, `${prefix}${spec.name}`, spec.shape)] as const);
  return Object.fromEntries(values);
}

function take(name: string, tensors: Tensors, tensor: string, shape: number[]): Float32Array {
  const { shape: found, data } = tensors.get(tensor) ?? {};
  if (!data || found?.join() !== shape.join()) {
    throw notOurs(name, `has ${tensor} of shape (${shown(found?.join(', ') ?? 'none')}), not (${shape.join(', ')})`);
  }
  return data;
}
