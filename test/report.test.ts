import { describe, expect, it } from 'vitest';
import { renderReport } from '../src/cli/report.ts';
import { linearAxis, logAxis, niceStep } from '../src/cli/report_axes.ts';
import { epochAxis, thin } from '../src/cli/report_charts.ts';
import { escapeHtml, html } from '../src/cli/report_html.ts';
import { unnamedSeries } from '../src/formats/saved_model.ts';
import { EXPERIMENT, type ExperimentConfig } from '../src/model/config.ts';
import { summarize } from '../src/model/summary.ts';
import { compare } from '../src/train/evaluation.ts';
import type { TrainResult } from '../src/train/train_result.ts';
import { madeEnd } from './made_training.ts';
import { expectBalanced } from './well_formed.ts';

const META = { version: '0.1.0', command: 'train --epochs 20', date: '2025-01-15', runtime: 'Node' };

/** A plausible run: the planted step has half of each channel's attention. */
function run(over: Partial<ExperimentConfig> = {}): TrainResult {
  const config = { ...EXPERIMENT, ...over };
  const { timeSteps: T, inputDim: D, epochs } = config;
  const other = T > 1 ? 0.5 / (T - 1) : 0;
  const values = Array.from({ length: T * D }, (_, i) =>
    Math.floor(i / D) === config.attentionColumn ? 1 - other * (T - 1) : other,
  );
  const history = Array.from({ length: epochs }, (_, i) => ({
    epoch: i + 1,
    seconds: 7,
    loss: 0.7 * 0.9 ** i,
    accuracy: 1 - 0.5 * 0.9 ** i,
    ...(config.validationSplit > 0 && { valLoss: 0.6 * 0.9 ** i, valAccuracy: 1 - 0.4 * 0.9 ** i }),
  }));
  const adapter = {
    vendor: 'v',
    architecture: 'a',
    description: 'Model 7',
    isSoftware: false,
    features: [],
    limits: {},
  };
  return {
    config,
    adapter,
    history,
    attention: { timeSteps: T, inputDim: D, values },
    parametersSha256: 'ab'.repeat(32),
    stopped: false,
    seconds: 140,
    ...madeEnd(config, history),
    series: { training: 0.9 * config.samples, validation: 0.1 * config.samples, test: 0 },
  };
}

function render(result = run(), meta = META, target = unnamedSeries(result.config)): string {
  return renderReport(result, summarize(result.config), meta, target);
}

function count(text: string, part: string | RegExp): number {
  return text.split(part).length - 1;
}

