import { expect, test } from 'vitest';
import { attentionBars, attentionTop, largestStep } from '../src/model/attention_bars.ts';

const ATTENTION = [0.1, 0.6, 0.1, 0.2];

test('bars divide the plot evenly, as high as their share of its top', () => {
  const { bars, top } = attentionBars(ATTENTION, { marked: 1, top: 0.8 });
  expect(top).toBe(0.8);
  expect(bars.map(({ step }) => step)).toEqual([0, 1, 2, 3]);
  expect(bars.map(({ value }) => value)).toEqual(ATTENTION);
  expect(bars.map(({ isMarked }) => isMarked)).toEqual([false, true, false, false]);
  for (const { step, left, width, height, value } of bars) {
    expect(left + width / 2).toBeCloseTo((step + 0.5) / 4, 12);
    expect(width).toBeCloseTo(0.2, 12);
    expect(height).toBeCloseTo(value / 0.8, 12);
  }
});

test('up to 128 bars have gaps between them', () => {
  const widthOf = (steps: number) => attentionBars(new Array(steps).fill(1 / steps)).bars[0].width * steps;
  expect(widthOf(128)).toBeCloseTo(0.8, 12);
  expect(widthOf(129)).toBeCloseTo(1, 12);
});

test('the top leaves room above the highest bar, and above a uniform attention', () => {
  expect(attentionTop([ATTENTION, [0.9, 0.1, 0, 0]])).toBeCloseTo(1.05 * 0.9, 12);
  expect(attentionTop([[0, 0, 0, 0]])).toBeCloseTo(1.05 / 4, 12);
  const { top, bars, uniform } = attentionBars(ATTENTION);
  expect(top).toBeCloseTo(1.05 * 0.6, 12);
  expect(bars.some(({ isMarked }) => isMarked)).toBe(false);
  expect(uniform).toEqual({ value: 0.25, height: 0.25 / top, share: '1/4' });
});

test('of equal steps the first is the largest', () => {
  expect(largestStep([0.1, 0.4, 0.4, 0.1])).toBe(1);
});
