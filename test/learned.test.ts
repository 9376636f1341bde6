import { describe, expect, it } from 'vitest';
import { NumpyRandom } from '../src/data/numpy_random.ts';
import type { SeriesSet, Target } from '../src/data/series_set.ts';
import { readModel, writeModel } from '../src/formats/model_file.ts';
import { modelAt, unnamedSeries } from '../src/formats/saved_model.ts';
import { DEFAULTS } from '../src/settings/table.ts';
import { type FitResult, fitModel } from '../src/train/fit.ts';
import { describeUntrained, judge, type Verdict } from '../src/train/learned.ts';
import { prepareSeries, type SeriesSettings } from '../src/train/prepare_series.ts';
import { REFERENCE_STEPPERS } from '../src/train/reference_stepper.ts';

const epoch = (number: number, loss: number) => ({ epoch: number, seconds: 1, loss, accuracy: 0.5 });
/** The losses of epochs that learn their training series, and of epochs that do not. */
const FALLING = [epoch(1, 0.69), epoch(2, 0.2)];
const FLAT = [epoch(1, 0.6932), epoch(2, 0.6925)];

const CLASSES = { output: { kind: 'binary' }, history: FALLING } as const;
const NUMBERS = { output: { kind: 'regression' }, history: FALLING } as const;

/** Alternating labels, of which the first `wrong` are predicted wrong, each with this probability of its class. */
function guesses(samples: number, wrong: number, sure = 0.95) {
  const y = Float32Array.from({ length: samples }, (_, n) => n % 2);
  const values = y.map((label, n) => (n < wrong ? 1 - label : label) * (2 * sure - 1) + (1 - sure));
  return { part: 'validation', y, values } as const;
}

describe('what labels and predictions show', () => {
  it('claims seven of seven right, and says of six that so few cannot tell', () => {
    const all = judge(CLASSES, guesses(7, 0));
    expect(all).toMatchObject({ learned: true, part: 'validation', samples: 7 });
    expect(all.chance).toBeCloseTo((4 / 7) ** 4 * (3 / 7) ** 3, 4);
    expect(judge(CLASSES, guesses(7, 1))).toMatchObject({ learned: false, reason: 'few-series' });
    expect(judge(CLASSES, guesses(6, 0))).toMatchObject({ learned: false, reason: 'few-series' });
  });

  it('claims a model that is right more often than a guess, also where it is too sure of itself', () => {
    const verdict = judge(CLASSES, guesses(100, 25, 0.9999));
    expect(verdict.learned).toBe(true);
    expect(verdict.loss).toBeGreaterThan(verdict.constantLoss);
  });

  it('names series that are learned by heart: the training loss has fallen, others are guessed', () => {
    expect(judge(CLASSES, guesses(100, 50))).toMatchObject({ learned: false, reason: 'memorised' });
    expect(judge({ ...CLASSES, history: FLAT }, guesses(100, 50))).toMatchObject({ reason: 'untrained' });
    expect(judge({ ...CLASSES, history: [] }, guesses(100, 0))).toMatchObject({ learned: false, reason: 'no-epoch' });
  });

  it('claims nothing of a difference that is sure and too small to matter', () => {
    const verdict = judge(CLASSES, guesses(120_000, 58_800, 0.501));
    expect(verdict.chance).toBeLessThan(1e-4);
    expect(verdict.learned).toBe(false);
  });

  it('knows nothing from series of one class, nor from one constant prediction', () => {
    const y = new Float32Array(50).fill(1);
    expect(judge(CLASSES, { part: 'test', y, values: y })).toMatchObject({ learned: false, reason: 'few-series' });
    const labels = Float32Array.from({ length: 50 }, (_, n) => (n % 5 === 0 ? 1 : 0));
    for (const p of [0, 0.2, 0.9]) {
      const verdict = judge(CLASSES, { part: 'test', y: labels, values: new Float32Array(50).fill(p) });
      expect(verdict).toMatchObject({ learned: false, chance: 1 });
    }
  });

  it('looks at the order of numbers and at the variance that they explain', () => {
    const y = Float32Array.from({ length: 30 }, (_, n) => 300_000 + 1000 * n);
    const judged = (predict: (label: number, n: number) => number) =>
      judge(NUMBERS, { part: 'validation', y, values: y.map(predict) });
    expect(judged((label) => label + 100)).toMatchObject({ learned: true });
    expect(judged(() => 314_500)).toMatchObject({ learned: false, chance: 1, reason: 'memorised' });
    expect(judged((label) => label + 50_000).learned).toBe(false);
    expect(judged((_, n) => 314_500 + 5000 * (n % 2)).learned).toBe(false);
    const few = y.subarray(0, 4);
    expect(judge(NUMBERS, { part: 'validation', y: few, values: few })).toMatchObject({ reason: 'few-series' });
    expect(judge(NUMBERS, { part: 'validation', y: y.subarray(0, 6), values: y.subarray(0, 6) }).learned).toBe(true);
  });
});

