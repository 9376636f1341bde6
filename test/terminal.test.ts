import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { progressLine, secondsLeft, TrainProgress } from '../src/cli/progress.ts';
import { attentionChart, createTerminal, plainText, type Terminal, table, textWidth } from '../src/cli/terminal.ts';
import type { JobEvent } from '../src/jobs/protocol.ts';
import { EXPERIMENT } from '../src/model/config.ts';
import { summarize } from '../src/model/summary.ts';
import { summaryTable } from '../src/model/summary_table.ts';

type EventOf<Type extends JobEvent['type']> = Extract<JobEvent, { type: Type }>;

const ESC = String.fromCharCode(27);
const ADAPTER = { vendor: 'v', architecture: 'a', description: 'Model 7', isSoftware: true, features: [], limits: {} };
const STEP: EventOf<'step'> = {
  type: 'step',
  epoch: 1,
  step: 128,
  steps: 211,
  seconds: 12,
  samplesPerSecond: 1234.4,
  loss: 0.6425,
  accuracy: 0.5021,
};
const EPOCH: EventOf<'epoch'> = {
  type: 'epoch',
  epoch: 3,
  epochs: 20,
  steps: 211,
  seconds: 7.2,
  loss: 0.33821,
  accuracy: 0.85041,
  valLoss: 0.21629,
  valAccuracy: 0.91421,
};

/** A terminal that keeps what was written. */
function recorder(over: Partial<Terminal> = {}): Terminal & { text: string } {
  return {
    isTTY: false,
    columns: 80,
    color: false,
    text: '',
    write(text) {
      this.text += text;
    },
    ...over,
  };
}

/** The text on a screen after carriage returns and erasures. Throws at any other control sequence. */
function seen(text: string): string {
  const left = text.split('\n').map((line) => line.split(`\r${ESC}[K`).at(-1) ?? '');
  if (/[\p{Cc}]/u.test(left.join(''))) throw new Error(`control characters left: ${JSON.stringify(left)}`);
  return left.join('\n');
}

function widest(text: string): number {
  return Math.max(...text.split('\n').map(textWidth));
}

function stream(over: object = {}): NodeJS.WriteStream {
  return { isTTY: true, columns: 120, write: () => true, ...over } as unknown as NodeJS.WriteStream;
}

describe('createTerminal', () => {
  it.each([
    ['a terminal', {}, {}, true, true],
    ['a pipe', { isTTY: undefined }, {}, false, false],
    ['NO_COLOR', {}, { NO_COLOR: '1' }, true, false],
    ['an empty NO_COLOR', {}, { NO_COLOR: '' }, true, true],
    ['FORCE_COLOR in a pipe', { isTTY: false }, { FORCE_COLOR: '1' }, false, true],
    ['FORCE_COLOR=0', {}, { FORCE_COLOR: '0' }, true, false],
    ['NO_COLOR beside FORCE_COLOR', {}, { NO_COLOR: 'x', FORCE_COLOR: '1' }, true, false],
    ['TERM=dumb', {}, { TERM: 'dumb', FORCE_COLOR: '1' }, false, false],
  ])('%s', (_, over, env, isTTY, color) => {
    expect(createTerminal(stream(over), env as NodeJS.ProcessEnv)).toMatchObject({ isTTY, color });
  });

  it('follows the width of the window, and takes 80 where there is none', () => {
    const window = stream();
    const terminal = createTerminal(window, {});
    expect(terminal.columns).toBe(120);
    window.columns = 50;
    expect(terminal.columns).toBe(50);
    window.columns = 0;
    expect(terminal.columns).toBe(80);
  });
});

describe('plainText', () => {
  it('leaves nothing that steers a terminal', () => {
    expect(plainText(`a${ESC}[31mb${ESC}[0m\r\nc\u202ed`)).toBe('ab c d');
  });
});

describe('table', () => {
  it('aligns coloured cells by what is seen of them', () => {
    const text = table(
      ['name', 'error'],
      [
        [`${ESC}[32mok${ESC}[39m`, '1'],
        ['longer', '12.5'],
      ],
      ['left', 'right'],
    );
    expect(stripVTControlCharacters(text).split('\n')).toEqual([
      'name    error',
      '------  -----',
      'ok          1',
      'longer   12.5',
    ]);
  });

  it('stands without rows', () => {
    expect(table(['a', 'bc'], [])).toBe('a  bc\n-  --');
  });
});

