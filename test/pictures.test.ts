import { describe, expect, it } from 'vitest';
import { attentionPicture } from '../src/cli/attention_picture.ts';
import { confusionPicture } from '../src/cli/confusion_picture.ts';
import { exampleSeries } from '../src/cli/example_panels.ts';
import { pictureText, renderPicture, widthOf } from '../src/cli/picture.ts';
import { MOST_LINES } from '../src/model/line_colors.ts';
import { groupAttentionCsv } from '../src/train/csv_lines.ts';
import { attentionGroups } from '../src/train/mean_attention.ts';
import { CLASSES, D, HOSTILE, type Made, made, T } from './made_prediction.ts';
import { expectWellFormed } from './well_formed.ts';

function drawAttention({ set, prediction }: Made): string {
  return renderPicture(attentionPicture(set, prediction, attentionGroups(set, prediction)));
}

function drawConfusion({ set, prediction }: Made): string {
  return renderPicture(confusionPicture(set, prediction));
}

function count(text: string, part: string | RegExp): number {
  return text.split(part).length - 1;
}

describe('the picture of the attention', () => {
  const svg = drawAttention(made());

  it('has the mean of all series, of each class, and six series', () => {
    expect(count(svg, 'class="name"')).toBe(1 + 3 + 6);
    expect(svg).toContain('>All series<');
    expect(svg).toContain('largest at step 0, 0.3333');
    for (const [step, name] of CLASSES.entries()) {
      expect(svg).toContain(`>${name}</text>`);
      expect(svg).toContain(`>2 series, largest at step ${step}, 1.0000<`);
    }
    expect(svg).toContain('>series 1: summer<');
    expect(svg).toContain('>taken for winter, 0.75<');
    expect(count(svg, 'recognised, 0.75')).toBe(5);
  });

  it('names and marks no largest step of a model that has not learned', () => {
    const { set, prediction } = made();
    const untrained = renderPicture(attentionPicture(set, prediction, attentionGroups(set, prediction), false));
    expect(untrained).not.toMatch(/largest step|largest at|rect class="largest"/);
    expect(untrained).toContain('>2 series, not trained yet<');
    expectWellFormed(untrained);
  });

  it('has a bar a step and a line a channel', () => {
    expect(count(svg, /<rect class="(?:bar|largest)"[^>]*><title>/)).toBe((1 + 3 + 6) * T);
    expect(count(svg, /<rect class="largest"[^>]*><title>/)).toBe(1 + 3);
    for (const d of [0, 1]) {
      expect(count(svg, `<polyline class="line-${d}"`)).toBe(6);
      expect(
        count(svg, new RegExp(`<line class="key line-${d}"[^>]*/><text[^>]*>${['u', 'v,&quot;w&quot;'][d]}</text>`)),
      ).toBe(1);
    }
    expect(svg).toContain(`.line-1 { color: var(--line-1);`);
    expect(svg).toContain('<title>step 3: 0.0000</title>');
  });

  it('names its many channels in rows, and says how many it draws', () => {
    const { set, prediction } = made();
    const inputDim = MOST_LINES + 2;
    const channelNames = Array.from({ length: inputDim }, (_, d) => `sensor ${d} `.repeat(1 + d));
    const size = set.samples * T * inputDim;
    const many = { ...set, inputDim, channelNames, x: new Float32Array(size) };
    const attention = new Float32Array(size).fill(1 / T);
    const drawn = drawAttention({ set: many, prediction: { ...prediction, attention } });
    expect(count(drawn, '<polyline class="line-')).toBe(6 * MOST_LINES);
    const keys = [...drawn.matchAll(/<line class="key line-(\d+)" x1="(\d+\.?\d*)"[^>]* y1="(\d+)"/g)];
    expect(keys.map(([, i]) => Number(i))).toEqual(Array.from({ length: MOST_LINES }, (_, i) => i));
    expect(new Set(keys.map(([, , , y]) => y)).size).toBeGreaterThan(2);
    for (const [, , x] of keys) expect(Number(x)).toBeLessThan(960);
    expect(drawn).toContain(`the first ${MOST_LINES} are drawn`);
  });

  it('of numbers has no classes', () => {
    const numbers = drawAttention(made({ kind: 'number', name: 'power' }));
    expect(count(numbers, 'class="name"')).toBe(1 + 6);
    expect(numbers).toContain('>series 1: 1.000<');
    expect(numbers).toContain('>predicted 1.250<');
  });

  it('shows some of many classes and says so', () => {
    const { set, prediction } = made();
    const samples = 60;
    const wide = {
      set: {
        ...set,
        samples,
        target: { kind: 'class' as const, name: 'c', classes: Array.from({ length: 30 }, (_, i) => `c${i}`) },
        x: new Float32Array(samples * T * D),
        y: Float32Array.from({ length: samples }, (_, n) => n % 30),
      },
      prediction: {
        ...prediction,
        samples,
        outputs: 30,
        values: new Float32Array(samples * 30),
        attention: new Float32Array(samples * T * D).fill(1 / T),
      },
    };
    const picture = drawAttention(wide);
    expect(count(picture, 'class="name"')).toBe(1 + 24 + 6);
    expect(picture).toContain('6 further classes are not shown');
  });
});

