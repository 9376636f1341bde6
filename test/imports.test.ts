import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packagePath } from '../src/hosts/package_path.ts';

/**
 * The rooms of the house, the top first. A file imports from its own room and from those below; rooms of one line
 * ignore each other.
 */
const ORDER = [
  ['index.ts', 'index.node.ts', 'service_worker'],
  ['page', 'cli'],
  ['library'],
  ['hosts'],
  ['jobs'],
  ['formats'],
  ['bench'],
  ['verify'],
  ['train'],
  ['model'],
  ['shaders'],
  ['gpu'],
  ['data'],
  ['settings'],
  ['progress.ts', 'rules.ts'],
  ['text'],
  ['errors.ts'],
  ['failures.ts'],
];

const root = packagePath('.');
const files = ['src', 'shaders']
  .flatMap((folder) =>
    readdirSync(packagePath(folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  .filter((file) => file.endsWith('.ts'));

/** The project's files that a file imports, types included, by `import`, `export … from` and `import()`. */
function importsOf(file: string): string[] {
  const specifiers = readFileSync(packagePath(file), 'utf8').matchAll(/\b(?:from|import)\b\s*\(?\s*'(\.[^'?]+)/g);
  return [...specifiers].map(([, path]) => relative(root, join(root, dirname(file), path)));
}
const imports = new Map(files.map((file) => [file, importsOf(file).filter((path) => files.includes(path))]));

/** `src/train/run.ts` is in the room `train`, `src/errors.ts` is one of its own. */
function roomOf(file: string): string {
  const [top, name] = file.split('/');
  return top === 'src' ? name : top;
}
const heightOf = (room: string) => ORDER.findIndex((rooms) => rooms.includes(room));

/** The files of a circle in their order, or none. */
function findCircle(): string[] {
  const left = new Map(imports);
  for (let size = -1; size !== left.size; ) {
    size = left.size;
    for (const [file, paths] of left) if (!paths.some((path) => left.has(path))) left.delete(file);
  }
  // Each file that is left imports another one that is left: following them ends in a circle.
  const walk: string[] = [];
  let next = left.keys().next().value;
  while (next !== undefined && !walk.includes(next)) {
    walk.push(next);
    next = left.get(next)?.find((path) => left.has(path));
  }
  return next === undefined ? [] : walk.slice(walk.indexOf(next));
}

describe('imports', () => {
  it('are found', () => {
    expect(imports.get('src/jobs/bench.ts')).toContain('src/bench/epoch.ts');
    // A type, and a module that is loaded later.
    expect(imports.get('src/bench/result.ts')).toContain('src/bench/epoch.ts');
    expect(imports.get('src/jobs/run.ts')).toContain('src/jobs/workbench.ts');
  });

  it('form no circle, those of types included', () => {
    expect(findCircle()).toEqual([]);
  });

  it('point one way between rooms, and each room has its place', () => {
    expect(files.map(roomOf).filter((room) => heightOf(room) < 0)).toEqual([]);
    const upward = files.flatMap((file) => {
      const own = roomOf(file);
      return (imports.get(file) ?? [])
        .filter((path) => roomOf(path) !== own && heightOf(roomOf(path)) <= heightOf(own))
        .map((path) => `${file} imports ${path}`);
    });
    expect(upward).toEqual([]);
  });
});
