import { describe, expect, it } from 'vitest';
import { EXPERIMENT } from '../src/model/config.ts';
import { describeParameters, layOutDiagram } from '../src/model/diagram.ts';
import { type LayerSummary, summarize } from '../src/model/summary.ts';

const layer = (name: string, ...from: string[]): LayerSummary => ({
  name,
  type: 'Dense',
  outputShape: '(None, 1)',
  parameters: 0,
  from,
});

/** The last layer takes three others, and one of them the first. */
const BRANCHED = [layer('a'), layer('b', 'a'), layer('c', 'b'), layer('d', 'c', 'a', 'b')];

/** Where a branch leaves, the left end of its way, and where it arrives. */
function branchOf(path: string) {
  const form = /^M(\d+) (\d+)H(\d+)Q(\d+) (\d+) (\d+) (\d+)V(\d+)Q(\d+) (\d+) (\d+) (\d+)H(\d+)$/;
  const [x, y, , lane, , , , , , , , endY, endX] = (form.exec(path) ?? []).slice(1).map(Number);
  return { start: [x, y], lane, end: [endX, endY] };
}

describe('the picture of a model', () => {
  it('has a box for each layer, one below the other, within its size', () => {
    const layers = summarize(EXPERIMENT);
    const { width, height, boxes } = layOutDiagram(layers);
    expect(boxes.map((box) => box.layer)).toEqual(layers);
    for (const [i, box] of boxes.entries()) {
      expect(box.x).toBe(boxes[0].x);
      expect(box.width).toBe(boxes[0].width);
      if (i > 0) expect(box.y - (boxes[i - 1].y + box.height)).toBe(26);
    }
    // A line of a pixel is left at each side for the boxes' frames.
    expect(boxes[0].y).toBe(1);
    expect(height - ((boxes.at(-1)?.y ?? 0) + boxes[0].height)).toBe(1);
    expect(width - (boxes[0].x + boxes[0].width)).toBe(2);
  });

  it('has boxes as wide as the longest title, and 280 pixels at least', () => {
    const widthOf = (...layers: LayerSummary[]) => layOutDiagram(layers).boxes[0].width;
    expect(widthOf(layer('a'), layer('b', 'a'))).toBe(280);
    const name = 'a'.repeat(40);
    // The title is "name: Dense"; its letters have 8 pixels, its ends 14.
    expect(widthOf(layer('a'), layer(name, 'a'))).toBe(8 * (40 + 2 + 5) + 28);
  });

  it('leads an arrow from each box into the next one that takes it', () => {
    const { boxes, edges } = layOutDiagram([layer('a'), layer('b', 'a'), layer('c', 'b')]);
    const middle = boxes[0].x + boxes[0].width / 2;
    // The tip ends a pixel above the frame.
    expect(edges).toEqual([0, 1].map((i) => `M${middle} ${boxes[i].y + boxes[i].height}v25`));
  });

  it('leads other arrows round the boxes between, each in a lane of its own', () => {
    const { boxes, edges } = layOutDiagram(BRANCHED);
    expect(edges).toHaveLength(5);
    const branches = edges.filter((path) => path.includes('Q')).map(branchOf);
    const middle = (row: number) => boxes[row].y + boxes[row].height / 2;
    const left = boxes[0].x;
    expect(branches).toEqual([
      { start: [left, middle(0)], lane: left - 18, end: [left - 1, middle(3)] },
      { start: [left, middle(1)], lane: left - 36, end: [left - 1, middle(3)] },
    ]);
    // Corners have a radius of 8.
    const [start, end] = [middle(0), middle(3)];
    const lane = left - 18;
    expect(edges).toContain(
      `M${left} ${start}H${lane + 8}Q${lane} ${start} ${lane} ${start + 8}V${end - 8}Q${lane} ${end} ${lane + 8} ${end}H${left - 1}`,
    );
  });

  it('keeps a lane within the picture, however many there are', () => {
    const many = [layer('a'), layer('b', 'a'), layer('c', 'a'), layer('d', 'a'), layer('e', 'a'), layer('f', 'a')];
    const lanes = layOutDiagram(many)
      .edges.filter((path) => path.includes('Q'))
      .map((path) => branchOf(path).lane);
    expect(lanes).toEqual([26, 8, 8, 8]);
  });

  it('is described in words', () => {
    expect(layOutDiagram(BRANCHED).description).toBe('a; a to b; b to c; c and a and b to d');
  });

  it('says how many parameters a layer has', () => {
    expect(describeParameters({ ...layer('a'), parameters: 4160 })).toBe('4,160 parameters');
    expect(describeParameters(layer('a'))).toBe('no parameters');
  });
});