describe('renderReport', () => {
  it('tells the outcome, the settings, the parameters and where it ran', () => {
    const page = render();
    expect(page).toContain('<h1>94.60% of the validation samples are classified correctly after 20 epochs</h1>');
    expect(page).toContain('largest at time step 10, where the label was planted: 0.5000, 32.0 times a uniform share.');
    expect(page).toContain('<th scope="row">Training samples</th><td>54,000</td>');
    expect(page).toContain('<th scope="row">Parameters</th><td>8,545</td>');
    expect(page).toContain('<th scope="row">Adapter</th><td>Model 7</td>');
    expect(page).toContain('ab'.repeat(32));
    expect(page).toContain('Training report, 2025-01-15<');
    expect(render(run(), { ...META, date: '2025-01-15T14:03:22.123Z' })).toContain('report, 2025-01-15 14:03 UTC<');
    expectBalanced(page);
  });

  it('of a run that has not learned names no time step and no accuracy as its outcome', () => {
    const verdict = { learned: false, reason: 'untrained', part: 'validation', samples: 6000 } as const;
    const losses = { loss: 0.705, constantLoss: 0.7, chance: 0.4 };
    const page = render({ ...run({ inputDim: 2, epochs: 1 }), verdict: { ...verdict, ...losses } });
    expect(page).toContain('<h1>Not trained yet after 1 epoch</h1>');
    expect(page).toContain('Try more --epochs or a larger --learning-rate.');
    expect(page).not.toMatch(/largest at|Largest at step|classified correctly after|Attention at step/);
    expectBalanced(page);
  });

  it('needs nothing else: no script, no request', () => {
    const page = render();
    expect(page).not.toMatch(/<script|http|url\((?!#)|@import|<link|<img|\bsrc=|\bon[a-z]+=/i);
  });

  it.each(['adapter', 'vendor', 'architecture', 'hash', 'command', 'version', 'date', 'runtime'])(
    'escapes a hostile %s',
    (where) => {
      const hostile = `</title></style><script>alert("1")</script><img src=x onerror='alert(2)'>&amp;`;
      const result = run();
      const meta = { ...META };
      if (where === 'adapter') result.adapter.description = hostile;
      else if (where === 'vendor' || where === 'architecture') result.adapter[where] = hostile;
      else if (where === 'hash') result.parametersSha256 = hostile;
      else meta[where as keyof typeof META] = hostile;
      const page = render(result, meta);
      expect(page).not.toMatch(/<script|<img/);
      expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;');
      expect(page).toContain('&amp;amp;');
      expect(count(page, '</title>')).toBe(count(render(), '</title>'));
      expectBalanced(page);
    },
  );

  it('draws both curves, every step of the attention and the planted one apart', () => {
    const page = render();
    expect(count(page, '<polyline class="train"')).toBe(2);
    expect(count(page, '<polyline class="validation"')).toBe(2);
    expect(count(page, '<rect class="bar"')).toBe(63);
    expect(count(page, '<rect class="planted"')).toBe(1);
    expect(page).toMatch(/<rect class="planted"[^>]*><title>step 10: 0\.5000<\/title>/);
    expect(count(page, '<line class="uniform"')).toBe(1);
    expect(count(page, 'role="img"')).toBe(count(page, '<desc id='));
  });

  it('draws the model with its branch', () => {
    const page = render();
    expect(page).toContain('<tspan class="name">dense</tspan>: Dense');
    expect(page).toContain('>4,160 parameters<');
    expect(page).toContain('input_1 and attention_vec to multiply');
    expect(count(page, '<path class="edge"')).toBe(7);
    expect(count(page, /<path class="edge" d="M44 /)).toBe(1);
  });

  it('knows a run without validation', () => {
    const page = render(run({ validationSplit: 0 }));
    expect(page).toContain('% of the training samples are classified');
    expect(page).toContain('Training accuracy');
    expect(page).not.toMatch(/Val\. loss|class="validation"|NaN|undefined|Infinity/);
    expectBalanced(page);
  });

  it.each([
    ['one epoch', run({ epochs: 1 })],
    ['one time step', run({ timeSteps: 1, attentionColumn: 0 })],
    ['several channels', run({ inputDim: 3, singleAttentionVector: true })],
    ['many steps', run({ timeSteps: 1024, attentionColumn: 1023 })],
    ['a loss of zero', { ...run(), history: [{ epoch: 1, seconds: 1, loss: 0, accuracy: 1 }] }],
    ['no epoch', { ...run(), history: [], stopped: true }],
  ])('stands with %s', (_, result) => {
    const page = render(result);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
    for (const [, value] of page.matchAll(/(?:width|height|x|y|cx|cy)="(-?[\d.e-]+)%"/g)) {
      expect(Number(value)).toBeGreaterThanOrEqual(0);
      expect(Number(value)).toBeLessThanOrEqual(100);
    }
    expectBalanced(page);
  });

  it('lists the channels where there are several', () => {
    const result = run({ inputDim: 3 });
    const channelNames = ['vib', '<temp>', 'load'];
    const page = render(result, META, { ...unnamedSeries(result.config), channelNames });
    expect(page).toContain('Attention by channel');
    expect(page).toContain('&lt;temp&gt;</li>');
    expect([...page.matchAll(/<polyline class="line-(\d)"/g)].map(([, i]) => i)).toEqual(['0', '1', '2']);
    expect([...page.matchAll(/<line class="line-(\d)"/g)].map(([, i]) => i)).toEqual(['0', '1', '2']);
    expect(page).toContain('<tr><td>load</td><td>10</td><td>0.5000</td><td>0.5000</td></tr>');
    expect(render()).not.toContain('Attention by channel');
  });

  it('says that a run was stopped, and that the attention lies elsewhere', () => {
    const result = { ...run(), stopped: true };
    result.history = result.history.slice(0, 7);
    result.attention.values = result.attention.values.map((_, t) => (t === 31 ? 0.9 : 0.1 / 63));
    const page = render(result);
    expect(page).toContain('7 of 20 epochs were completed');
    expect(page).toContain(
      'largest at time step 31 (0.9000). At step 10, where the label was planted, it is 0.0016, 0.1',
    );
  });

  it('tells of own series by class: no planted step, the confusion matrices of validation and test, the best epoch', () => {
    const made = run();
    const { samples: _, attentionColumn: __, validationSplit: ___, ...config } = made.config;
    const classes = ['up & away', 'down'];
    const result: TrainResult = { ...made, config, bestEpoch: 12, series: { training: 20, validation: 3, test: 3 } };
    result.evaluation = { validation: made.evaluation.validation, test: made.evaluation.validation };
    const page = render(result, META, { ...unnamedSeries(config), target: { kind: 'class', name: 'way', classes } });
    expect(page).toContain('The attention is largest at time step 10: 0.5000, 32.0 times a uniform share.');
    expect(page).not.toMatch(/planted step|was planted/);
    expect(page).toContain('The parameters are those of epoch 12, the best.');
    expect(page).toContain(`<h1>${(100 * (1 - 0.4 * 0.9 ** 11)).toFixed(2)}% of the validation samples`);
    expect(page).toContain('<th scope="row">Test samples</th><td>3</td>');
    for (const part of ['Validation', 'Test']) {
      expect(page).toContain(`<h2>${part}</h2>\n<p>Accuracy 0.6667 on 3 series, loss 0.5000.</p>`);
      expect(page).toContain(`Confusion matrix, ${part.toLowerCase()}</title>`);
    }
    expect(count(page, '<title>up &amp; away taken for down: 1 of 2</title>')).toBe(2);
    expect(page).toContain('<tr><td>up &amp; away</td><td>1.0000</td><td>0.5000</td><td>0.6667</td><td>2</td></tr>');
    expect(count(page, 'role="img"')).toBe(count(page, '<desc id='));
    expectBalanced(page);
  });

  it('leaves out a confusion matrix that nobody could read', () => {
    const classes = Array.from({ length: 65 }, (_, i) => `class ${i}`);
    const labels = Float32Array.from(classes, (_, i) => i);
    const values = Float32Array.from({ length: 65 * 65 }, (_, i) => (i % 66 === 0 ? 1 : 0));
    const result = run();
    const output = { kind: 'categorical', classes: 65 } as const;
    result.evaluation = { validation: { loss: 0.5, ...compare({ output }, values, labels) } };
    const page = render(result, META, { ...unnamedSeries(EXPERIMENT), target: { kind: 'class', name: 'y', classes } });
    expect(page).toContain('Accuracy 1.0000 on 65 series');
    expect(page).toContain('The confusion matrix of 65 classes is in history.json.');
    expect(page).not.toContain('Confusion matrix, validation');
  });

  it('tells of numbers by their errors and residuals', () => {
    const config = { ...EXPERIMENT, output: { kind: 'regression' } as const };
    const history = [1, 2].map((epoch) => ({
      epoch,
      seconds: 1,
      loss: 1 / epoch,
      meanAbsoluteError: 0.5 / epoch,
      valLoss: 2 / epoch,
      valMeanAbsoluteError: 0.75 / epoch,
    }));
    const comparison = compare(config, Float32Array.of(1, 2.5, 2), Float32Array.of(1, 2, 4));
    const result = { ...run(), config, history, evaluation: { test: { loss: 1.4, ...comparison } } };
    const page = render(result);
    expect(page).toContain('<h1>The mean absolute error of the validation samples is 0.3750 after 2 epochs</h1>');
    expect(page).toContain('The loss went down no more: 2 of 20 epochs were trained.');
    expect(page).toContain('Mean absolute error by epoch. training: 0.5000 to 0.2500; validation: 0.7500 to 0.3750.');
    expect(page).toContain('mean squared error, logarithmic axis');
    expect(page).toContain('<th scope="col">Val. mean absolute error</th>');
    expect(page).toContain('Mean absolute error 0.8333, root mean square 1.190, R² 0.0893 on 3 series, loss 1.4000.');
    expect(page).toMatch(/cx="33\.333%" cy="37\.5%" r="3"><title>2\.000: 0\.500<\/title>/);
    expect(page).toContain('Residuals of 3 series by their labels. The largest is 2.00.');
    expect(page).not.toMatch(/[Aa]ccuracy|NaN|undefined/);
    expectBalanced(page);
  });

  it('thins a long run and says so', () => {
    const page = render(run({ epochs: 100_000 }));
    const rows = page.slice(page.indexOf('<h2>Epochs'));
    expect(count(rows, '<tr>')).toBe(201);
    expect(rows).toContain('<td>100000</td>');
    expect(rows).toContain('history.csv has every one');
    expect(page.length).toBeLessThan(200_000);
  });
});

describe('the axes', () => {
  it('step by 1, 2 or 5', () => {
    expect([0.03, 0.011, 0.7, 1, 3, 7].map(niceStep)).toEqual([0.05, 0.02, 1, 1, 5, 10]);
  });

  it('write round values inside their range', () => {
    const axis = linearAxis(0.47, 1, 6);
    expect(axis.ticks.map(axis.format)).toEqual(['0.5', '0.6', '0.7', '0.8', '0.9', '1.0']);
    expect(axis.position(1)).toBe(1);
    expect(axis.position(0.735)).toBeCloseTo(0.5);
  });

  it.each([
    [
      [1e-6, 0.7],
      ['1e-6', '1e-5', '0.0001', '0.001', '0.01', '0.1', '1'],
    ],
    [
      [0.02, 0.7],
      ['0.02', '0.05', '0.1', '0.2', '0.5'],
    ],
    [
      [0.68, 0.7],
      ['0.67', '0.68', '0.69', '0.7', '0.71'],
    ],
  ])('logarithmic around %j', (values, labels) => {
    const axis = logAxis(values);
    expect(axis.ticks.map(axis.format)).toEqual(labels);
    expect(axis.position(values[0])).toBeLessThan(axis.position(values[1]));
    expect(axis.position(Math.sqrt(values[0] * values[1]))).toBeCloseTo(0.5);
  });

  it('count epochs from 1', () => {
    expect(epochAxis(20).ticks).toEqual([1, 5, 10, 15, 20]);
    expect(epochAxis(3).ticks).toEqual([1, 2, 3]);
    expect(epochAxis(1).position(1)).toBe(0.5);
  });

  it('thin to the last', () => {
    expect(thin([1, 2, 3, 4, 5, 6, 7], 3)).toEqual([1, 4, 7]);
    expect(thin([1, 2, 3], 3)).toEqual([1, 2, 3]);
  });
});

describe('html', () => {
  it('escapes inserts once, and markup not', () => {
    expect(html`<p title="${'"<'}">${html`<b>${'&'}</b>`}${['a', html`<i/>`]}${undefined}${3}</p>`.text).toBe(
      '<p title="&quot;&lt;"><b>&amp;</b>a<i/>3</p>',
    );
    expect(escapeHtml(`<>&"'`)).toBe('&lt;&gt;&amp;&quot;&#39;');
  });
});
