import { createHash } from 'node:crypto';
import { dispatchName, type Scheduled, type TileDevice } from '../src/gpu/kernel.ts';
import { KERAS_ADAM, type ModelConfig, type UpdateOptions } from '../src/model/config.ts';
import { scheduledPlan } from '../src/model/scheduled_plan.ts';
import { defaultTiles } from '../src/model/tiles.ts';
import { DEVICES } from './tile_devices.ts';

const { software, 'software without subgroups': withoutSubgroups, gpu } = DEVICES;
const LISTED: Record<string, TileDevice> = { software, 'software without subgroups': withoutSubgroups, gpu };

const OUTPUTS: Record<string, ModelConfig['output']> = {
  binary: undefined,
  'three classes': { kind: 'categorical', classes: 3 },
  number: { kind: 'regression' },
};

interface Configuration {
  name: string;
  config: ModelConfig;
  batchSize: number;
  device: TileDevice;
  fused?: boolean;
  update?: UpdateOptions;
}

function configurations(): Configuration[] {
  const small = { timeSteps: 12, inputDim: 3, units: 5 };
  const all: Configuration[] = [];
  for (const [device, tileDevice] of Object.entries(LISTED)) {
    for (const [kind, output] of Object.entries(OUTPUTS)) {
      for (const singleAttentionVector of [false, true]) {
        for (const fused of device === 'software without subgroups' ? [true] : [true, false]) {
          const config = { ...small, singleAttentionVector, output };
          const words = [
            singleAttentionVector ? 'single vector' : 'a vector a channel',
            fused ? 'fused' : 'single kernels',
          ];
          all.push({ name: [device, kind, ...words].join(', '), config, batchSize: 10, device: tileDevice, fused });
        }
      }
    }
    const experiment = { timeSteps: 64, inputDim: 1, units: 32, singleAttentionVector: false };
    all.push({ name: `${device}, the experiment`, config: experiment, batchSize: 256, device: tileDevice });
    const long = { timeSteps: 512, inputDim: 2, units: 64, singleAttentionVector: true, output: OUTPUTS.number };
    all.push({ name: `${device}, in chunks`, config: long, batchSize: 1024, device: tileDevice });
  }
  const update = { classWeights: [1, 2, 0.5], l2: 0.01, clipNorm: 1 };
  const weighted = { ...small, singleAttentionVector: false, output: OUTPUTS['three classes'] };
  all.push({ name: 'gpu, penalty, clipping and weights', config: weighted, batchSize: 10, device: gpu, update });
  all.push({ name: 'gpu, penalty', config: weighted, batchSize: 10, device: gpu, update: { l2: 0.01 } });
  const binary = { ...small, singleAttentionVector: false };
  all.push({ name: 'gpu, two weights', config: binary, batchSize: 10, device: gpu, update: { classWeights: [1, 3] } });
  all.push({ name: 'gpu, clipping', config: binary, batchSize: 10, device: gpu, update: { clipNorm: 2 } });
  return all;
}

/**
 * The dispatches of some fifty configurations, a line each: kernel and layer, SHA-256 of the WGSL, workgroups, and the
 * slice of a tensor behind each binding. Tensors are numbered in the order in which the list meets them, so that their
 * names may change.
 */
export function dispatchLists(): Record<string, string[]> {
  return Object.fromEntries(configurations().map((configuration) => [configuration.name, linesOf(configuration)]));
}

function linesOf({ config, batchSize, device, fused, update }: Configuration): string[] {
  const { update: dispatches, tensors } = scheduledPlan(
    { config, batchSize, samples: 100, slots: 7, adam: KERAS_ADAM, update, fused },
    defaultTiles(config, batchSize, device),
  );
  const numbers = new Map<string, number>();
  const place = (tensor: string) => {
    if (!numbers.has(tensor)) numbers.set(tensor, numbers.size);
    return `t${numbers.get(tensor)}[${tensors.get(tensor)}]`;
  };
  const line = (dispatch: Scheduled) => {
    const { kernel, shape, tile, tensors: slices } = dispatch;
    const bindings = Object.entries(kernel.bindings).map(([name, access]) => {
      if (access === 'uniform') return `${name}: step`;
      const { tensor, offset, length } = slices[name];
      return `${name}: ${place(tensor)} ${offset} + ${length}`;
    });
    const code = createHash('sha256').update(kernel.code(shape, tile)).digest('hex').slice(0, 16);
    return [dispatchName(dispatch), code, kernel.workgroups(shape, tile).join(' × '), ...bindings].join(' | ');
  };
  return dispatches.map(line);
}
