import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PALETTE } from '../src/cli/report_style.ts';
import { packagePath } from '../src/hosts/package_path.ts';
import { LINE_COLORS, lineStyle, MOST_LINES } from '../src/model/line_colors.ts';

/** Linear light of `#rrggbb`: red, green and blue from 0 to 1. */
function linearOf(color: string): number[] {
  return [1, 3, 5].map((at) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
}

function contrast(one: string, other: string): number {
  const [dark, light] = [one, other]
    .map((color) => linearOf(color).reduce((sum, value, i) => sum + [0.2126, 0.7152, 0.0722][i] * value, 0))
    .sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** What people without one kind of cone see of linear light: Machado, Oliveira and Fernandes 2009, rows of a matrix. */
const SIGHTS = {
  'all cones': [1, 0, 0, 0, 1, 0, 0, 0, 1],
  'no long ones': [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  'no medium ones': [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  'no short ones': [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

/** CIE L*a*b* of linear light. */
function labOf(light: number[]): number[] {
  const [r, g, b] = light.map((value) => Math.min(1, Math.max(0, value)));
  const [x, y, z] = [
    (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
    0.2126 * r + 0.7152 * g + 0.0722 * b,
    (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
  ].map((value) => (value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function seen(color: string, sight: number[]): number[] {
  const light = linearOf(color);
  return labOf([0, 3, 6].map((row) => light.reduce((sum, value, i) => sum + sight[row + i] * value, 0)));
}

const STYLE_SHEET = readFileSync(packagePath('src/page/theme.css'), 'utf8');
const GROUNDS = { light: 0, dark: 1 } as const;

describe.each(Object.entries(GROUNDS))('the colours of lines, %s', (name, at) => {
  const ground = name as keyof typeof GROUNDS;
  const colors = LINE_COLORS.map((color) => color[ground]);

  it('stand out from every ground: 3 to 1', () => {
    const grounds = ['background', 'surface'].map(
      (variable) => [...STYLE_SHEET.matchAll(new RegExp(`--${variable}: (#\\w{6})`, 'g'))][at][1],
    );
    grounds.push([...PALETTE.matchAll(/--page: (#\w{6})/g)][at][1]);
    for (const color of colors) {
      for (const other of grounds) expect(contrast(color, other), `${color} on ${other}`).toBeGreaterThanOrEqual(3);
    }
  });

  it.each(Object.entries(SIGHTS))('differ for people with %s', (_, sight) => {
    for (const [i, one] of colors.entries()) {
      for (const other of colors.slice(i + 1)) {
        const distance = Math.hypot(...seen(one, sight).map((value, k) => value - seen(other, sight)[k]));
        expect(distance, `${one} and ${other}`).toBeGreaterThan(20);
      }
    }
  });
});

it('more lines than colours have the colours again with other dashes', () => {
  const styles = Array.from({ length: MOST_LINES }, (_, i) => JSON.stringify(lineStyle(i)));
  expect(new Set(styles).size).toBe(MOST_LINES);
  expect(lineStyle(LINE_COLORS.length)).toEqual({ color: 0, dash: [6, 3] });
});
