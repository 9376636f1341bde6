import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, indentUnit } from '@codemirror/language';
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { EditorState, type Extension, type Text } from '@codemirror/state';
import { EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import type { CompilerMessage } from '../../../gpu/compilation.ts';
import { wgslHighlighting } from './wgsl_highlighting.ts';

/** The page's colours; they follow its scheme. */
const THEME = EditorView.theme({
  '&': { maxHeight: '30rem', fontSize: '0.8125rem', color: 'var(--text)', backgroundColor: 'var(--background)' },
  '&.cm-focused': { outline: '2px solid var(--accent)' },
  '.cm-scroller': { overflow: 'auto', fontFamily: 'ui-monospace, "SF Mono", Menlo, Consolas, monospace' },
  '.cm-content': { caretColor: 'var(--text)' },
  '.cm-gutters': { color: 'var(--muted)', backgroundColor: 'var(--surface)', borderColor: 'var(--line)' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--surface)' },
  '.cm-tooltip': { color: 'var(--text)', backgroundColor: 'var(--surface)', borderColor: 'var(--line)' },
  '.cm-panels': { color: 'var(--text)', backgroundColor: 'var(--surface)' },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--line)' },
  '.wgsl-comment': { color: 'var(--muted)', fontStyle: 'italic' },
  '.wgsl-attribute': { color: 'var(--caution)' },
  '.wgsl-keyword': { color: 'var(--accent)', fontWeight: '600' },
  '.wgsl-type': { color: 'var(--validation)' },
  '.wgsl-number': { color: 'var(--good)' },
});

/**
 * Text typed over a selection: left to the browser it gets the selection's colour as an inline style, which the policy
 * refuses.
 */
const TYPED_OVER = EditorView.domEventHandlers({
  beforeinput({ inputType, data }, view) {
    if (inputType !== 'insertText' || data === null || view.state.selection.main.empty) return false;
    view.dispatch(view.state.replaceSelection(data), { scrollIntoView: true, userEvent: 'input.type' });
    return true;
  },
});

/**
 * An editor of WGSL, in a shadow root: there its styles are style sheets of a script, which the page's policy allows.
 */
export class WgslEditor {
  private readonly view: EditorView;
  private readonly extensions: Extension[];

  constructor(host: HTMLElement) {
    const root = host.attachShadow({ mode: 'open' });
    this.extensions = [
      [lineNumbers(), lintGutter(), history(), bracketMatching(), highlightActiveLine(), wgslHighlighting, THEME],
      TYPED_OVER,
      indentUnit.of('  '),
      EditorView.contentAttributes.of({ 'aria-label': 'WGSL code', tabindex: '0' }),
      // The editor does not take the Tab key: it moves the focus, as everywhere.
      keymap.of([...lintKeymap, ...historyKeymap, ...defaultKeymap]),
    ];
    this.view = new EditorView({ root, parent: root });
    this.open('');
  }

  /** Begins with a text: there is nothing to undo. */
  open(text: string): void {
    this.view.setState(EditorState.create({ doc: text, extensions: this.extensions }));
  }

  /** Puts another text in place; undo brings the one before back. */
  replace(text: string): void {
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text } });
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  /** Marks the compiler's messages at their places. Messages without a place stand in the list only. */
  mark(messages: CompilerMessage[]): void {
    const { doc } = this.view.state;
    const placed = messages.filter(({ line }) => line >= 1 && line <= doc.lines);
    const diagnostics = placed.map((message) => diagnostic(doc, message)).sort((a, b) => a.from - b.from);
    this.view.dispatch(setDiagnostics(this.view.state, diagnostics));
  }

  /** Leads the cursor to a place, counted from 1. */
  goTo(line: number, column: number): void {
    const { from, length } = this.view.state.doc.line(Math.min(line, this.view.state.doc.lines));
    this.view.dispatch({
      selection: { anchor: from + Math.min(length, Math.max(0, column - 1)) },
      scrollIntoView: true,
    });
    this.view.focus();
  }
}

function diagnostic(doc: Text, { line, column, length, severity, text }: CompilerMessage): Diagnostic {
  const { from, to } = doc.line(line);
  const begin = Math.min(to, from + Math.max(0, column - 1));
  return { from: begin, to: Math.min(doc.length, begin + length), severity, message: text };
}
