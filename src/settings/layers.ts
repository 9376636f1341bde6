import { Failure } from '../errors.ts';
import { shown } from '../rules.ts';
import { orList } from '../text/quote.ts';
import { type Bound, describeMisfit, numberOf, whole, written } from './bounds.ts';

// The layers between the series and the output, as people write them: `lstm:32:sequences, attention, flatten`.

/** An option of a layer. A flag has its word in the text; a number and a choice are written as they are. */
type LayerOption =
  | { kind: 'number'; bound: Bound }
  | { kind: 'flag'; word: string }
  | { kind: 'choice'; choices: readonly string[] };

export const UNITS = whole(1, 256, 'the recurrent kernel is (U, 4U)');

const RECURRENT = {
  /** Units of each direction. */
  units: { kind: 'number', bound: UNITS },
  /** Whether the layer gives the hidden state of every step, and not only the last one. */
  returnSequences: { kind: 'flag', word: 'sequences' },
  /** Whether a second cell goes from the last step to the first; its states follow those of the first. */
  bidirectional: { kind: 'flag', word: 'bidirectional' },
} as const;

/** The options of every layer that a list can have. A layer has one number at most. */
export const LAYER_OPTIONS = {
  attention: {
    /** Whether every channel gets the mean of all channels' attention. */
    singleVector: { kind: 'flag', word: 'single' },
  },
  lstm: RECURRENT,
  gru: RECURRENT,
  score_attention: {
    /** How a state is scored by the last one; `general` unless it is given. */
    score: { kind: 'choice', choices: ['dot', 'general', 'concat'] },
    /** Outputs of the layer. */
    units: { kind: 'number', bound: whole(1, 4096, 'the outputs of the layer') },
  },
  flatten: {},
  dense: {
    /** Outputs of the layer. */
    units: { kind: 'number', bound: whole(1, 4096, 'the outputs of the layer') },
    /** `linear` unless it is given. */
    activation: { kind: 'choice', choices: ['linear', 'tanh', 'relu', 'sigmoid'] },
  },
} as const satisfies Record<string, Record<string, LayerOption>>;

type Table = typeof LAYER_OPTIONS;
/** The types of layers that a list can have. */
export type LayerType = keyof Table;

type ValueOf<Option> = Option extends { kind: 'number' }
  ? number
  : Option extends { kind: 'choice'; choices: readonly (infer Choice)[] }
    ? Choice
    : boolean;
type Numbers<Options> = { [Name in keyof Options as Options[Name] extends { kind: 'number' } ? Name : never]: number };
type Others<Options> = {
  [Name in keyof Options as Options[Name] extends { kind: 'number' } ? never : Name]?: ValueOf<Options[Name]>;
};

/** The options of a layer of this type. */
export type LayerOptions<Type extends LayerType> = Numbers<Table[Type]> & Others<Table[Type]>;

/** A layer of a model's list. */
export type LayerSettings = { [Type in LayerType]: { type: Type } & LayerOptions<Type> }[LayerType];

/** Most layers of a list. */
const MOST_LAYERS = 32;

const TYPES = Object.keys(LAYER_OPTIONS);

/** Names that a text may have for a layer with a certain option. */
const ALIASES = {
  luong: { type: 'score_attention', score: 'general' },
  bahdanau: { type: 'score_attention', score: 'concat' },
} as const;

/** Outputs of these layers in a preset, as in the package that they come from. */
const SCORED_UNITS = 128;

/** How a list is written. */
export const LAYERS_FORM = `layers with their options, as lstm:32:sequences, attention, flatten (of ${TYPES.join(', ')})`;

function optionsOf(type: unknown): [string, LayerOption][] | undefined {
  return typeof type === 'string' && Object.hasOwn(LAYER_OPTIONS, type)
    ? Object.entries(LAYER_OPTIONS[type as LayerType])
    : undefined;
}

/** The list in a text. Throws invalid-option. */
export function parseLayers(label: string, text: string): LayerSettings[] {
  const layers = text.split(',').map((one, i) => parseLayer(`${label}: layer ${i + 1}`, one.trim()));
  const misfit = describeLayersMisfit(label, layers);
  if (misfit) throw new Failure('invalid-option', misfit);
  return layers as LayerSettings[];
}

function parseLayer(label: string, text: string): object {
  const [name, ...parts] = text.split(':').map((part) => part.trim());
  const given = Object.hasOwn(ALIASES, name) ? ALIASES[name as keyof typeof ALIASES] : { type: name };
  const { type } = given;
  const options = optionsOf(type);
  if (!options) throw new Failure('invalid-option', describeType(label, type));
  const values = parts.map((part) => {
    const found = options.flatMap(([name, option]): [string, unknown][] => {
      const value = givenBy(option, part);
      return value === undefined ? [] : [[name, value]];
    })[0];
    if (found) return found;
    const words = options.map(([name, option]) => formOf(name, option));
    const wanted = words.length > 0 ? `give ${orList(words)}` : 'it has no options';
    throw new Failure('invalid-option', `${label} ${type} has the option ${shown(part) || 'empty'}: ${wanted}`);
  });
  return { ...given, ...Object.fromEntries(values) };
}

