import { orList } from '../../text/quote.ts';
import { binary } from './binary.ts';
import { categorical } from './categorical.ts';
import type { OutputKind } from './output_kind.ts';
import { regression } from './regression.ts';

/** Every kind of output. */
export const OUTPUTS = { binary, categorical, regression } as const;

type Kinds = typeof OUTPUTS;
type Kind = Kinds[keyof Kinds];

/** What a model predicts. */
export type Output = NonNullable<ReturnType<Kind['fromUnits']>>;

/** The metric beside the loss of a kind of output. */
export type OutputMetric = Kind['metric'];

/** The output of a model that does not name one. */
export const DEFAULT_OUTPUT: Output = { kind: 'binary' };

/** The kind of an output. */
export function outputKind(output: Output = DEFAULT_OUTPUT): OutputKind<Output> & { metric: OutputMetric } {
  return OUTPUTS[output.kind];
}

/** Logits that the output layer gives for a sample: C. */
export function logitsOf(output: Output = DEFAULT_OUTPUT): number {
  return outputKind(output).logits(output);
}

/** Classes that a label can name; undefined if labels are numbers. */
export function classesOf(output: Output = DEFAULT_OUTPUT): number | undefined {
  return outputKind(output).classes(output);
}

/** The output for labels of this many classes, or for numbers. */
export function outputFor(classes: number | undefined): Output {
  for (const kind of Object.values(OUTPUTS)) {
    const output = kind.forLabels(classes);
    if (output) return output;
  }
  throw new Error(`no output for ${classes} classes`);
}

export function metricOf(output?: Output): OutputMetric {
  return outputKind(output).metric;
}

/** Every metric of some kind of output, once. */
export const METRICS: readonly OutputMetric[] = [...new Set(Object.values(OUTPUTS).map(({ metric }) => metric))];

export function isOutputKind(kind: unknown): kind is Output['kind'] {
  return typeof kind === 'string' && Object.hasOwn(OUTPUTS, kind);
}

/** The kinds of output in words: `binary, categorical or regression`. */
export function outputKinds(): string {
  return orList(Object.keys(OUTPUTS));
}