it('examples are the first of each class, or from the smallest number to the largest', () => {
  const { set } = made();
  expect(exampleSeries({ ...set, y: Float32Array.of(2, 2, 2, 2, 0, 1) })).toEqual([4, 5, 0, 1, 2, 3]);
  const y = Float32Array.from({ length: 60 }, (_, n) => 59 - n);
  const numbers = exampleSeries({ ...set, samples: 60, y, target: { kind: 'number', name: 'n' } });
  expect(numbers).toHaveLength(6);
  expect(numbers.map((n) => y[n])).toEqual([9, 19, 29, 39, 49, 59]);
});

describe('the picture of the classes', () => {
  const svg = drawConfusion(made());

  it('counts what each class was taken for', () => {
    expect(svg).toContain('accuracy 0.8333 on 6 series');
    expect(count(svg, '<rect class="cell"')).toBe(9 + 1);
    expect(svg).toContain('<title>spring recognised: 2 of 2</title><rect class="right" fill-opacity="0.500"');
    expect(svg).toContain('<title>summer taken for winter: 1 of 2</title><rect class="wrong" fill-opacity="0.250"');
    expect(svg).toContain('<title>winter taken for spring: 0 of 2</title><rect class="wrong" fill-opacity="0.000"');
    expect(svg).toContain('summer: 1 of 2 recognised.');
  });

  it('turns names that are wider than their column', () => {
    expect(svg).not.toContain('rotate(');
    const long = made({ kind: 'class', name: 'c', classes: ['a', 'b', 'a rather long name'] });
    expect(count(drawConfusion(long), 'rotate(-45)')).toBe(3);
  });
});

describe.each([
  ['attention', drawAttention],
  ['classes', drawConfusion],
])('a picture: %s', (_, draw) => {
  const svg = draw(made({ kind: 'class', name: '<c>', classes: HOSTILE }));

  it('needs nothing else: no script, no request', () => {
    expect(draw(made())).not.toMatch(
      /<script|url\(|@import|<image|href|\bon[a-z]+="|http:(?!\/\/www\.w3\.org\/2000\/svg")/i,
    );
  });

  it('is well-formed whatever the names are', () => {
    expectWellFormed(draw(made()));
    expectWellFormed(svg);
    expect(svg).not.toMatch(/<script|<img/);
    expect(svg).toContain('&lt;/title&gt;');
    expect(svg).toContain('&amp;amp;');
  });

  it('has a title, a description, and both schemes', () => {
    expect(svg).toMatch(
      /role="img" aria-labelledby="title description">\s*<title id="title">[^<]+<\/title><desc id="description">[^<]+</,
    );
    expect(svg).toContain('@media (prefers-color-scheme: dark)');
  });
});

it('a name in a picture is short, and as wide as it looks', () => {
  expect(pictureText('spring')).toBe('spring');
  expect(pictureText('x'.repeat(100))).toBe(`${'x'.repeat(23)}…`);
  expect(pictureText('夏'.repeat(100_000))).toBe(`${'夏'.repeat(12)}…`);
  expect(pictureText('a\nb\u0007c')).toBe('a b c');
  expect(widthOf('夏夏')).toBeGreaterThan(1.5 * widthOf('ab'));
});

it('the mean attention as a table: all series, then each class, by channel', () => {
  const { set, prediction } = made();
  const [header, ...rows] = [...groupAttentionCsv(set, attentionGroups(set, prediction))]
    .join('')
    .trimEnd()
    .split('\n');
  expect(header).toBe('class,channel,series,t0,t1,t2,t3');
  expect(rows).toHaveLength((1 + 3) * D);
  expect(rows[0]).toMatch(/^,u,6,0\.333\d*,0\.333\d*,0\.333\d*,0$/);
  expect(rows[1]).toMatch(/^,"v,""w""",6,/);
  expect(rows[4]).toBe('summer,u,2,0,1,0,0');
});
