import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SyntaxKind } from 'typescript/unstable/ast';
import {
  API,
  type Checker,
  type Symbol as Named,
  type Project,
  SymbolFlags,
  type Type,
  TypeFlags,
} from 'typescript/unstable/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../src/hosts/package_path.ts';

// Whatever an editor shows of the package, name or member, has a doc comment. The declarations are built as for npm.

const ENTRIES = ['src/index.d.ts', 'src/index.node.d.ts'];
const NAMED = SymbolFlags.Class | SymbolFlags.Interface | SymbolFlags.TypeAlias;

let folder: string;
let api: API;
let project: Project;

/** Builds the declarations in a folder within the project, so that packages are found. */
function buildDeclarations(): string {
  const built = mkdtempSync(packagePath('node_modules/.declarations-'));
  const tsc = packagePath('node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', packagePath('tsconfig.library.json'), '--outDir', built]);
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2022',
    types: ['@webgpu/types', 'node'],
    skipLibCheck: true,
  };
  writeFileSync(join(built, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ENTRIES }));
  return built;
}

/** Walks over the exports of a module and their members, and collects those that have no doc comment. */
class Walk {
  readonly undocumented = new Set<string>();
  readonly documented = new Set<string>();
  private readonly seen = new Set<number>();

  constructor(private readonly checker: Checker) {}

  exports(module: Named): void {
    for (const exported of this.checker.getExportsOfModule(module)) {
      const symbol = exported.flags & SymbolFlags.Alias ? this.checker.getAliasedSymbol(exported) : exported;
      this.note(symbol, exported.name);
      if (symbol.flags & NAMED) this.members(this.checker.getDeclaredTypeOfSymbol(symbol), exported.name);
      const type = symbol.flags & SymbolFlags.Class ? this.checker.getTypeOfSymbol(symbol) : undefined;
      if (type) this.members(type, `static ${exported.name}`);
    }
  }

  private note(symbol: Named, path: string): void {
    const isDocumented = this.checker.getDocumentationCommentOfSymbol(symbol) !== '';
    (isDocumented ? this.documented : this.undocumented).add(path);
  }

  /** The members of a type, of each part of a union, and of unnamed types in them; named ones have their own turn. */
  private members(type: Type, path: string): void {
    if (type.isUnionType() || type.isIntersectionType()) {
      for (const part of type.getTypes()) this.members(part, path);
      return;
    }
    if (this.seen.has(type.id)) return;
    this.seen.add(type.id);
    for (const symbol of this.checker.getPropertiesOfType(type)) {
      const memberType = this.checker.getTypeOfSymbol(symbol);
      if (!isPublic(symbol) || (memberType && memberType.flags & TypeFlags.StringLiteral)) continue;
      this.note(symbol, `${path}.${symbol.name}`);
      if (memberType?.getSymbol()?.name === '__type') this.members(memberType, `${path}.${symbol.name}`);
    }
  }
}

/** Whether the package declares the member, for everybody. */
function isPublic({ declarations }: Named): boolean {
  const own = declarations.filter(({ path }) => path.includes('.declarations-'));
  return own.some((declaration) => {
    const { modifiers = [] } = (declaration.resolve(project) ?? {}) as { modifiers?: Iterable<{ kind: SyntaxKind }> };
    return ![...modifiers].some(({ kind }) => kind === SyntaxKind.PrivateKeyword);
  });
}

beforeAll(() => {
  folder = buildDeclarations();
  api = new API();
  [project] = api.updateSnapshot({ openProjects: [join(folder, 'tsconfig.json')] }).getProjects();
}, 300_000);
afterAll(() => {
  api?.close();
  if (folder) rmSync(folder, { recursive: true });
});

describe.each(ENTRIES)('%s', (entry) => {
  it('has hover text for every name and member', () => {
    const file = project.program.getSourceFile(join(folder, entry));
    const module = file && project.checker.getSymbolAtLocation(file);
    if (!module) throw new Error(`there is no module ${entry}`);
    const walk = new Walk(project.checker);
    walk.exports(module);
    expect([...walk.undocumented]).toEqual([]);
    for (const name of ['AttentionLstm.fit', 'static AttentionLstm.load', 'FitOptions.epochs', 'History.warnings']) {
      expect(walk.documented).toContain(name);
    }
  });
});
