import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeModel } from '../src/formats/onnx/encoder.ts';
import { writeTfjsModel } from '../src/formats/tfjs_model.ts';
import { readModelFile } from '../src/library/model_files.ts';
import { onnxModel, SMALL, tensor, withExternal } from './onnx_models.ts';
import { CONFIGS, randomModel } from './portable_models.ts';

const newFolder = () => mkdtempSync(join(tmpdir(), 'model-'));

const MODEL = randomModel(CONFIGS[1][1]);

/** Writes a TensorFlow.js model whose weights are in parts at these paths; returns the path of its model.json. */
function tfjsModel(paths: string[]): string {
  const folder = newFolder();
  const files = writeTfjsModel(MODEL);
  const json = JSON.parse(new TextDecoder().decode(files.get('model.json')));
  json.weightsManifest[0].paths = paths;
  const weights = files.get('weights.bin') as Uint8Array;
  for (const [i, path] of paths.entries()) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    const cut = (part: number) => Math.round((weights.length * part) / paths.length);
    writeFileSync(target, weights.subarray(cut(i), cut(i + 1)));
  }
  writeFileSync(join(folder, 'model.json'), JSON.stringify(json));
  return join(folder, 'model.json');
}

describe('a model in several files is read from the files that it names', () => {
  it.each([
    ['in folders', ['weights/group1-shard1of2.bin', './weights/more/group1-shard2of2.bin']],
    ['with other endings', ['a.weights', 'b']],
  ])('%s', async (_, paths) => {
    const { config, parameters } = await readModelFile(tfjsModel(paths));
    expect({ config, parameters }).toEqual({ config: MODEL.config, parameters: MODEL.parameters });
  });

  it('and no other file beside them is opened', async () => {
    const path = tfjsModel(['weights.dat']);
    mkdirSync(join(dirname(path), 'folder.bin'));
    writeFileSync(join(dirname(path), 'unreadable.bin'), 'x', { mode: 0 });
    expect((await readModelFile(path)).parameters).toEqual(MODEL.parameters);
  });

  it.each(['../weights.bin', '/etc/hostname', 'a/../../weights.bin', 'C:\\weights.bin', '..\\weights.bin', 'a/'])(
    'but not from %s',
    async (path) => {
      const model = tfjsModel(['weights.bin']);
      const files = writeTfjsModel(MODEL);
      const json = JSON.parse(new TextDecoder().decode(files.get('model.json')));
      json.weightsManifest[0].paths = [path];
      writeFileSync(model, JSON.stringify(json));
      await expect(readModelFile(model)).rejects.toThrow(
        `model.json names the file ${JSON.stringify(path)}, which is not in the folder of the model: give`,
      );
    },
  );

  it('and told which is missing', async () => {
    const path = tfjsModel(['one.bin']);
    const other = join(newFolder(), 'model.json');
    copyFileSync(path, other);
    await expect(readModelFile(other)).rejects.toThrow(
      /one\.bin cannot be read .*: give the files that model\.json names/,
    );
  });
});

describe('an ONNX file whose constants lie in other files', () => {
  it.each([
    ['one after the other', 'm.data', 12],
    ['in a folder', 'data/m.weights', 0],
  ])('%s', async (_, location, offset) => {
    const model = onnxModel();
    const { name, data } = tensor(model, 'lstm_kernel');
    const folder = newFolder();
    mkdirSync(dirname(join(folder, location)), { recursive: true });
    writeFileSync(join(folder, location), Buffer.concat([Buffer.alloc(offset), data, Buffer.alloc(4)]));
    const fields = { location, offset: String(offset), length: String(data.length) };
    writeFileSync(join(folder, 'm.onnx'), withExternal(model, name, fields));
    writeFileSync(join(folder, 'same.onnx'), encodeModel(onnxModel()));
    const [read, same] = [await readModelFile(join(folder, 'm.onnx')), await readModelFile(join(folder, 'same.onnx'))];
    expect(read).toEqual(same);
    expect(read.config).toMatchObject(SMALL);
  });

  it.each([
    [{ location: 'm.data', offset: '8' }, 'a constant lies at bytes 8 to 4 of m.data, which has 4'],
    [{ location: 'm.data', length: '5' }, 'a constant lies at bytes 0 to 5 of m.data, which has 4'],
    [{ location: 'm.data', offset: 'x' }, 'a constant lies at bytes NaN to NaN of m.data, which has 4'],
    [{ location: 'm.data' }, 'has constant "lstm_kernel" of 4 bytes, where its shape (1, 16, 3) needs 192'],
    [{ location: '../m.data' }, 'names the file "../m.data", which is not in the folder of the model'],
    [{}, 'names the file "", which is not in the folder of the model'],
  ])('is refused with %o', async (fields, message) => {
    const folder = newFolder();
    writeFileSync(join(folder, 'm.data'), Buffer.alloc(4));
    writeFileSync(join(folder, 'm.onnx'), withExternal(onnxModel(), 'lstm_kernel', fields));
    await expect(readModelFile(join(folder, 'm.onnx'))).rejects.toThrow(message);
  });
});