describe('of predictions that know nothing of the labels', () => {
  const random = new NumpyRandom(5);
  const RUNS = 1000;
  const share = (judgeOne: () => Verdict) =>
    Array.from({ length: RUNS }, judgeOne).filter((v) => v.learned).length / RUNS;

  it.each([
    [7, 2],
    [16, 2],
    [40, 4],
    [500, 3],
  ])('it claims at most one in a hundred: %i series of %i classes', (samples, classes) => {
    const output = classes === 2 ? ({ kind: 'binary' } as const) : ({ kind: 'categorical', classes } as const);
    const claimed = share(() => {
      const y = Float32Array.from({ length: samples }, () => Math.floor(classes * random.double()));
      const sure = 1 + 9 * random.double(); // From timid to sure of itself.
      const logits = Array.from({ length: samples * classes }, () => sure * random.normal());
      const values = classes === 2 ? sigmoids(logits, samples) : softmaxes(logits, classes);
      return judge({ output, history: FALLING }, { part: 'validation', y, values });
    });
    expect(claimed).toBeLessThanOrEqual(0.01);
  });

  it.each([5, 7, 30, 500])('it claims at most one in a hundred: %i numbers', (samples) => {
    const claimed = share(() => {
      const [y, values] = [1, 0.3].map((spread) =>
        Float32Array.from({ length: samples }, () => spread * random.normal() ** 3),
      );
      return judge(NUMBERS, { part: 'validation', y, values });
    });
    expect(claimed).toBeLessThanOrEqual(0.01);
  });
});

function sigmoids(logits: number[], samples: number): Float32Array {
  return Float32Array.from({ length: samples }, (_, n) => 1 / (1 + Math.exp(-logits[n])));
}

function softmaxes(logits: number[], classes: number): Float32Array {
  const powers = logits.map(Math.exp);
  return Float32Array.from(powers, (power, i) => {
    const first = i - (i % classes);
    return power / powers.slice(first, first + classes).reduce((a, b) => a + b);
  });
}

const SAMPLES = 80;

/** Series of two steps; the label of each is a class or a number. */
function setOf(label: (x: Float32Array, n: number) => number, isNumber = false): SeriesSet {
  const random = new NumpyRandom(3);
  const x = Float32Array.from({ length: 2 * SAMPLES }, () => random.normal());
  const y = Float32Array.from({ length: SAMPLES }, (_, n) => label(x.subarray(2 * n, 2 * n + 2), n));
  const shape = { samples: SAMPLES, timeSteps: 2, inputDim: 1, channelNames: ['load'] };
  const target: Target = isNumber
    ? { kind: 'number', name: 'price' }
    : { kind: 'class', name: 'label', classes: ['calm', 'storm'] };
  return { name: 'load.csv', ...shape, x, y, target };
}

const SMALL = { units: 2, batchSize: 20, validationSplit: 0.25, learningRate: 0.1 };

/** Trains on the float64 references. */
async function train(set: SeriesSet, settings: Partial<SeriesSettings>, signal?: AbortSignal): Promise<FitResult> {
  const prepared = prepareSeries(set, { ...DEFAULTS, ...SMALL, ...settings });
  const source = { samples: SAMPLES, parts: prepared.parts, load: () => prepared.set };
  const run = fitModel(REFERENCE_STEPPERS, prepared.config, source, { signal });
  let next = await run.next();
  while (!next.done) next = await run.next();
  return next.value;
}

