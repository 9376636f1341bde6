import fc from 'fast-check';
import { expect, it } from 'vitest';
import { progressLine } from '../src/cli/progress.ts';
import { attentionChart, safeLines, textWidth } from '../src/cli/terminal.ts';
import { EXPERIMENT } from '../src/model/config.ts';
import { summarize } from '../src/model/summary.ts';
import { summaryTable } from '../src/model/summary_table.ts';

const widths = Array.from({ length: 200 }, (_, i) => i + 1);

it('a chart, a summary and a bar fit into a terminal of any width', () => {
  const attention = Array.from({ length: 64 }, (_, t) => (t === 10 ? 0.5 : 0.5 / 63));
  const layers = summarize(EXPERIMENT);
  const values = { loss: 0.5, accuracy: 0.9 };
  const step = { type: 'step' as const, epoch: 1, step: 3, steps: 211, seconds: 2, samplesPerSecond: 1e4, ...values };
  for (const columns of widths) {
    for (const color of [true, false]) {
      const chart = attentionChart(attention, { columns, color, marked: 10, uniform: true });
      const lines = [...chart.split('\n'), progressLine(step, 5, columns)];
      for (const line of lines) expect(textWidth(line), `${columns} columns`).toBeLessThan(Math.max(2, columns));
    }
    for (const line of summaryTable(layers, columns).split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
  }
});

it('a message controls no terminal, whatever is in it', () => {
  const hostile = fc.string({ unit: 'binary', maxLength: 50 });
  const controls = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u;
  fc.assert(fc.property(hostile, (text) => !controls.test(safeLines(text))));
  expect(safeLines('a\u001b]0;x\u0007b\u202ec\u009b2Jd')).not.toMatch(controls);
});
