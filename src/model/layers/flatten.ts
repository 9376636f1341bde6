import type { Layer } from './layer.ts';

/** A sequence (T, C) as a single row, step by step. With samples innermost both lie in memory alike: nothing runs. */
export const flatten: Layer<object> = {
  type: 'flatten',
  takes: { form: 'sequence', innermost: 'samples' },
  output: (_, [{ steps = 1, features }]) => ({ features: steps * features }),
  parameters: () => [],
  forward: (_, { output }, [{ tensor, innermost, skip }]) => ({
    run: [],
    output: { ...output, tensor, innermost, skip },
  }),
  backward: () => [],
  views: () => [],
  keras: {
    names: ['flatten'],
    write: (graph, { output: { features } }, from) => graph.add('Flatten', { shape: [features], from }),
  },
};
