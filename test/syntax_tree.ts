import { parseSync } from 'vite';

/** A node of ESTree; its fields go with its type. */
export interface Node {
  type: string;
  // biome-ignore lint/suspicious/noExplicitAny: of the hundred types a few matter.
  [field: string]: any;
}

/** The syntax of some TypeScript files, with the way back from a node to what it stands in. */
export class SyntaxTree {
  private readonly parents = new Map<Node, Node>();
  private readonly byType = new Map<string, Node[]>();

  constructor(files: Record<string, string>) {
    for (const [name, text] of Object.entries(files)) {
      this.add(parseSync(name, text, { preserveParens: false }).program);
    }
  }

  all(...types: string[]): Node[] {
    return types.flatMap((type) => this.byType.get(type) ?? []);
  }

  /** What a node stands in, from the nearest to the file. */
  around(node: Node): Node[] {
    const parent = this.parents.get(node);
    return parent ? [parent, ...this.around(parent)] : [];
  }

  functionAround(node: Node): Node | undefined {
    return this.around(node).find(isFunction);
  }

  /** What a function is called by: its own name, or that of the constant, method or field that it is. */
  nameOf(node: Node): string | undefined {
    const parent = this.parents.get(node);
    return (node.id ?? parent?.id ?? parent?.key)?.name;
  }

  private add(node: Node): void {
    const alike = this.byType.get(node.type);
    if (alike) alike.push(node);
    else this.byType.set(node.type, [node]);
    for (const child of childrenOf(node)) {
      this.parents.set(child, node);
      this.add(child);
    }
  }
}

export const FUNCTIONS = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'];

export function isFunction({ type }: Node): boolean {
  return FUNCTIONS.includes(type);
}

/** A node and all that is in it. */
export function within(node: Node): Node[] {
  return [node, ...childrenOf(node).flatMap(within)];
}

function childrenOf(node: Node): Node[] {
  return Object.values(node)
    .flat()
    .filter((value) => typeof value?.type === 'string');
}
