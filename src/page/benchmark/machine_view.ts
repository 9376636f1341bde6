import type { BenchEnvironment } from '../../bench/result.ts';
import type { AdapterReport } from '../../gpu/device.ts';
import { byId, create, tableBody, tableRow } from '../dom.ts';
import { formatNumber } from '../text.ts';

const SOFTWARE = 'This is a software adapter: it computes on the CPU. The score says nothing about a GPU.';

/** The part of an environment that is known before a run. */
type Machine = Pick<BenchEnvironment, 'adapter'> & Partial<BenchEnvironment>;

/** Adapter, browser, timer and limits. */
export function showMachine({ adapter, browser, userAgent, platform, version, timer, tiles }: Machine): void {
  const facts: [name: string, fact: string | undefined][] = [
    ['Adapter', adapter.description || 'unnamed'],
    ['Vendor', adapter.vendor || 'unknown'],
    ['Architecture', adapter.architecture || 'unknown'],
    ['Kind', adapter.isSoftware ? 'software (CPU)' : 'GPU'],
    ['Browser', browser ?? userAgent],
    ['Platform', platform],
    ['Timer', timer && (timer === 'timestamp' ? 'GPU timestamps' : 'wall clock')],
    ['LSTM tiles', tiles && `forward ${tiles.forward}, backward ${tiles.backward}`],
    ['Version', version],
  ];
  byId('bench-machine', HTMLElement).replaceChildren(
    ...facts.flatMap(([name, fact]) => (fact ? [create('dt', name), create('dd', fact)] : [])),
  );
  const software = byId('bench-software', HTMLElement);
  software.textContent = adapter.isSoftware ? SOFTWARE : '';
  software.hidden = !adapter.isSoftware;
  showLimits(adapter);
}

function showLimits({ limits, features }: AdapterReport): void {
  tableBody('bench-limits').replaceChildren(
    ...Object.entries(limits).map(([name, value]) => tableRow([name, formatNumber(value)])),
    ...features.map((feature) => tableRow([feature, 'yes'])),
  );
}
