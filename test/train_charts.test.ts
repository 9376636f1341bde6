import { describe, expect, test } from 'vitest';
import { histogramOf, statisticsOf } from '../src/data/statistics.ts';
import { EXPERIMENT } from '../src/model/config.ts';
import { layOutDiagram } from '../src/model/diagram.ts';
import { createArena } from '../src/model/parameters.ts';
import { summarize } from '../src/model/summary.ts';
import { largestOf, shadesOf } from '../src/page/color_scale.ts';
import { AttentionHistory } from '../src/page/train/attention_history.ts';
import { partOf } from '../src/page/train/parameters/parameter_image.ts';
import { courseOf, unitsByStep } from '../src/page/train/samples/course.ts';
import { SmoothedCurve } from '../src/page/train/smoothed_curve.ts';
import { isComparable, KERAS_RUN } from '../src/train/keras_run.ts';

describe('smoothing', () => {
  const curve = (weight: number, values: number[]) => {
    const smoothed = new SmoothedCurve();
    smoothed.setWeight(weight);
    for (const [x, y] of values.entries()) smoothed.add({ x, y });
    return smoothed;
  };

  test('an average begins at the first value and forgets as its weight says', () => {
    expect(curve(0.5, [4, 8]).smooth.map(({ y }) => y)).toEqual([4, (0.5 * 4 + 8) / 1.5]);
    expect(curve(0.9, [3, 3, 3]).smooth.map(({ y }) => Number(y.toFixed(12)))).toEqual([3, 3, 3]);
    expect(curve(0, [4, 8]).smooth).toEqual(curve(0, [4, 8]).raw);
  });

  test('another weight, chosen later, gives what it would have given from the start', () => {
    const later = curve(0, [1, 5, 2]);
    later.setWeight(0.7);
    later.add({ x: 3, y: 9 });
    expect(later.smooth).toEqual(curve(0.7, [1, 5, 2, 9]).smooth);
    expect(later.raw.map(({ y }) => y)).toEqual([1, 5, 2, 9]);
  });
});

describe('attention by epoch', () => {
  test('since when a step is the largest, without a break', () => {
    const history = new AttentionHistory(3);
    const largest = [0, 1, 1, 2, 1, 1];
    const since = largest.map((at, i) => {
      history.add(
        i + 1,
        [0, 1, 2].map((t) => (t === at ? 0.5 : 0.25)),
      );
      return [history.largest, history.largestSince];
    });
    expect(since).toEqual([
      [0, 1],
      [1, 2],
      [1, 2],
      [2, 4],
      [1, 5],
      [1, 5],
    ]);
  });

  test('an epoch that is known changes nothing', () => {
    const history = new AttentionHistory(2);
    history.add(1, [1, 0]);
    history.add(1, [0, 1]);
    expect(history.matrix()).toEqual({ rows: 1, columns: 2, values: Float32Array.of(1, 0) });
  });

  test('a run that goes on from an earlier page begins at its epoch, with nothing before it', () => {
    const history = new AttentionHistory(2, 4);
    history.add(6, [0.75, 0.25]);
    expect(history.matrix().values).toEqual(Float32Array.of(0, 0, 0, 0, 0.375, 0.125));
    expect([history.epochsPerRow, history.epochs, history.largestSince]).toEqual([2, 6, 6]);
  });

  test('a long run is shown as means over as many epochs as keep it small', () => {
    const history = new AttentionHistory(2);
    const epochs = 1025;
    for (let epoch = 1; epoch <= epochs; epoch++) history.add(epoch, [epoch, -epoch]);
    const { rows, values } = history.matrix();
    expect(history.epochsPerRow).toBe(8);
    expect(rows).toBe(Math.ceil(epochs / 8));
    expect(Array.from(values).slice(0, 4)).toEqual([4.5, -4.5, 12.5, -12.5]);
    expect(values[2 * (rows - 1)]).toBe(1025);
    expect(history.nameRow(1)).toBe('Epochs 9 to 16');
    expect(history.nameRow(rows - 1)).toBe('Epoch 1025');
  });

  test('fewer rows, where there are many channels', () => {
    const history = new AttentionHistory(1, 4);
    for (let epoch = 1; epoch <= 5; epoch++) history.add(epoch, [epoch]);
    expect([...Array.from(history.matrix().values)]).toEqual([1.5, 3.5, 5]);
  });
});

