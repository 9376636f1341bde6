import { digits, percent } from '../bench/figures.ts';
import { GPU_MODEL, MULTIPROCESSORS, type Occupancy, occupancyOf, totalTime } from '../bench/occupancy.ts';
import type { ExperimentConfig } from '../model/config.ts';
import { defaultTiles, GPU_DEVICE } from '../model/tiles.ts';
import { experimentBatchSize, trainingPlan } from '../train/experiment.ts';
import { type Align, table } from './terminal.ts';

const COLUMNS = [
  'workgroups',
  'lanes',
  'at work',
  'loads',
  'barriers',
  'activations',
  'MFLOP',
  'MB',
  'model µs',
  'bound',
];

/** The dispatches of a training step on a GPU of the model, as a table with the constants of the model. */
export function occupancyTable(config: ExperimentConfig, fused: boolean, multiprocessors = MULTIPROCESSORS): string {
  const tiles = defaultTiles(config, experimentBatchSize(config), GPU_DEVICE);
  const rows = occupancyOf(trainingPlan(config, tiles, fused).update, multiprocessors);
  const total = rows.reduce((sum, { times }) => sum + totalTime(times), 0);
  const aligns: Align[] = ['left', ...COLUMNS.map((name): Align => (name === 'bound' ? 'left' : 'right'))];
  return [
    `A training step on a GPU of ${multiprocessors} multiprocessors, ${fused ? 'combined' : 'single'} kernels`,
    'A model without a device: counted, not measured. Loads: outside the loop over time + within it.',
    '',
    table(['dispatch', ...COLUMNS], rows.map(cellsOf), aligns),
    '',
    `${rows.length} dispatches, ${digits(total / 1000)} µs in the model`,
    constantsText(),
  ].join('\n');
}

function cellsOf(row: Occupancy): string[] {
  const {
    name,
    tile,
    workgroups,
    lanes,
    atWork,
    loadsOutside,
    loads,
    barriers,
    activations,
    flops,
    bytes,
    times,
    bound,
  } = row;
  return [
    tile ? `${name} ${tile}` : name,
    ...[workgroups, lanes].map(String),
    percent(atWork),
    loads === loadsOutside ? String(loads) : `${loadsOutside} + ${loads - loadsOutside}`,
    ...[barriers, activations].map(String),
    digits(flops / 1e6),
    digits(bytes / 1e6),
    digits(totalTime(times) / 1000),
    bound,
  ];
}

function constantsText(): string {
  const { launch, load, barrier, activation, lanesAtOnce, lanesHeld, laneFlops, bytes } = GPU_MODEL;
  return [
    `constants: a launch ${launch} ns, a load ${load} ns, a barrier ${barrier} ns, an activation ${activation} ns;`,
    `a multiprocessor computes ${lanesAtOnce} lanes at once and holds ${lanesHeld}, ${laneFlops} operations of a lane`,
    `and ${bytes} bytes each ns`,
  ].join(' ');
}
