import type { PeerRow } from '../../bench/peers/ratios.ts';
import { byId, create, tableBody, tableRow } from '../dom.ts';
import { asSentence } from '../text.ts';
import { formatFigure, formatInterval } from './figures.ts';

/** Our step beside other systems', in sentences and as a table; hidden if there is nothing to say. */
export function showPeers(rows: PeerRow[], notes: string[]): void {
  byId('bench-peers-panel', HTMLElement).hidden = rows.length + notes.length === 0;
  byId('bench-peers-note', HTMLElement).textContent = rows.map(describeRow).join(' ');
  tableBody('bench-peers-table').replaceChildren(
    ...rows.map(({ peer, version, detail, oursMs, theirsMs, ratio, low, high, rounds }) =>
      tableRow([
        ...[`${peer} ${version} (${detail})`, formatFigure(oursMs), formatFigure(theirsMs)],
        ...[formatFigure(ratio), formatInterval(low, high), String(rounds)],
      ]),
    ),
  );
  byId('bench-peers-notes', HTMLElement).replaceChildren(...notes.map((note) => create('li', asSentence(note))));
}

function describeRow({ peer, version, ratio, low, high }: PeerRow): string {
  const compared = ratio < 1 ? `${formatFigure(1 / ratio)} × as fast` : `${formatFigure(ratio)} × as slow`;
  const interval = low < 1 && high > 1 ? ', though the interval holds 1' : '';
  return `A training step here is ${compared} as by ${peer} ${version}${interval}.`;
}
