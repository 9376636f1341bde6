import { expect, it } from 'vitest';
import type { ModelConfig } from '../src/model/config.ts';
import { inspectSeries } from '../src/model/inspection.ts';
import { createArena, initialParameters, packArena } from '../src/model/parameters.ts';

it('an inspection has the gates i, f, c̃, o of every step, each in a row of its own', () => {
  const [T, U] = [5, 3];
  const config: ModelConfig = {
    timeSteps: T,
    inputDim: 2,
    units: U,
    singleAttentionVector: false,
    output: { kind: 'binary' },
  };
  const parameters = packArena(createArena(config), initialParameters(config, 3));
  const x = Float32Array.from({ length: 2 * T }, (_, n) => Math.sin(n));
  const { gates, cell, hidden } = inspectSeries(config, parameters, x);
  expect(gates).toHaveLength(T * 4 * U);
  for (let t = 0; t < T; t++) {
    for (let j = 0; j < U; j++) {
      const [i, f, g, o] = [0, 1, 2, 3].map((gate) => gates[(4 * t + gate) * U + j]);
      const before = t === 0 ? 0 : cell[(t - 1) * U + j];
      expect(cell[t * U + j]).toBeCloseTo(f * before + i * g, 12);
      expect(hidden[t * U + j]).toBeCloseTo(o * Math.tanh(cell[t * U + j]), 12);
    }
  }
});
