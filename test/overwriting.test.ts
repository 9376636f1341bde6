import { linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { HOSTS } from '../src/cli/hosts.ts';
import { outputsOf, requireFree } from '../src/cli/outputs.ts';
import { createProgram } from '../src/cli/program.ts';
import { writeModel } from '../src/formats/model_file.ts';
import { MODEL_FORMATS, type ModelFormat } from '../src/formats/model_formats.ts';
import { readModelFile } from '../src/library/model_files.ts';
import { MODEL } from './saved_models.ts';

// No command replaces a file silently.

let folder = '';
const file = (name: string) => join(folder, name);
const content = () => Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(file(name), 'latin1')]));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'overwriting-'));
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  for (const runtime of ['chrome', 'dawn'] as const) {
    vi.spyOn(HOSTS, runtime).mockImplementation(() => {
      throw new Error('the work has started');
    });
  }
  writeFileSync(file('m.safetensors'), writeModel(MODEL));
  for (const name of ['there', 'there.svg', 'there.onnx', 'weights.bin']) writeFileSync(file(name), 'mine');
  writeFileSync(file('data.csv'), '1,2,3,4,5,summer\n');
  writeFileSync(file('old.json'), '{}');
});

const run = (args: string) => {
  const words = args.split(' ').map((word) => (word.startsWith('@') ? file(word.slice(1)) : word));
  return createProgram().parseAsync(words, { from: 'user' });
};

describe('refused before the work starts, and everything stays:', () => {
  const USE = '--model @m.safetensors --data @data.csv';
  const THERE = 'is there already: give another name, or --force to replace it';
  const READ = 'is read by this command: give another name';
  it.each([
    ['convert @m.safetensors @there.onnx', 'there.onnx', THERE],
    ['convert @m.safetensors @new.json', 'weights.bin', THERE],
    ['convert @m.safetensors @m.safetensors', 'm.safetensors', READ],
    ['convert @m.safetensors @m.safetensors --force', 'm.safetensors', READ],
    [`predict ${USE} --csv @data.csv`, 'data.csv', READ],
    [`predict ${USE} --csv @data.csv --force`, 'data.csv', READ],
    [`predict ${USE} --csv @m.safetensors --force`, 'm.safetensors', READ],
    [`predict ${USE} --labels @there --csv @there --force`, 'there', READ],
    [`predict ${USE} --csv @there`, 'there', THERE],
    [`predict ${USE} --picture @there.svg`, 'there.svg', THERE],
    [`attention ${USE} --mean-csv @data.csv`, 'data.csv', READ],
    [`attention ${USE} --mean-csv @there`, 'there', THERE],
    [`attention ${USE} --csv @new --mean-csv @new`, 'new', 'is written for --csv too: give another name'],
    ['bench --json @there', 'there', THERE],
    ['bench --compare @old.json --json @old.json --force', 'old.json', READ],
    ['bench --csv @there', 'there', THERE],
    ['profile --json @there', 'there', THERE],
    ['profile --trace @there', 'there', THERE],
    ['profile --compare @old.json --trace @old.json --force', 'old.json', READ],
    ['verify @old.json --json @old.json --force', 'old.json', READ],
    ['verify --json @there', 'there', THERE],
    ['doctor --json @there', 'there', THERE],
    ['train --json @there', 'there', THERE],
    ['train --model @new.json', 'weights.bin', THERE],
    ['train --data @data.csv --test @there --json @there --force', 'there', READ],
  ])('%s', async (args, name, message) => {
    const before = content();
    await expect(run(args)).rejects.toMatchObject({ code: 'invalid-option', message: expect.any(String) });
    await expect(run(args)).rejects.toThrow(`${file(name)} ${message}`);
    expect(content()).toEqual(before);
  });
});

it('--force replaces a model, and a new name needs none', async () => {
  await run('convert @m.safetensors @there.onnx --force');
  await run('convert @m.safetensors @new.onnx');
  expect((await readModelFile(file('there.onnx'))).series).toEqual(MODEL.series);
  expect(readFileSync(file('new.onnx'))).toEqual(readFileSync(file('there.onnx')));
});

it('a file is known by all of its names', async () => {
  linkSync(file('data.csv'), file('hard.csv'));
  symlinkSync(file('data.csv'), file('soft.csv'));
  mkdirSync(file('sub'));
  symlinkSync(folder, file('sub/up'));
  for (const name of ['hard.csv', 'soft.csv', 'sub/../data.csv', 'sub/up/data.csv']) {
    const free = requireFree(outputsOf({ '--csv': file(name) }), { inputs: [file('data.csv')], force: true });
    await expect(free, name).rejects.toThrow('is read by this command');
  }
  const twice = outputsOf({ '--csv': file('new'), '--json': file('sub/up/new') });
  await expect(requireFree(twice, {})).rejects.toThrow('is written for --csv too');
});

it('an empty file, a device and a pipe are nothing to lose; a folder and a place without a folder are told at once', async () => {
  writeFileSync(file('empty'), '');
  const check = (path: string) => requireFree(outputsOf({ '--csv': path }), {});
  await check(file('empty'));
  await check('/dev/null');
  await requireFree(outputsOf({ '--csv': '/dev/null', '--json': '/dev/null' }), {});
  await expect(check(folder)).rejects.toThrow(`--csv ${folder} is a folder: give the name of a file`);
  await expect(check(file('none/a'))).rejects.toMatchObject({
    code: 'not-saved',
    message: `${file('none/a')} cannot be written (ENOENT): choose another place for --csv`,
  });
});

it.each(Object.entries<ModelFormat>(MODEL_FORMATS))('%s names all files that it writes', async (_, format) => {
  expect([...(await format.write(MODEL)).keys()].sort()).toEqual([format.fileName, ...(format.others ?? [])].sort());
});

it('every command that writes files has --force', () => {
  const writes = /^--(json|csv|mean-csv|picture|trace|out)$/;
  for (const command of createProgram().commands) {
    const options = command.options.map(({ long }) => long ?? '');
    const isWriter = options.some((option) => writes.test(option)) || command.name() === 'convert';
    expect(options.includes('--force'), command.name()).toBe(isWriter);
  }
});