describe('a run', () => {
  const byFirst = (x: Float32Array) => (x[0] > 0 ? 1 : 0);

  it('that has learned classes or numbers says so, by those that validate', async () => {
    const { verdict } = await train(setOf(byFirst), { epochs: 15 });
    expect(verdict).toMatchObject({ learned: true, part: 'validation', samples: 20 });
    expect(describeUntrained(verdict)).toBeUndefined();
    const numbers = await train(
      setOf((x) => 300_000 + 1000 * x[0], true),
      { epochs: 15 },
    );
    expect(numbers.verdict.learned).toBe(true);
  });

  it('is judged by the training series if no others are there', async () => {
    const { verdict, evaluation } = await train(setOf(byFirst), { epochs: 15, validationSplit: 0 });
    expect(verdict).toMatchObject({ learned: true, part: 'training', samples: SAMPLES });
    expect(evaluation.validation).toBeUndefined();
  });

  it('whose learning rate is too small has not been trained yet', async () => {
    for (const set of [setOf(byFirst), setOf((x) => x[0], true)]) {
      const { verdict } = await train(set, { epochs: 3, learningRate: 1e-6 });
      expect(verdict).toMatchObject({ learned: false });
      expect(describeUntrained(verdict)).toMatch(/^Not trained yet/);
    }
  });

  it('that was stopped before its first epoch was over has not been trained yet', async () => {
    const stopped = AbortSignal.abort();
    const { verdict } = await train(setOf(byFirst), { epochs: 3 }, stopped);
    expect(verdict).toMatchObject({ learned: false, reason: 'no-epoch' });
  });

  it.each([
    ['its last epoch', {}],
    ['the epoch that fits the validation part best', { patience: 3 }],
  ])(
    'on labels by lot claims nothing in at least 99 of 100 seeds, with %s',
    async (_, early) => {
      let claims = 0;
      for (let seed = 0; seed < 100; seed++) {
        const random = new NumpyRandom([seed, 1]);
        const set = setOf(() => (random.double() < 0.5 ? 1 : 0));
        const { verdict } = await train(set, { epochs: 6, seed, ...early });
        if (verdict.learned) claims++;
      }
      expect(claims).toBeLessThanOrEqual(1);
    },
    120_000,
  );

  it('leaves its verdict in its model; a checkpoint has none', async () => {
    const { checkpoint, parameters, verdict } = await train(setOf(byFirst), { epochs: 1 });
    const context = { series: unnamedSeries(checkpoint.config) };
    const file = (end?: { parameters: Float32Array; verdict: Verdict }) =>
      readModel('model', writeModel(modelAt(checkpoint, context, end)));
    expect(file({ parameters, verdict }).verdict).toEqual(verdict);
    expect(file().verdict).toBeUndefined();
    const unknown = { ...verdict, reason: 'bad luck' } as unknown as Verdict;
    expect(() => file({ parameters, verdict: unknown })).toThrow(/verdict\.reason "bad luck"/);
  });
});

describe('the sentence about a run that has not learned', () => {
  const verdict = {
    learned: false,
    part: 'validation',
    samples: 7,
    loss: 0.705,
    constantLoss: 0.7006,
    chance: 0.062,
  } as const;
  it.each([
    ['no-epoch', /^Not trained yet: no epoch was finished/],
    ['untrained', /loss 0\.7050 against 0\.7006\)\. Try more --epochs or a larger --learningRate\.$/],
    ['few-series', /as far as 7 validation series can tell: .* 6\.2 % of cases\. .* larger --validationSplit\.$/],
    ['memorised', /for other series: .* a --patience, an --l2 or fewer --units\.$/],
  ] as const)('names the reason and the next step: %s', (reason, sentence) => {
    expect(describeUntrained({ ...verdict, reason }, (name) => `--${name}`)).toMatch(sentence);
  });
});
