import type { Wrong } from '../../rules.ts';
import { orList, quote } from '../../text/quote.ts';
import type { KerasLayer } from './keras_writer.ts';
import type { ScalingStep } from './scaling.ts';

/** Classes of layers that do something in training alone. */
const HANDING_ON = new Set([
  'Dropout',
  'SpatialDropout1D',
  'AlphaDropout',
  'GaussianDropout',
  'GaussianNoise',
  'ActivityRegularization',
  'Identity',
]);

/** Most steps of a scaling. */
const MOST_STEPS = 20;

/** A functional model of Keras, walked from the output to the input. It knows which layers the walk has explained. */
export class KerasGraph {
  private readonly byName: Map<string, KerasLayer>;
  private readonly explained = new Set<KerasLayer>();

  constructor(
    layers: KerasLayer[],
    /** The slope of `hard_sigmoid` in the system that wrote the graph. */
    readonly hardSlope: number,
    readonly wrong: Wrong,
  ) {
    this.byName = new Map(layers.map((layer) => [layer.name, layer]));
    if (this.byName.size < layers.length) throw wrong('has two layers of one name');
  }

  /** The name of the layer that computes a value: layers that hand their input on when a model predicts are left out. */
  origin(name: string): string {
    const passed = new Set<string>();
    for (let at = name; ; ) {
      const layer = this.byName.get(at);
      if (!layer || !this.handsOn(layer) || layer.from.length !== 1) return at;
      if (passed.has(at)) throw this.circleAt(at);
      passed.add(at);
      this.explained.add(layer);
      at = layer.from[0];
    }
  }

  /** How many layers with one input lie in a row before a layer. */
  depth(name: string): number {
    const passed = new Set<string>();
    for (let at = this.origin(name); ; ) {
      const from = this.byName.get(at)?.from ?? [];
      if (from.length !== 1) return passed.size;
      if (passed.has(at)) throw this.circleAt(at);
      passed.add(at);
      at = this.origin(from[0]);
    }
  }

  isInput(name: string): boolean {
    return this.byName.get(this.origin(name))?.type === 'InputLayer';
  }

  take(name: string, ...types: string[]): KerasLayer {
    const layer = this.byName.get(this.origin(name));
    if (layer?.type === 'Lambda') throw this.wrong(`has ${described(layer)}, whose Python code no reader can know`);
    if (!layer || !types.includes(layer.type)) {
      const what = layer ? described(layer) : 'nothing';
      throw this.wrong(`has ${what} where a layer ${types.length > 1 ? orList(types) : types[0]} belongs`);
    }
    this.explained.add(layer);
    return layer;
  }

  /** The layer called `name`, which must have one input. */
  takeUnary(name: string, ...types: string[]): KerasLayer {
    const layer = this.take(name, ...types);
    if (layer.from.length === 1) return layer;
    throw this.wrong(`has the layer ${quote(layer.name)} with ${layer.from.length} inputs, not one`);
  }

  private circleAt(name: string) {
    return this.wrong(`has a circle at layer ${quote(name)}`);
  }

  private handsOn({ type, config }: KerasLayer): boolean {
    return HANDING_ON.has(type) || (type === 'Activation' && this.plain(config.activation) === 'linear');
  }

  /** The layers that scale a value in front of the layer called `name`, and the layer that gives the value. */
  scaling(name: string): { from: string; steps: ScalingStep[] } {
    const steps: ScalingStep[] = [];
    let at = this.origin(name);
    for (let layer = this.byName.get(at); layer?.type === 'Rescaling'; layer = this.byName.get(at)) {
      if (steps.length > MOST_STEPS) throw this.circleAt(at);
      const { config, from } = this.takeUnary(at, 'Rescaling');
      const [scale, offset] = [config.scale, config.offset ?? 0].map((value) => this.numbers(layer.name, value));
      // A runtime has the constants in float32.
      steps.unshift({ kind: 'multiply', by: scale }, { kind: 'add', by: offset.map(Math.fround) });
      at = this.origin(from[0]);
    }
    return { from: at, steps };
  }

  private numbers(layer: string, value: unknown): number[] {
    const list = Array.isArray(value) ? value : [value];
    if (list.length > 0 && list.every((one) => Number.isFinite(one))) return list;
    throw this.wrong(`has the layer ${quote(layer)} that scales by ${this.shown(value)}, not by numbers`);
  }

  requireNoOthers(): void {
    for (const layer of this.byName.values()) {
      if (this.explained.has(layer)) continue;
      throw this.wrong(`has ${described(layer)}, which is not one of the model's`);
    }
  }

  /** Throws if a setting of a layer has none of the allowed values. */
  requireSetting({ name, config }: KerasLayer, setting: string, allowed: unknown[]): void {
    const value = this.plain(config[setting]);
    if (allowed.some((one) => this.shown(one) === this.shown(value))) return;
    throw this.wrong(
      `has the layer ${quote(name)} with ${setting} ${this.shown(value)}, not ${this.shown(allowed[0])}`,
    );
  }

  /** The value of a setting. Some versions of Keras write a function as an object; its value is the function's name. */
  plain(value: unknown): unknown {
    const isNamed = typeof value === 'object' && value !== null && 'class_name' in value && 'config' in value;
    return (isNamed ? value.config : value) ?? undefined;
  }

  /** A value as a message shows it: a short list in brackets, a text in quotes, `an object`. */
  shown(value: unknown): string {
    if (Array.isArray(value) && value.length < 8) return `[${value.map((part) => shownPart(part)).join(', ')}]`;
    return shownPart(value);
  }
}

function described({ name, type }: KerasLayer): string {
  return `the layer ${quote(name)} of class ${quote(type)}`;
}

function shownPart(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
