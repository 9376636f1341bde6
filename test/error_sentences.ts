import { FUNCTIONS, isFunction, type Node, type SyntaxTree, within } from './syntax_tree.ts';

/** The texts that the parameters of a function stand for in one of its calls. */
type Arguments = Map<string, string>;

/** What stands in a sentence for a value, or for one of several texts. */
const VARIES = '…';

/**
 * The sentences of all Failures as the sources have them, each as `code: sentence`: of every `new Failure(code, text)`, and where a
 * function returns that, of every call by the function's name. Functions that return Failures need different names.
 */
export class ErrorSentences {
  constructor(private readonly tree: SyntaxTree) {}

  find(): Set<string> {
    const failures = this.tree.all('NewExpression').filter(({ callee }) => callee.name === 'Failure');
    const found = new Set(failures.flatMap((it) => this.sentencesOf(it)));
    found.delete(`${VARIES}: ${VARIES}`); // It hands another one on.
    return found;
  }

  private sentencesOf(failure: Node): string[] {
    const [code, text] = failure.arguments;
    return this.argumentsAt(failure).flatMap((given) =>
      this.textsOf(code, given).flatMap((name) =>
        this.textsOf(text, given).map((sentence) => `${name}: ${sentence.replace(/…+/g, VARIES)}`),
      ),
    );
  }

  /** What the parameters around a call stand for: where a function returns its value, in each call of that function. */
  private argumentsAt(call: Node): Arguments[] {
    const [parent] = this.tree.around(call);
    if (parent.type === 'ConditionalExpression') return this.argumentsAt(parent);
    const around = this.tree.functionAround(call);
    const isReturned = parent.type === 'ReturnStatement' || parent === around;
    const name = around && isReturned ? this.tree.nameOf(around) : undefined;
    if (!around || !name) return [new Map()];
    const calls = this.tree.all('CallExpression').filter(({ callee }) => (callee.property ?? callee).name === name);
    return calls.flatMap((outer) =>
      this.argumentsAt(outer).flatMap((given) => this.argumentsOf(outer, around.params, given)),
    );
  }

  /** One for each combination of texts. */
  private argumentsOf(call: Node, params: Node[], given: Arguments): Arguments[] {
    let all: Arguments[] = [new Map()];
    for (const [i, { name }] of params.entries()) {
      const texts = call.arguments[i] ? this.textsOf(call.arguments[i], given) : [VARIES];
      all = all.flatMap((one) => texts.map((text) => new Map(one).set(name, text)));
    }
    return all;
  }

  /** The texts that an expression may be. */
  private textsOf(node: Node, given: Arguments): string[] {
    const texts = (part: Node) => this.textsOf(part, given);
    const theOne = (part: Node) => {
      const [first, ...others] = new Set(texts(part));
      return others.length === 0 ? first : VARIES;
    };
    switch (node.type) {
      case 'Literal':
        return [typeof node.value === 'string' ? node.value : VARIES];
      case 'TemplateLiteral': {
        const inserted = [...node.expressions.map(theOne), ''];
        return [node.quasis.map(({ value }: Node, i: number) => value.cooked + inserted[i]).join('')];
      }
      case 'BinaryExpression':
        return [theOne(node.left) + theOne(node.right)];
      case 'ConditionalExpression':
        return [...texts(node.consequent), ...texts(node.alternate)];
      case 'LogicalExpression':
        return [...texts(node.left), ...texts(node.right)];
      case 'Identifier':
        return this.namedTexts(node, given);
      case 'CallExpression':
        return this.returnedTexts(node.callee.name);
      default:
        return [VARIES];
    }
  }

  /** The texts of a parameter, or of the nearest constant of that name in the file; none of `undefined`. */
  private namedTexts(identifier: Node, given: Arguments): string[] {
    const text = given.get(identifier.name);
    if (text !== undefined) return [text];
    if (identifier.name === 'undefined') return [];
    const isNamed = ({ name }: Node) => name === identifier.name;
    for (const around of this.tree.around(identifier)) {
      if (isFunction(around) && around.params.flatMap(within).some(isNamed)) break;
      const statements: Node[] = Array.isArray(around.body) ? around.body : [];
      const constants = statements.flatMap((it) => (it.declaration ?? it).declarations ?? []);
      const constant = constants.find(({ id, init }: Node) => isNamed(id) && init);
      if (constant) return this.textsOf(constant.init, given);
    }
    return [VARIES];
  }

  /** The texts that the one function of a name returns, whatever its parameters are. */
  private returnedTexts(name?: string): string[] {
    const [called, ...others] = this.tree.all(...FUNCTIONS).filter((it) => name && this.tree.nameOf(it) === name);
    if (!called || others.length > 0) return [VARIES];
    const returns = this.tree.all('ReturnStatement').filter((it) => this.tree.functionAround(it) === called);
    return returns.length > 0 ? returns.flatMap(({ argument }) => this.textsOf(argument, new Map())) : [VARIES];
  }
}
