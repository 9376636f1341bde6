import type { Wrong } from '../../rules.ts';
import { quote } from '../../text/quote.ts';
import type { KerasLayer } from './keras_writer.ts';

/** A functional model of Keras, walked from the output to the input. It knows which layers the walk has explained. */
export class KerasGraph {
  private readonly byName: Map<string, KerasLayer>;
  private readonly explained = new Set<KerasLayer>();

  constructor(
    layers: KerasLayer[],
    readonly wrong: Wrong,
  ) {
    this.byName = new Map(layers.map((layer) => [layer.name, layer]));
    if (this.byName.size < layers.length) throw wrong('has two layers of one name');
  }

  take(name: string, ...types: string[]): KerasLayer {
    const layer = this.byName.get(name);
    if (!layer || !types.includes(layer.type)) {
      const what = layer ? `the layer ${quote(name)} of class ${quote(layer.type)}` : 'nothing';
      throw this.wrong(`has ${what} where a layer ${types.join(' or ')} belongs`);
    }
    this.explained.add(layer);
    return layer;
  }

  /** The layer called `name`, which must have one input. */
  takeUnary(name: string, ...types: string[]): KerasLayer {
    const layer = this.take(name, ...types);
    this.requireOneInput(layer);
    return layer;
  }

  /** The one layer that this one takes its input from. */
  before(layer: KerasLayer, ...types: string[]): KerasLayer {
    this.requireOneInput(layer);
    return this.take(layer.from[0], ...types);
  }

  /** `multiply` has two inputs: returns the name of the model's input first, then the name of the other layer. */
  factors(multiply: KerasLayer): [input: string, other: string] {
    if (multiply.from.length !== 2) {
      throw this.wrong(`has the layer ${quote(multiply.name)} with ${multiply.from.length} inputs, not two`);
    }
    const isInput = (name: string) => this.byName.get(name)?.type === 'InputLayer';
    const input = multiply.from.find(isInput) ?? multiply.from[0];
    return [input, multiply.from.find((name) => name !== input) ?? ''];
  }

  private requireOneInput({ name, from }: KerasLayer): void {
    if (from.length !== 1) throw this.wrong(`has the layer ${quote(name)} with ${from.length} inputs, not one`);
  }

  requireNoOthers(): void {
    for (const layer of this.byName.values()) {
      if (this.explained.has(layer)) continue;
      throw this.wrong(
        `has the layer ${quote(layer.name)} of class ${quote(layer.type)}, which is not one of the model's`,
      );
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

function shownPart(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
