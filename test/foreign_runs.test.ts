import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readModelFile } from '../src/library/model_files.ts';
import { newPath, OPTIONS, output, train, trained, useReferences } from './reference_runs.ts';
import { RUN_FILES } from './run_files.ts';

// A run writes only where it may.

useReferences();

describe('a run folder from somebody else', () => {
  /** A run that goes on, whose options name these paths. */
  async function foreign(paths: (out: string) => object): Promise<{ out: string; victim: string }> {
    const { out } = await trained('--epochs', '2');
    const run = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'));
    const flags = { ...run.flags, epochs: 3, ...paths(out) };
    writeFileSync(join(out, 'run.json'), JSON.stringify({ ...run, flags }));
    const victim = newPath();
    mkdirSync(victim);
    return { out, victim };
  }

  it.each([
    ['--model', (victim: string) => ({ model: join(victim, 'm.onnx') })],
    ['--json', (victim: string) => ({ json: join(victim, 'r.json') })],
    ['--json', (victim: string) => ({ json: relative('.', join(victim, 'r.json')) })],
    ['--tensorboard', (victim: string) => ({ tensorboard: victim })],
  ])('does not write where its %s says, but in itself, until the option is given again', async (option, flags) => {
    const { out, victim } = await foreign(() => ({}));
    const run = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'));
    const stored = flags(victim);
    const paths = { force: true, out: victim, resume: victim, ...stored };
    writeFileSync(join(out, 'run.json'), JSON.stringify({ ...run, flags: { ...run.flags, ...paths } }));
    await train('--resume', out);
    const [path] = Object.values(stored);
    expect(output.stderr).toBe(
      `the run names ${option} ${path}, which is outside its folder: give the option again to write there\n`,
    );
    expect(readdirSync(victim)).toEqual([]);
    expect(readdirSync(out).sort()).toEqual(RUN_FILES);
    await train('--resume', out, '--epochs', '4', option, path);
    expect(output.stderr).toBe('');
    expect(readdirSync(victim)).not.toEqual([]);
  });

  it.each([
    ['--model', { model: 'link/m.onnx' }, 'link'],
    ['--model', { model: 'm.json' }, 'weights.bin'],
    ['--json', { json: 'r.json' }, 'r.json'],
    ['--tensorboard', { tensorboard: true }, 'tensorboard'],
    ['--tensorboard', { tensorboard: 'log' }, 'log/train'],
  ])('does not write through a link: %s %j', async (option, stored, link) => {
    const inside = (out: string, path: unknown) => (typeof path === 'string' ? join(out, path) : path);
    const { out, victim } = await foreign((out) =>
      Object.fromEntries(Object.entries(stored).map(([name, path]) => [name, inside(out, path)])),
    );
    const target = link.includes('.') ? join(victim, 'new file') : victim;
    mkdirSync(dirname(join(out, link)), { recursive: true });
    symlinkSync(target, join(out, link));
    await train('--resume', out);
    expect(output.stderr).toMatch(new RegExp(`^the run names ${option} .* is outside its folder: `));
    expect(readdirSync(victim)).toEqual([]);
  });

  it('writes paths that stay in it', async () => {
    const { out } = await foreign((out) => ({
      model: join(out, 'm.onnx'),
      json: join(out, 'r.json'),
      tensorboard: true,
    }));
    await train('--resume', out);
    expect(output.stderr).toBe('');
    expect(readdirSync(out).sort()).toEqual([...RUN_FILES, 'm.onnx', 'r.json', 'tensorboard'].sort());
  });

  it('does not write through a link in the place of its own files', async () => {
    const { out, victim } = await foreign(() => ({}));
    const mine = join(victim, 'mine');
    writeFileSync(mine, 'mine');
    const names = ['history.csv', 'history.json', 'attention.csv', 'report.html', 'checkpoint.safetensors'];
    for (const name of [...names, 'checkpoint.before.safetensors', '.history.csv.1.tmp']) {
      rmSync(join(out, name), { force: true });
      symlinkSync(mine, join(out, name));
    }
    rmSync(join(out, 'history.json'));
    await train('--resume', out, '--checkpoint-seconds', '0');
    expect(readFileSync(mine, 'utf8')).toBe('mine');
    expect(readdirSync(victim)).toEqual(['mine']);
  });

  it('names the files that it reads', async () => {
    const data = `${newPath()}.csv`;
    const rows = Array.from({ length: 20 }, (_, n) => `${n % 3},${n % 5},${n % 4},${n % 7},${'ab'[n % 2]}\n`);
    writeFileSync(data, rows.join(''));
    const out = newPath();
    await train('--data', data, '--test', data, '--units', '2', '--epochs', '1', '--out', out);
    await train('--resume', out, '--epochs', '2');
    expect(output.stdout).toMatch(`The run reads --data ${data}, --test ${data}\n`);
  });
});

describe('a new run', () => {
  it.each([
    [
      'a model that is there already',
      (path: string) => ['--model', path],
      'is there already: give another name, or --force',
    ],
    ['a result that is there already', (path: string) => ['--json', path], 'is there already: give another name, or'],
    [
      'a file that it reads',
      (path: string) => ['--data', path, '--json', path],
      'is read by this command: give another',
    ],
  ])('does not replace %s', async (_, options, message) => {
    const path = `${newPath()}.onnx`;
    writeFileSync(path, 'mine');
    const out = newPath();
    await expect(train('--out', out, ...options(path))).rejects.toThrow(`${path} ${message}`);
    expect(readFileSync(path, 'utf8')).toBe('mine');
    expect(existsSync(out)).toBe(false);
  });

  it('does not take a name of its folder’s files for others', async () => {
    const out = newPath();
    const json = join(out, 'history.json');
    await expect(train('--out', out, '--json', json)).rejects.toThrow(
      `--json ${json} is written by every run: give another`,
    );
  });

  it('leaves no folder if its log cannot begin, and adds nothing to the log of another run', async () => {
    const log = newPath();
    await trained('--epochs', '1', '--tensorboard', log);
    const before = readdirSync(join(log, 'train'));
    const out = newPath();
    for (let i = 0; i < 2; i++) {
      const again = train(...OPTIONS, '--epochs', '1', '--out', out, '--tensorboard', log);
      await expect(again).rejects.toThrow(`the folder ${log} already holds a log`);
      expect(existsSync(out)).toBe(false);
    }
    expect(readdirSync(join(log, 'train'))).toEqual(before);
  });

  it('replaces a model by --force', async () => {
    const path = `${newPath()}.onnx`;
    writeFileSync(path, 'mine');
    const { out } = await trained('--epochs', '1', '--model', path, '--force');
    expect((await readModelFile(path)).history).toHaveLength(1);
    expect(readFileSync(join(out, 'run.json'), 'utf8')).not.toContain('force');
  });
});
