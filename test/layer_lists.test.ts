import { describe, expect, it } from 'vitest';
import { readModel, writeModel } from '../src/formats/model_file.ts';
import { MODEL_FORMATS } from '../src/formats/model_formats.ts';
import { type SavedModel, unnamedSeries } from '../src/formats/saved_model.ts';
import { attention, dense, flatten, gru, lstm, scoreAttention } from '../src/library/layers.ts';
import { checkModel, EXPERIMENT, experimentOf, type ModelConfig, modelOf } from '../src/model/config.ts';
import { inspectSeries } from '../src/model/inspection.ts';
import { createArena, initialParameters, packArena } from '../src/model/parameters.ts';
import { summarize } from '../src/model/summary.ts';
import { findContradiction } from '../src/settings/check.ts';
import {
  formatLayers,
  type LayerSettings,
  PRESETS,
  type Preset,
  parseLayers,
  presetLayers,
} from '../src/settings/layers.ts';
import { DEFAULTS } from '../src/settings/table.ts';

const SIZES = { timeSteps: 6, inputDim: 2, units: 4, singleAttentionVector: false };
const withLayers = (text: string): ModelConfig => ({ ...SIZES, layers: parseLayers('layers', text) });

describe('a list of layers', () => {
  it.each([
    'lstm:32:sequences, attention, flatten',
    'attention:single, lstm:5',
    'lstm:3:sequences, attention, lstm:4, dense:7:tanh',
    'lstm:3:sequences, score_attention:concat:5',
    'gru:3:sequences:bidirectional, score_attention:dot:5',
  ])('is read from its text and written again: %s', (text) => {
    expect(formatLayers(parseLayers('layers', text))).toBe(text);
  });

  it('may name an attention after its authors', () => {
    const layers = parseLayers('layers', 'lstm:3:sequences, luong:5, dense:2, bahdanau:6');
    expect(formatLayers(layers)).toContain('score_attention:general:5, dense:2, score_attention:concat:6');
  });

  it('is made by the library, typed', () => {
    const layers = [
      lstm({ units: 3, returnSequences: true }),
      attention(),
      flatten(),
      dense({ units: 2, activation: 'relu' }),
    ];
    expect(layers).toEqual(parseLayers('layers', 'lstm:3:sequences, attention, flatten, dense:2:relu'));
    expect([gru({ units: 2 }), scoreAttention({ units: 4, score: 'dot' })]).toEqual(
      parseLayers('layers', 'gru:2, score_attention:dot:4'),
    );
    // @ts-expect-error: units are missing.
    expect(() => checkModel({ ...SIZES, layers: [lstm({})] })).toThrow('layer 1 lstm: units is undefined');
  });

  it.each([
    ['loop', 'layers: layer 1 is loop: give one of attention, lstm, gru, score_attention, flatten, dense'],
    ['attention, ', 'layers: layer 2 is empty: give one of attention, '],
    ['lstm', 'layers: layer 1 lstm: units is undefined: give a whole number from 1 to 256'],
    ['lstm:0', 'layers: layer 1 lstm: units is 0: give a whole number from 1 to 256'],
    [
      'attention, lstm:4:single',
      'layers: layer 2 lstm has the option single: give a number (units), sequences or bidirectional',
    ],
    ['flatten:3', 'layers: layer 1 flatten has the option 3: it has no options'],
    [Array(33).fill('attention').join(), 'layers has 33 layers: give 32 at most'],
  ])('is refused at the layer: %s', (text, sentence) => {
    expect(() => parseLayers('layers', text)).toThrow(sentence);
  });

  it.each<[string, unknown, string]>([
    ['no list', 'lstm:4', 'layers is lstm:4: give layers with their options'],
    ['an empty list', [], 'give layers with their options'],
    ['no layer', [7], 'layers: layer 1 is undefined: give one of'],
    [
      'another option',
      [{ type: 'lstm', units: 4, width: 3 }],
      'layer 1 lstm has the option width: give units, returnSequences or',
    ],
    [
      'a wrong flag',
      [{ type: 'attention', singleVector: 1 }],
      'layer 1 attention: singleVector is 1: give true or false',
    ],
    [
      'a wrong choice',
      [{ type: 'dense', units: 1, activation: 'cube' }],
      'activation is cube: give linear, tanh, relu',
    ],
  ])('is refused as a value: %s', (_, layers, sentence) => {
    expect(() => checkModel({ ...SIZES, layers: layers as LayerSettings[] })).toThrow(sentence);
  });

  it.each([
    [
      'lstm:8, attention, flatten',
      'layers: layer 2 (attention) takes a sequence, but layer 1 (lstm:8) gives one row a series: ' +
        'give the recurrent layer before it the option sequences',
    ],
    [
      'lstm:8:sequences, attention',
      'layers: the output takes one row a series, but layer 2 (attention) gives a sequence: ' +
        'put flatten, or a recurrent layer without sequences, between them',
    ],
    ['dense:4', 'layers: layer 1 (dense:4) takes one row a series, but the series gives a sequence: put flatten'],
    ['lstm:8', 'layers has no attention: add one, as in lstm:32:sequences, attention, flatten'],
  ])('that does not fit is refused at the layer: %s', (text, sentence) => {
    expect(() => checkModel(withLayers(text))).toThrow(sentence);
  });

  it('of attention and LSTM alone is the model without a list', () => {
    const plain = { ...SIZES, units: 9, singleAttentionVector: true };
    expect(modelOf(withLayers('attention:single, lstm:9'))).toEqual(plain);
    expect(createArena(withLayers('attention:single, lstm:9')).specs).toEqual(createArena(plain).specs);
  });

  it('numbers the second layer of a type', () => {
    const names = createArena(withLayers('attention, lstm:3:sequences, lstm:4')).specs.map(({ name }) => name);
    expect(names).toContain('lstm_kernel');
    expect(names).toContain('lstm_1_recurrent_kernel');
  });
});

