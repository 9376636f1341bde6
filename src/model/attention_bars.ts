/** One time step's bar. Positions and sizes are shares of the plot, from its left and from its bottom. */
export interface Bar {
  step: number;
  value: number;
  left: number;
  width: number;
  height: number;
  /** Whether it is the step to point at: the planted one, or the one with the most attention. */
  isMarked: boolean;
}

/** How attention by time step is drawn, on the page, as SVG and in a terminal. */
export interface AttentionBars {
  bars: Bar[];
  /** The value at the top of the plot. */
  top: number;
  /** Where the bars would end if all steps were alike; `share` is 1/T. */
  uniform: { value: number; height: number; share: string };
}

export interface BarsOptions {
  /** The step to mark. */
  marked?: number;
  /** The value at the top of the plot; `attentionTop` of these values when absent. */
  top?: number;
}

/** With more steps the gaps between bars would be thinner than a pixel. */
const MOST_WITH_GAPS = 128;
const GAP = 0.2;

/** The bars of one attention, (T) values. */
export function attentionBars(
  values: number[],
  { marked, top = attentionTop([values]) }: BarsOptions = {},
): AttentionBars {
  const T = values.length;
  const gap = T > MOST_WITH_GAPS ? 0 : GAP;
  const bars = values.map((value, step) => {
    const [left, width] = [(step + gap / 2) / T, (1 - gap) / T];
    return { step, value, left, width, height: value / top, isMarked: step === marked };
  });
  return { bars, top, uniform: { value: 1 / T, height: 1 / T / top, share: `1/${T}` } };
}

/** The top of a plot on which all these attentions, and a uniform one, can be drawn. */
export function attentionTop(attentions: number[][]): number {
  const timeSteps = attentions[0].length;
  return 1.05 * attentions.flat().reduce((most, value) => Math.max(most, value), 1 / timeSteps);
}

/** The first of the steps with the most attention. */
export function largestStep(values: number[]): number {
  return values.indexOf(values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY));
}
