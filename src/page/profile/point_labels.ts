import type { Plugin } from 'chart.js';
import { themed } from '../theme.ts';

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const HEIGHT = 13;
const GAP = 5;

/** Writes the label of every point beside it if it hides no other label. The largest points choose first. */
export const pointLabels: Plugin<'scatter'> = {
  id: 'pointLabels',
  afterDatasetsDraw(chart) {
    const { ctx, chartArea } = chart;
    const points = chart.getDatasetMeta(0).data.map((element, i) => {
      const radius = Number(element.options.radius);
      const { label } = chart.data.datasets[0].data[i] as unknown as { label: string };
      return { x: element.x, y: element.y, radius, label };
    });
    const taken: Box[] = points.map(({ x, y, radius }) => around(x, y, radius));
    ctx.save();
    ctx.font = `11px ${getComputedStyle(chart.canvas).fontFamily}`;
    ctx.fillStyle = themed('text')();
    ctx.textBaseline = 'middle';
    // An outline in the background's colour keeps a letter apart from the lines below.
    ctx.strokeStyle = themed('surface')();
    ctx.lineWidth = 3;
    for (const point of points.toSorted((a, b) => b.radius - a.radius)) {
      const width = ctx.measureText(point.label).width;
      const place = places(point, width).find(
        (box) => isInside(box, chartArea) && !taken.some((other) => meet(box, other)),
      );
      if (!place) continue; // The tooltip and the table still name it.
      taken.push(place);
      ctx.strokeText(point.label, place.left, (place.top + place.bottom) / 2);
      ctx.fillText(point.label, place.left, (place.top + place.bottom) / 2);
    }
    ctx.restore();
  },
};

function around(x: number, y: number, radius: number): Box {
  return { left: x - radius, right: x + radius, top: y - radius, bottom: y + radius };
}

/** Places right, left, above and below the point. */
function places({ x, y, radius }: { x: number; y: number; radius: number }, width: number): Box[] {
  const at = (left: number, middle: number): Box => {
    return { left, right: left + width, top: middle - HEIGHT / 2, bottom: middle + HEIGHT / 2 };
  };
  const away = radius + GAP;
  const beyond = radius + HEIGHT / 2 + 2;
  return [at(x + away, y), at(x - away - width, y), at(x - width / 2, y - beyond), at(x - width / 2, y + beyond)];
}

function isInside(box: Box, area: Box): boolean {
  return box.left >= area.left && box.right <= area.right && box.top >= area.top && box.bottom <= area.bottom;
}

function meet(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