describe('summaryTable', () => {
  const layers = summarize(EXPERIMENT);

  it('shows the layers, their connections and the total in 80 columns', () => {
    const text = summaryTable(layers, 80);
    expect(widest(text)).toBeLessThanOrEqual(80);
    expect(text).toMatch(/^dense \(Dense\) +\(None, 1, 64\) +4,160 +permute\[0\]\[0\]$/m);
    expect(text).toMatch(/^multiply \(Multiply\) .* input_1\[0\]\[0\]\n +attention_vec\[0\]\[0\]$/m);
    expect(text).toContain('\nTotal params: 8,545\nTrainable params: 8,545\nNon-trainable params: 0\n');
  });

  it('fits the largest model in 80 columns with all of them', () => {
    const largest = { timeSteps: 1024, inputDim: 64, units: 256, singleAttentionVector: true };
    const text = summaryTable(summarize(largest), 80);
    expect(text).toContain('Connected to');
    expect(text).toMatch(/^global_average_pooling1… +\(None, 1024\) +0 +dense\[0\]\[0\]$/m);
    expect(widest(text)).toBeLessThanOrEqual(80);
  });

  it('is what Keras prints, as wide as its cells', () => {
    const rows = [
      { name: 'a', type: 'InputLayer', outputShape: '(None, 4)', parameters: 0, from: [] },
      { name: 'sum', type: 'Add', outputShape: '(None, 2000)', parameters: 1500, from: ['a', 'a_longer_name'] },
    ];
    const table = [
      '______________________________________________________________',
      'Layer (type)    Output Shape  Param #  Connected to',
      '==============================================================',
      'a (InputLayer)  (None, 4)     0',
      'sum (Add)       (None, 2000)  1,500    a[0][0]',
      '                                       a_longer_name[0][0]',
      '==============================================================',
      'Total params: 1,500',
      'Trainable params: 1,500',
      'Non-trainable params: 0',
      '______________________________________________________________',
    ];
    const fits = table.map((line) => (/^[_=]/.test(line) ? line.slice(0, 58) : line));
    for (const columns of [58, 59, 200]) expect(summaryTable(rows, columns).split('\n')).toEqual(fits);
    // Below that, cells of up to 24 letters stay whole, and the last column goes.
    expect(summaryTable(rows, 57).split('\n')[4]).toBe('sum (Add)       (None, 2000)  1,500');
    expect(summaryTable(rows, 57).split('\n')[0]).toBe('_'.repeat(37));
    expect(summaryTable(rows, 57)).not.toMatch(/\n\n/);
    expect(summaryTable(rows, 37).split('\n')[4]).toBe('sum (Add)       (None, 2000)  1,500');
    expect(summaryTable(rows, 36).split('\n')[4]).toBe('sum (Add)       (None, 2000)');
    expect(summaryTable(rows, 10).split('\n').slice(0, 5)).toEqual([
      '_'.repeat(10),
      'Layer (typ',
      '='.repeat(10),
      'a (InputLa',
      'sum (Add)',
    ]);
  });

  it('cuts the widest cells to 24 letters before it leaves a column out', () => {
    const rows = [
      { name: 'n'.repeat(30), type: 'T', outputShape: 's'.repeat(29), parameters: 0, from: ['f'.repeat(9)] },
    ];
    const lineOf = (columns: number) => summaryTable(rows, columns).split('\n')[3];
    const line = (n: number, letters: number) => `${'n'.repeat(n)}…  ${'s'.repeat(letters)}`;
    expect(lineOf(91)).toBe(`${'n'.repeat(30)} (T)  ${'s'.repeat(29)}  0        fffffffff[0][0]`);
    expect(lineOf(86)).toBe(`${line(28, 29)}  0        fffffffff[0][0]`);
    expect(lineOf(76)).toBe(`${line(23, 23)}…  0        fffffffff[0][0]`);
    expect(lineOf(75)).toBe(`${line(23, 23)}…  0`);
  });

  it.each([10, 30, 50])('keeps to %d columns', (columns) => {
    const text = summaryTable(layers, columns);
    expect(widest(text)).toBeLessThanOrEqual(columns);
    if (columns === 50) expect(text).toMatch(/^lstm \(LSTM\) +\(None, 32\) +4,352$/m);
  });
});

