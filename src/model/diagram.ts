import type { LayerSummary } from './summary.ts';

const BOX = { leastWidth: 280, height: 52, gap: 26, left: 44 };
/** Width of a letter of a box's title, at most. */
const CHARACTER = 8;
/** Width of a branch beside the boxes. */
const LANE = 18;

export interface DiagramBox {
  layer: LayerSummary;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Where everything of the model's picture is, in pixels. */
export interface Diagram {
  width: number;
  height: number;
  boxes: DiagramBox[];
  /** SVG paths along which data flows, each to end in an arrow. */
  edges: string[];
  /** The same in words. */
  description: string;
}

/** The model as Keras' `plot_model` draws it: boxes from the input down, arrows along the data. */
export function layOutDiagram(layers: LayerSummary[]): Diagram {
  const longest = Math.max(...layers.map(({ name, type }) => `${name}: ${type}`.length));
  const boxWidth = Math.max(BOX.leastWidth, 28 + CHARACTER * longest);
  const row = new Map(layers.map(({ name }, i) => [name, i]));
  const arrows = layers.flatMap(({ from }, to) => from.map((name) => ({ from: row.get(name) ?? to - 1, to })));
  const straight = arrows.filter(({ from, to }) => from === to - 1);
  const branches = arrows.filter(({ from, to }) => from !== to - 1);
  return {
    width: BOX.left + boxWidth + 2,
    height: layers.length * (BOX.height + BOX.gap) - BOX.gap + 2,
    boxes: layers.map((layer, i) => ({ layer, x: BOX.left, y: top(i), width: boxWidth, height: BOX.height })),
    edges: [
      ...straight.map(({ to }) => `M${BOX.left + boxWidth / 2} ${top(to) - BOX.gap}v${BOX.gap - 1}`),
      ...branches.map(({ from, to }, lane) => branchPath(from, to, lane)),
    ],
    description: layers
      .map(({ name, from }) => (from.length > 0 ? `${from.join(' and ')} to ${name}` : name))
      .join('; '),
  };
}

/** How many parameters a layer has, in words. */
export function describeParameters({ parameters }: LayerSummary): string {
  return parameters > 0 ? `${parameters.toLocaleString('en-US')} parameters` : 'no parameters';
}

function top(row: number): number {
  return 1 + row * (BOX.height + BOX.gap);
}

/** From the left side of one box, round the boxes between, into the left side of another. */
function branchPath(from: number, to: number, lane: number): string {
  const x = Math.max(8, BOX.left - (lane + 1) * LANE);
  const [start, end] = [top(from) + BOX.height / 2, top(to) + BOX.height / 2];
  const r = 8;
  return `M${BOX.left} ${start}H${x + r}Q${x} ${start} ${x} ${start + r}V${end - r}Q${x} ${end} ${x + r} ${end}H${BOX.left - 1}`;
}
