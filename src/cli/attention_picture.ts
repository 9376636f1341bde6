import type { Unseen } from '../data/series_set.ts';
import { attentionBars, attentionTop, largestStep } from '../model/attention_bars.ts';
import { lineClass, MOST_LINES } from '../model/line_colors.ts';
import type { AttentionGroup } from '../train/mean_attention.ts';
import { attentionOverSteps } from '../train/mean_attention.ts';
import type { Prediction } from '../train/predict.ts';
import { examplePanels } from './example_panels.ts';
import {
  AROUND,
  CONTENT_TOP,
  drawPanel,
  drawRows,
  LABELS,
  legend,
  MARGIN,
  type Panel,
  type Picture,
  pictureText,
  widthOf,
} from './picture.ts';
import { linearAxis } from './report_axes.ts';
import type { Insert, Markup } from './report_html.ts';
import { axes, stepAxis, stepBars, uniformLine } from './report_plot.ts';

const WIDTH = 1000;
const ALL_HEIGHT = 170;
const SMALL_HEIGHT = 100;
const X_LABEL = 24;
/** A channel's name in the legend, its line with the gaps around it, and a row. */
const CHANNEL_WIDTH = 160;
const KEY_WIDTH = 44;
const ROW = 22;
const MOST_CLASSES = 24;

/**
 * Where a model looks: the mean attention over the steps, of all series and of each class, and some series with their
 * own. The largest steps are named and marked only of a model that is not known to be untrained.
 */
export function attentionPicture(
  set: Unseen,
  prediction: Prediction,
  groups: AttentionGroup[],
  isTrained = true,
): Picture {
  const [all, ...classes] = groups;
  const shown = classes.slice(0, MOST_CLASSES);
  const steps = attentionOverSteps(all.attention);
  const T = set.timeSteps;
  const [channels, legendEnd] = channelLegend(set, CONTENT_TOP);
  const top = legendEnd + 72;
  const place = { x: MARGIN + LABELS, y: top, width: WIDTH - 2 * MARGIN - LABELS, height: ALL_HEIGHT };
  const peakOf = (attention: number[]) => (isTrained ? describePeak(attention) : 'not trained yet');
  const bars: Bars = (attention, topValue, size) => drawBars(attention, topValue, size, isTrained);
  const whole = { name: 'All series', note: peakOf(steps), content: bars(steps, attentionTop([steps]), 'large') };
  const [byClass, classesEnd] = drawRows(
    classPanels(shown, peakOf, bars),
    top + ALL_HEIGHT + AROUND + X_LABEL,
    WIDTH,
    SMALL_HEIGHT,
  );
  const [examples, end] = drawRows(examplePanels(set, prediction), classesEnd, WIDTH, SMALL_HEIGHT);
  return {
    width: WIDTH,
    height: end - AROUND + 2 * MARGIN,
    title: 'Where the model looks',
    note: describe(set, classes.length - shown.length),
    description: groups
      .map(({ name = 'All series', attention }) => `${pictureText(name)}: ${peakOf(attentionOverSteps(attention))}.`)
      .join(' '),
    content: [
      legend(MARGIN, CONTENT_TOP, [
        ...(isTrained ? [['largest', 'largest step', 130] as [string, string, number]] : []),
        ['bar', isTrained ? 'other steps' : 'steps', 130],
        ['uniform', `uniform, 1/${T} = ${(1 / T).toFixed(4)}`, 220],
      ]),
      channels,
      drawPanel(whole, place),
      byClass,
      examples,
    ],
  };
}

/** The channels of the series that are drawn, with their colours, in rows below `y`; and the last row's own y. */
function channelLegend({ inputDim, channelNames }: Unseen, y: number): [Markup[], end: number] {
  const shown = channelNames.slice(0, MOST_LINES);
  const texts =
    inputDim === 1 ? ['a series, as the model gets it'] : shown.map((name) => pictureText(name, CHANNEL_WIDTH));
  const rows: Parameters<typeof legend>[2][] = [];
  let left = Number.POSITIVE_INFINITY;
  for (const [i, text] of texts.entries()) {
    const width = widthOf(text) + KEY_WIDTH;
    if (left + width > WIDTH - MARGIN) {
      rows.push([]);
      left = MARGIN;
    }
    rows.at(-1)?.push([lineClass(i), text, width]);
    left += width;
  }
  const drawn = rows.map((entries, row) => legend(MARGIN, y + (row + 1) * ROW, entries));
  return [drawn, y + rows.length * ROW];
}

/** The mean of each class, all on one scale, so that they can be compared. */
function classPanels(groups: AttentionGroup[], peakOf: (attention: number[]) => string, bars: Bars): Panel[] {
  if (groups.length === 0) return [];
  const means = groups.map(({ attention }) => attentionOverSteps(attention));
  const top = attentionTop(means);
  return groups.map(({ name = '', samples }, i) => ({
    name: pictureText(name),
    note: `${samples} series, ${peakOf(means[i])}`,
    content: bars(means[i], top, 'small'),
  }));
}

type Bars = (attention: number[], top: number, size: 'large' | 'small') => Insert;

function drawBars(attention: number[], top: number, size: 'large' | 'small', isMarked: boolean): Insert {
  const isLarge = size === 'large';
  const drawn = attentionBars(attention, { marked: isMarked ? largestStep(attention) : undefined, top });
  return [
    axes(
      stepAxis(attention.length, isLarge ? 12 : 6),
      linearAxis(0, top, isLarge ? 4 : 3),
      isLarge ? 'time step' : undefined,
    ),
    stepBars(drawn, 'largest'),
    uniformLine(drawn),
  ];
}

function describePeak(attention: number[]): string {
  const step = largestStep(attention);
  return `largest at step ${step}, ${attention[step].toFixed(4)}`;
}

function describe({ name, samples, timeSteps, inputDim }: Unseen, hiddenClasses: number): string {
  const steps = timeSteps === 1 ? '1 step' : `${timeSteps} steps`;
  const channels = inputDim === 1 ? '1 channel' : `${inputDim} channels, whose mean the attention is`;
  const drawn = inputDim > MOST_LINES ? `; the first ${MOST_LINES} are drawn` : '';
  const hidden = hiddenClasses > 0 ? `; ${hiddenClasses} further classes are not shown` : '';
  return `${pictureText(name, 440)}: ${samples} series of ${steps}, ${channels}${drawn}${hidden}`;
}