describe('attentionChart', () => {
  const attention = Array.from({ length: 20 }, (_, t) => (t === 10 ? 0.43 : 0.03));

  it('has a row a step, the planted one marked, the largest filling the width', () => {
    const lines = attentionChart(attention, { columns: 80, marked: 10, color: false }).split('\n');
    expect(lines).toHaveLength(21);
    expect(lines[0]).toContain('1/20 = 0.0500');
    expect(lines[11]).toMatch(/^10 0\.4300 █+ ◀ planted$/);
    expect(lines[11]).toHaveLength(79);
    expect(lines.filter((line) => line.includes('◀'))).toHaveLength(1);
    expect(lines[1]).toMatch(/^ 0 0\.0300 ████▏?$/);
  });

  it('draws a bar to an eighth of a column', () => {
    const lines = attentionChart([0.5, 0.25, 0.015625], { columns: 26, color: false }).split('\n');
    expect(lines.slice(-3)).toEqual([`0 0.5000 ${'█'.repeat(16)}`, `1 0.2500 ${'█'.repeat(8)}`, '2 0.0156 ▌']);
  });

  it('shows where uniform lies, unless that is hidden at the start', () => {
    const even = attention.map((_, t) => (t === 10 ? 0.24 : 0.04));
    const text = attentionChart(even, { columns: 80, marked: 10, uniform: true, color: false });
    expect(text.match(/┊/g)).toHaveLength(20);
    expect(attentionChart(even, { columns: 80, marked: 10, color: false })).not.toContain('┊');
    const sharp = attention.map((_, t) => (t === 10 ? 0.981 : 0.001));
    expect(attentionChart(sharp, { columns: 80, marked: 10, uniform: true, color: false })).not.toContain('┊');
  });

  it('beyond 64 steps shows the 32 largest and the planted one, in order of time', () => {
    const many = Array.from({ length: 200 }, (_, t) => (t >= 100 && t < 140 ? 0.02 + t * 1e-5 : 0.001));
    const text = attentionChart(many, { columns: 80, marked: 3, color: false });
    const steps = [...text.matchAll(/^ *(\d+) 0\./gm)].map(([, step]) => Number(step));
    expect(steps).toEqual([3, ...Array.from({ length: 32 }, (_, i) => 108 + i)]);
    expect(text).toContain('The 32 largest of 200 steps and the planted one');
    expect(attentionChart(many, { columns: 80, marked: 120, color: false })).not.toContain('and the planted one');
    expect(attentionChart(many.slice(0, 64), { columns: 80, color: false }).split('\n')).toHaveLength(65);
  });

  it.each([20, 39, 40, 80, 200])('keeps to %d columns, coloured or not', (columns) => {
    for (const values of [attention, Array.from({ length: 1024 }, () => 1 / 1024), [1]]) {
      for (const color of [true, false]) {
        const text = attentionChart(values, { columns, marked: 0, uniform: true, color });
        expect(widest(text)).toBeLessThan(columns);
        expect(text.includes(ESC)).toBe(color);
      }
    }
  });
});

describe('progressLine', () => {
  it('shows all there is where there is room', () => {
    expect(progressLine(STEP, 8, 140)).toBe(
      '128/211 [==================>...........] 1,234 samples/s - elapsed 0:12 - left 0:08 - loss: 0.6425 - accuracy: 0.5021',
    );
    expect(progressLine({ ...STEP, step: 211, loss: undefined, accuracy: undefined }, 0, 140)).toContain(
      `211/211 [${'='.repeat(30)}] `,
    );
  });

  it('shows the metric of a model that predicts numbers', () => {
    const { accuracy: _, ...step } = STEP;
    expect(progressLine({ ...step, meanAbsoluteError: 0.25 }, 8, 140)).toMatch(
      /loss: 0\.6425 - mean_absolute_error: 0\.2500$/,
    );
  });

  it('drops fields from the right and never fills the last column', () => {
    expect(progressLine(STEP, 8, 80)).toMatch(/left 0:08 - loss: 0\.6425$/);
    expect(progressLine(STEP, 8, 60)).toMatch(/elapsed 0:12$/);
    for (let columns = 1; columns <= 140; columns++) {
      const line = progressLine(STEP, 8, columns);
      expect(line.length).toBeLessThan(columns);
      expect(line).toBe(line.trimEnd());
    }
  });

  it('estimates what is left of the whole run, validation included', () => {
    const half = { ...STEP, step: 50, steps: 100, seconds: 10 };
    expect(secondsLeft(half, 1, 0)).toBeCloseTo(10);
    expect(secondsLeft(half, 4, 0)).toBeCloseTo(70);
    expect(secondsLeft({ ...half, epoch: 2 }, 4, 0)).toBeCloseTo((250 * 10) / 150);
    expect(secondsLeft({ ...half, step: 100 }, 1, 0.3)).toBeCloseTo(1);
    expect(secondsLeft({ ...half, step: 100, epoch: 4 }, 4, 0)).toBeCloseTo(0);
  });
});

