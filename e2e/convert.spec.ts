import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { readModel, writeModel } from '../src/formats/model_file.ts';
import type { SavedModel } from '../src/formats/saved_model.ts';
import { initialParameters } from '../src/model/parameters.ts';
import { cli, newFolder } from './command.ts';

const CONFIG = {
  timeSteps: 6,
  inputDim: 2,
  units: 3,
  singleAttentionVector: false,
  output: { kind: 'binary' as const },
};
const MODEL: SavedModel = {
  config: CONFIG,
  parameters: initialParameters(CONFIG, 5),
  series: {
    timeSteps: 6,
    inputDim: 2,
    channelNames: ['wind', 'rain'],
    target: { kind: 'class', name: 'day', classes: ['calm', '<b>storm</b>'] },
  },
  standardisation: { mean: [0.1 + 0.2, 3], deviation: [1 / 3, 2] },
  history: [{ epoch: 1, seconds: 0.25, loss: 0.6, accuracy: 0.5 }],
};

/** A folder with the model, and its path. */
function saved(): { folder: string; path: string } {
  const folder = newFolder();
  const path = join(folder, 'model.safetensors');
  writeFileSync(path, writeModel(MODEL));
  return { folder, path };
}

for (const name of ['model.onnx', 'model.keras', 'model.weights.h5', 'model.json']) {
  test(`a model goes to ${name} and comes back bit for bit, with all that was known of it`, async () => {
    const { folder, path } = saved();
    const there = join(folder, name);
    const out = await cli(['convert', path, there]);
    expect(out.stderr).toBe('');
    expect(out.stdout).toContain('6 steps, 2 channels, 3 units; predicts yes or no');
    expect(out.stdout).toContain(`Wrote ${there}`);
    const back = join(folder, 'back.safetensors');
    expect((await cli(['convert', there, back])).stderr).toBe('');
    expect(readModel('back', readFileSync(back))).toEqual(MODEL);
  });
}

test('--raw leaves the standardisation out of the graph, not out of what is known of the model', async () => {
  const { folder, path } = saved();
  const layersOf = async (...options: string[]): Promise<string[]> => {
    const there = join(folder, 'model.json');
    expect((await cli(['convert', '--force', ...options, path, there])).status).toBe(0);
    const back = join(folder, 'back.safetensors');
    expect((await cli(['convert', '--force', there, back])).status).toBe(0);
    expect(readModel('back', readFileSync(back))).toEqual(MODEL);
    const json = JSON.parse(readFileSync(there, 'utf8'));
    return json.modelTopology.config.layers.map(({ class_name }: { class_name: string }) => class_name);
  };
  expect(await layersOf()).toContain('Rescaling');
  expect(await layersOf('--raw')).not.toContain('Rescaling');
});

test('a model of another system predicts here', async () => {
  test.setTimeout(300_000);
  const { folder, path } = saved();
  const data = join(folder, 'days.csv');
  const row = (n: number) =>
    Array.from(
      { length: 6 },
      (_, t) => `${n},${t},${Math.sin(n + t)},${3 + Math.cos(n * t)},${n % 2 ? 'calm' : '<b>storm</b>'}\n`,
    );
  writeFileSync(data, `id,time,wind,rain,day\n${Array.from({ length: 8 }, (_, n) => row(n).join('')).join('')}`);
  await cli(['convert', path, join(folder, 'model.onnx')]);
  const predict = async (model: string) => {
    const csv = join(folder, `${model}.csv`);
    const host = ['--runtime', 'dawn', '--adapter', 'software'];
    const { status, stderr } = await cli([
      'predict',
      '--model',
      join(folder, model),
      '--data',
      data,
      '--csv',
      csv,
      ...host,
    ]);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    return readFileSync(csv, 'utf8');
  };
  const expected = await predict('model.safetensors');
  expect(expected.trim().split('\n')).toHaveLength(9);
  expect(await predict('model.onnx')).toBe(expected);
});

for (const [what, from, to, status, message] of [
  [
    'an unknown ending',
    'model.safetensors',
    'model.pt',
    2,
    /model\.pt is not a model's file name: give one that ends in \.safetensors, /,
  ],
  ['no file', 'missing.onnx', 'a.keras', 1, /missing\.onnx cannot be read .*: give a model/],
  ['another file', 'broken.onnx', 'a.keras', 1, /broken\.onnx .*: give an ONNX file of this model/],
  ['a folder that is not there', 'model.safetensors', 'none/model.onnx', 1, /none\/model\.onnx cannot be written/],
] as const) {
  test(`${what} is refused in a sentence`, async () => {
    const { folder } = saved();
    writeFileSync(join(folder, 'broken.onnx'), 'no model');
    const outcome = await cli(['convert', join(folder, from), join(folder, to)]);
    expect(outcome.stderr).toMatch(message);
    expect(outcome.stderr).toMatch(/^Error: .*\n$/);
    expect(outcome.status).toBe(status);
  });
}