/** The value that a part of a text gives an option; undefined if it is of another option. */
function givenBy(option: LayerOption, part: string): unknown {
  if (option.kind === 'flag') return part === option.word ? true : undefined;
  if (option.kind === 'choice') return option.choices.includes(part) ? part : undefined;
  return Number.isNaN(numberOf(part)) ? undefined : numberOf(part);
}

function formOf(name: string, option: LayerOption): string {
  if (option.kind === 'number') return `a number (${name})`;
  return option.kind === 'flag' ? option.word : option.choices.join(', ');
}

/** The reverse of `parseLayers`. */
export function formatLayers(layers: readonly LayerSettings[]): string {
  return layers.map(formatLayer).join(', ');
}

/** The size of a model in words: its list, or the units of one that has none. */
export function describeUnits({ units, layers }: { units: number; layers?: readonly LayerSettings[] }): string {
  return layers ? formatLayers(layers) : `${units} units`;
}

/** A layer as it stands in a list: `lstm:32:sequences`. */
export function formatLayer(layer: LayerSettings): string {
  const values: Record<string, unknown> = { ...layer };
  const parts = (optionsOf(layer.type) ?? []).flatMap(([name, option]) => {
    if (option.kind === 'flag') return values[name] ? [option.word] : [];
    return values[name] === undefined ? [] : [String(values[name])];
  });
  return [layer.type, ...parts].join(':');
}

/** A sentence that says why a value is no list of layers; undefined if it is one. */
export function describeLayersMisfit(label: string, layers: unknown): string | undefined {
  if (!Array.isArray(layers) || layers.length === 0) return `${label} is ${written(layers)}: give ${LAYERS_FORM}`;
  if (layers.length > MOST_LAYERS) return `${label} has ${layers.length} layers: give ${MOST_LAYERS} at most`;
  for (const [i, layer] of layers.entries()) {
    const misfit = describeLayerMisfit(`${label}: layer ${i + 1}`, layer);
    if (misfit) return misfit;
  }
  return undefined;
}

function describeType(label: string, type: unknown): string {
  return `${label} is ${written(type)}: give one of ${TYPES.join(', ')}`;
}

function describeLayerMisfit(label: string, layer: unknown): string | undefined {
  const { type, ...values } = (typeof layer === 'object' && layer !== null ? layer : {}) as Record<string, unknown>;
  const options = optionsOf(type);
  if (!options) return describeType(label, type);
  const names = options.map(([name]) => name);
  const unknown = Object.keys(values).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    return `${label} ${type} has the option ${shown(unknown)}: give ${orList(names) || 'no option'}`;
  }
  for (const [name, option] of options) {
    const misfit = describeOptionMisfit(`${label} ${type}: ${name}`, values[name], option);
    if (misfit) return misfit;
  }
  return undefined;
}

function describeOptionMisfit(label: string, value: unknown, option: LayerOption): string | undefined {
  if (option.kind === 'number') return describeMisfit(label, value, option.bound);
  if (value === undefined) return undefined;
  if (option.kind === 'flag') {
    return typeof value === 'boolean' ? undefined : `${label} is ${written(value)}: give true or false`;
  }
  const fits = typeof value === 'string' && option.choices.includes(value);
  return fits ? undefined : `${label} is ${written(value)}: give ${orList([...option.choices])}`;
}

/** Lists that have a name, each in a few words. */
export const PRESETS = {
  before: 'attention, then an LSTM',
  after: 'an LSTM, then attention over its states',
  luong: 'an LSTM, then Luong’s attention over its states',
  bahdanau: 'an LSTM, then Bahdanau’s attention over its states',
  gru: 'attention, then a GRU',
  stacked: 'attention, then two LSTMs',
  bidirectional: 'attention, then an LSTM in both directions',
} as const;

export type Preset = keyof typeof PRESETS;

/** The list of a preset. */
export function presetLayers(preset: Preset, units: number, singleVector: boolean): LayerSettings[] {
  const attention: LayerSettings = { type: 'attention', ...(singleVector && { singleVector }) };
  switch (preset) {
    case 'before':
      return [attention, { type: 'lstm', units }];
    case 'after':
      return [{ type: 'lstm', units, returnSequences: true }, attention, { type: 'flatten' }];
    case 'luong':
    case 'bahdanau':
      return [
        { type: 'lstm', units, returnSequences: true },
        { ...ALIASES[preset], units: SCORED_UNITS },
      ];
    case 'bidirectional':
      return [attention, { type: 'lstm', units, bidirectional: true }];
    case 'gru':
      return [attention, { type: 'gru', units }];
    case 'stacked':
      return [attention, { type: 'lstm', units, returnSequences: true }, { type: 'lstm', units }];
  }
}