describe('TrainProgress', () => {
  const data: JobEvent = {
    type: 'data',
    samples: 60000,
    trainingSamples: 54000,
    validationSamples: 6000,
    seconds: 0.1,
  };

  it('tells what the tuner chose, within 80 columns', () => {
    const terminal = recorder();
    const progress = new TrainProgress(terminal, { epochs: 20 });
    const tiles = { lstm_forward: 'samples/8/4/shared', lstm_backward: 'samples/4/4/shared' };
    progress.handle({ type: 'tiles', key: 'here', tiles, seconds: 5.24 });
    expect(terminal.text).toBe('LSTM tuned in 5.2 s: forward samples/8/4/shared, backward samples/4/4/shared\n');
    expect(terminal.text.length).toBeLessThanOrEqual(80);
  });

  it('prints the lines of Keras and no control characters into a pipe', () => {
    const terminal = recorder();
    const progress = new TrainProgress(terminal, { epochs: 20 });
    progress.handle({ type: 'adapter', adapter: { ...ADAPTER, description: `Model${ESC}[2J 7` } });
    progress.handle(data);
    progress.handle(STEP);
    progress.handle({ ...STEP, epoch: 3 });
    progress.handle(EPOCH);
    progress.finish();
    expect(terminal.text).toBe(`Adapter: Model 7 (software adapter)
Train on 54000 samples, validate on 6000 samples
Epoch 3/20
211/211 - 7s - loss: 0.3382 - accuracy: 0.8504 - val_loss: 0.2163 - val_accuracy: 0.9142
`);
  });

  it('leaves out a validation that is not there, and prints the model once', () => {
    const terminal = recorder();
    const progress = new TrainProgress(terminal);
    progress.handle({ type: 'model', layers: summarize(EXPERIMENT) });
    progress.handle({ ...data, validationSamples: 0 });
    progress.handle({ ...EPOCH, valLoss: undefined, valAccuracy: undefined });
    expect(terminal.text).toContain('\nTrain on 54000 samples\nEpoch 3/20\n');
    expect(terminal.text.match(/Total params: 8,545/g)).toHaveLength(1);
    expect(terminal.text).toMatch(/accuracy: 0\.8504\n$/);
  });

  it('draws the bar in place, at most ten times a second, and erases it before other lines', () => {
    let now = 0;
    const terminal = recorder({ isTTY: true });
    const progress = new TrainProgress(terminal, { epochs: 20, now: () => now });
    for (; now < 1000; now += 10) progress.handle({ ...STEP, epoch: 3, step: 1 + now / 10 });
    const drawn = terminal.text.split('/211 [').length - 1;
    expect(drawn).toBe(10);
    expect(seen(terminal.text)).toMatch(/^Epoch 3\/20\n 91\/211 \[=+>\.+\] 1,234 samples\/s/);
    progress.handle(EPOCH);
    expect(seen(terminal.text)).toMatch(/^Epoch 3\/20\n211\/211 - 7s - loss: 0\.3382 .*0\.9142\n$/);
  });

  it('heads an epoch at its end where their number is not known before', () => {
    const terminal = recorder({ isTTY: true });
    const progress = new TrainProgress(terminal, { now: () => 0 });
    progress.handle({ ...STEP, epoch: 3 });
    expect(terminal.text).not.toContain('Epoch');
    progress.handle(EPOCH);
    expect(seen(terminal.text)).toMatch(/^Epoch 3\/20\n211\/211 - 7s/);
  });

  it.each(['finish', 'failed'])('leaves a clean line at %s', (end) => {
    const terminal = recorder({ isTTY: true });
    const progress = new TrainProgress(terminal, { epochs: 20 });
    progress.handle(STEP);
    expect(seen(terminal.text)).toContain('128/211');
    if (end === 'finish') progress.finish();
    else progress.handle({ type: 'failed', code: 'device-lost', message: 'lost' });
    expect(seen(terminal.text)).toBe('Epoch 1/20\n');
    const before = terminal.text;
    progress.finish();
    expect(terminal.text).toBe(before);
  });
});
