import {
  Decoration,
  type DecorationSet,
  type EditorView,
  MatchDecorator,
  ViewPlugin,
  type ViewUpdate,
} from '@codemirror/view';

/** The look of each kind of word in a line; the first match wins. */
const WORDS = {
  comment: /\/\/.*/,
  attribute: /@\w+/,
  keyword:
    /\b(?:alias|break|case|const|const_assert|continue|continuing|default|diagnostic|discard|else|enable|fn|for|if|let|loop|override|requires|return|struct|switch|var|while|true|false)\b/,
  type: /\b(?:array|atomic|bool|[fiu]32|f16|mat[234]x[234][fh]?|ptr|vec[234][fhiu]?|function|private|workgroup|uniform|storage|read|write|read_write)\b/,
  number: /\b(?:0[xX][\da-fA-F]+[iu]?|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?[iufh]?)\b/,
} as const;
const KINDS = Object.keys(WORDS) as (keyof typeof WORDS)[];

const decorator = new MatchDecorator({
  regexp: new RegExp(KINDS.map((kind) => `(?<${kind}>${WORDS[kind].source})`).join('|'), 'g'),
  decoration: ({ groups }) => Decoration.mark({ class: `wgsl-${KINDS.find((kind) => groups?.[kind] !== undefined)}` }),
});

/** Colours WGSL's words in the lines that are seen, by the classes `wgsl-keyword`, `wgsl-type` and so on. */
export const wgslHighlighting = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = decorator.createDeco(view);
    }

    update(update: ViewUpdate): void {
      this.decorations = decorator.updateDeco(update, this.decorations);
    }
  },
  { decorations: ({ decorations }) => decorations },
);