describe('pictures of numbers', () => {
  test('shades go through their colours in even steps', () => {
    const shades = shadesOf(['#000000', '#ffffff', '#ff0000']);
    const shade = (at: number) => [...shades.slice(4 * at, 4 * at + 4)];
    expect(shade(0)).toEqual([0, 0, 0, 255]);
    expect(shade(51)).toEqual([102, 102, 102, 255]);
    expect(shade(255)).toEqual([255, 0, 0, 255]);
  });

  test('the largest is that of both signs', () => {
    expect(largestOf([1, -3, 2])).toBe(3);
    expect(largestOf([])).toBe(0);
  });

  test('a gate is a group of columns, and a column lies on its side', () => {
    const specs = createArena({ timeSteps: 2, inputDim: 1, units: 2, singleAttentionVector: false }).specs;
    const spec = (name: string) => specs.find((candidate) => candidate.name === name) ?? specs[0];
    const kernel = Float32Array.from({ length: 16 }, (_, i) => i);
    expect(partOf(kernel, spec('lstm_recurrent_kernel'), 2, 4)).toEqual({
      rows: 2,
      columns: 2,
      values: Float32Array.of(4, 5, 12, 13),
    });
    expect(partOf(Float32Array.of(1, 2), spec('output_kernel'), 0, 1)).toMatchObject({ rows: 1, columns: 2 });
    expect(partOf(Float32Array.of(1, 2), spec('attention_bias'), 0, 1)).toMatchObject({ rows: 1, columns: 2 });
  });
});

test('statistics and histograms', () => {
  expect(statisticsOf([1, 2, 3, 6])).toEqual({ min: 1, mean: 3, max: 6, std: Math.sqrt(3.5) });
  expect(histogramOf([-1, -0.51, 0, 0.49, 0.5, 1, 7], -1, 1, 4)).toEqual([2, 0, 2, 3]);
});

test('a course is one channel, and one unit or the mean of all', () => {
  const [timeSteps, inputDim, units] = [2, 2, 2];
  const counting = (length: number, from = 0) => Float64Array.from({ length }, (_, i) => from + i);
  const inspection = {
    timeSteps,
    inputDim,
    units,
    attention: counting(4, 10),
    product: counting(4, 20),
    gates: counting(16),
    hidden: counting(4, 30),
    cell: counting(4, 40),
    outputs: Float64Array.of(0.5),
  };
  const sample = { index: 0, label: 1, x: Float32Array.of(1, 2, 3, 4) };
  const mean = courseOf(sample, inspection, 1, undefined);
  expect(mean).toMatchObject({ series: [2, 4], attention: [11, 13], product: [21, 23], hidden: [30.5, 32.5] });
  // (T, 4, U)
  expect(mean).toMatchObject({ input: [0.5, 8.5], forget: [2.5, 10.5], candidate: [4.5, 12.5], output: [6.5, 14.5] });
  expect(courseOf(sample, inspection, 0, 1)).toMatchObject({ input: [1, 9], output: [7, 15], cell: [41, 43] });
  expect([...unitsByStep(inspection.hidden, timeSteps, units)]).toEqual([30, 32, 31, 33]);
});

test('the diagram has a box a layer and an arrow for each input', () => {
  for (const singleAttentionVector of [false, true]) {
    const layers = summarize({ ...EXPERIMENT, singleAttentionVector });
    const { boxes, edges, width, height, description } = layOutDiagram(layers);
    expect(boxes.map(({ layer }) => layer)).toEqual(layers);
    expect(edges).toHaveLength(layers.length);
    for (const { x, y, ...box } of boxes) {
      expect(x + box.width).toBeLessThanOrEqual(width);
      expect(y + box.height).toBeLessThanOrEqual(height);
    }
    expect(description).toContain('input_1 and attention_vec to multiply');
  }
});

test('Keras’ run is the experiment’s, and comparable whatever the seed and the epochs', () => {
  expect(KERAS_RUN).toHaveLength(EXPERIMENT.epochs);
  expect(KERAS_RUN[1]).toEqual({
    epoch: 2,
    seconds: 6,
    loss: 0.6352,
    accuracy: 0.6069,
    valLoss: 0.4977,
    valAccuracy: 0.7533,
  });
  expect(KERAS_RUN[19]).toMatchObject({ epoch: 20, loss: 4.067e-5, accuracy: 1, valLoss: 0.0112, valAccuracy: 0.997 });
  expect(isComparable({ ...EXPERIMENT, seed: 1, epochs: 3 })).toBe(true);
  expect(isComparable({ ...EXPERIMENT, units: 31 })).toBe(false);
  expect(isComparable({ ...EXPERIMENT, singleAttentionVector: true })).toBe(false);
  expect(isComparable({ ...EXPERIMENT, l2: 0.1 })).toBe(false);
});