describe('a preset', () => {
  const presets = Object.keys(PRESETS) as Preset[];

  it.each(presets)('%s is a list that fits, of the sizes beside it', (preset) => {
    const config = experimentOf({ ...DEFAULTS, timeSteps: 20, units: 5, preset });
    const layers = presetLayers(preset, 5, false);
    expect(config.layers ?? layers).toEqual(layers);
    expect(config).not.toHaveProperty('preset');
    expect(() => summarize(config)).not.toThrow();
  });

  it('before is the experiment', () => {
    expect(experimentOf({ ...DEFAULTS, preset: 'before' })).toEqual(EXPERIMENT);
  });

  it('and a list beside it are refused', () => {
    const both = { ...DEFAULTS, preset: 'after' as const, layers: presetLayers('after', 4, false) };
    expect(() => experimentOf(both)).toThrow('preset and layers both say which layers there are: give one of them');
  });

  it('that was not chosen leaves the list alone', () => {
    const layers = parseLayers('layers', 'gru:2, dense:3');
    expect(findContradiction({ ...DEFAULTS, preset: 'before', layers }, {})).toBeUndefined();
    expect(findContradiction({ ...DEFAULTS, preset: 'gru', layers }, {})?.name).toBe('preset');
  });

  it('has the parameters of the repository that it comes from', () => {
    const config = experimentOf({ ...DEFAULTS, timeSteps: 20, inputDim: 2, preset: 'after' });
    const counts = summarize(config).map(({ parameters }) => parameters);
    expect(counts.filter((count) => count > 0)).toEqual([4480, 420, 641]);
  });
});

describe('a model of layers', () => {
  const config = modelOf({ ...withLayers('lstm:3:sequences, attention, flatten, dense:4:tanh') });
  const parameters = initialParameters(config, 5);
  const model: SavedModel = { config, parameters, series: unnamedSeries(config), history: [] };

  it('travels in a safetensors file', () => {
    const read = readModel('m', writeModel(model));
    expect(read.config).toEqual(config);
    expect(read.parameters).toEqual(parameters);
  });

  it.each(['onnx', 'keras', 'h5', 'json'] as const)('is refused by .%s, with the way out', async (ending) => {
    await expect(MODEL_FORMATS[ending].write(model, {})).rejects.toThrow(
      /cannot carry a model of the layers lstm:3:sequences, .+: write a \.safetensors file$/,
    );
  });

  it('shows the mean attention over its channels for each channel of a series', () => {
    const inside = inspectSeries(config, packArena(createArena(config), parameters), new Float32Array(12).fill(1));
    const { attention, product, hidden } = inside;
    expect(attention).toHaveLength(12);
    for (let t = 0; t < 6; t++) expect(attention[2 * t]).toBe(attention[2 * t + 1]);
    expect(attention.reduce((sum, value) => sum + value, 0)).toBeCloseTo(2, 9);
    expect(product).toEqual(new Float64Array(12).fill(Number.NaN));
    expect(hidden).toHaveLength(18);
  });
});
