import { describe, expect, it } from 'vitest';
import { lstmForward } from '../shaders/lstm.ts';
import { softmaxForward } from '../shaders/softmax.ts';
import { boundLoops } from '../src/verify/bounded_loops.ts';
import { carryOver } from '../src/verify/carry_over.ts';

describe('an edit carried over to another shape', () => {
  const base = softmaxForward.code({ rows: 64, samples: 256 }, 'lane');
  const other = softmaxForward.code({ rows: 7, samples: 12 }, 'lane');
  const carry = (from: string, to: string, there = other) => carryOver(base, base.replace(from, to), there);

  it('leaves the other code as it is where nothing was edited', () => {
    expect(carryOver(base, base, other)).toBe(other);
  });

  it('is made where the lines are the same', () => {
    expect(carry('* scale', '* scale * 1.01')).toBe(other.replace('* scale', '* scale * 1.01'));
  });

  it('keeps the numbers of the other shape in an edited line', () => {
    expect(carry('i < 64u; i++', 'i < 64u; i += 1u')).toBe(other.replace('i < 7u; i++', 'i < 7u; i += 1u'));
  });

  it('puts lines in and takes lines out', () => {
    const line = '  let s = id.x;\n';
    expect(carry(line, `${line}  let t = s;\n`)).toBe(other.replace(line, `${line}  let t = s;\n`));
    expect(carry(line, '')).toBe(other.replace(line, ''));
  });

  it('stops where both have changed a number', () => {
    expect(carry('const QUADS = 64u', 'const QUADS = 65u')).toBeUndefined();
  });

  it('stops where the other shape has other code', () => {
    const [{ shape }] = lstmForward.cases;
    const [quads, samples] = ['quads', 'samples'].map((lanes) => {
      const tile = lstmForward.tiles.all(shape).find((candidate) => candidate.lanes === lanes);
      if (!tile) throw new Error(`no tile with ${lanes}`);
      return lstmForward.code(shape, tile);
    });
    const body = quads.split('\n').find((line) => line.includes('quadSwap') || line.includes('quadBroadcast')) ?? '';
    expect(body).not.toBe('');
    expect(carryOver(quads, quads.replace(body, `${body} // mine`), samples)).toBeUndefined();
    // The code that all tiles share is edited in both.
    const shared = 'return 0.5 + 0.5 * safe_tanh(0.5 * x);';
    expect(carryOver(quads, quads.replace(shared, 'return 0.0;'), samples)).toBe(
      samples.replace(shared, 'return 0.0;'),
    );
  });

  it('finds its place behind what is unrolled to another length', () => {
    const unrolled = (count: number) => {
      const lines = Array.from({ length: count }, (_, i) => `sum += a${i} * b[${i}u];`);
      return ['var sum = 0.0;', ...lines, 'result = sum;', '}'].join('\n');
    };
    const edited = unrolled(4).replace('result = sum', 'result = 2.0 * sum');
    expect(carryOver(unrolled(4), edited, unrolled(9))).toBe(unrolled(9).replace('result = sum', 'result = 2.0 * sum'));
    expect(carryOver(unrolled(4), edited, unrolled(1))).toBe(unrolled(1).replace('result = sum', 'result = 2.0 * sum'));
    // A line that is inserted right after it has no certain place.
    const inserted = unrolled(4).replace('result = sum', 'sum += 1.0;\nresult = sum');
    expect(carryOver(unrolled(4), inserted, unrolled(1))).toBeUndefined();
  });
});

describe('bounded loops', () => {
  it('leave every loop after so many turns, without moving a line', () => {
    const code = 'fn main() {\n  for (var i = 0u; i < 4u; i++) {\n    while (true) { x(); }\n  }\n  loop { y(); }\n}';
    const bounded = boundLoops(code, 9);
    expect(bounded.match(/if \(turns_of_all_loops >= 9u\) \{ break; \} turns_of_all_loops\+\+;/g)).toHaveLength(3);
    expect(bounded).toContain('while (true) { if (turns_of_all_loops');
    expect(
      bounded
        .split('\n')
        .slice(0, 6)
        .map((line) => line.slice(0, 7)),
    ).toEqual(code.split('\n').map((line) => line.slice(0, 7)));
  });

  it('pass over comments, and over loops in which lanes meet', () => {
    const code = 'fn main() {\n  // for {\n  /* loop { */\n  while (a) { workgroupBarrier(); while (b) { c(); } }\n}';
    expect(boundLoops(code, 9).match(/turns_of_all_loops\+\+/g)).toHaveLength(1);
    expect(boundLoops(code, 9)).toContain('while (b) { if');
  });
});
