import { describe, expect, it } from 'vitest';
import { kernels } from '../shaders/index.ts';
import { defineKernel, type Numbers, readsBinding, writesBinding } from '../src/gpu/kernel.ts';
import { largestError, relativeL2 } from '../src/verify/check.ts';
import { caseInputs, outputError, POISON, trialsOf } from '../src/verify/kernel_cases.ts';

describe('the registry', () => {
  it('names every kernel once', () => {
    const names = kernels.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(0);
  });

  it.each(kernels)('$name declares its bindings as its WGSL does', (kernel) => {
    const { bindings } = kernel;
    const [{ shape, tile }] = trialsOf(kernel);
    const source = kernel.code(shape, tile);
    const declared = [
      ...source.matchAll(/@group\(0\) @binding\((\d+)\) var<(storage, read_write|storage, read|uniform)>/g),
    ];
    const accesses = {
      'storage, read': ['read'],
      'storage, read_write': ['write', 'read_write'],
      uniform: ['uniform'],
    };
    expect(declared.map(([, index]) => Number(index))).toEqual(Object.keys(bindings).map((_, index) => index));
    Object.values(bindings).forEach((access, i) => {
      expect(accesses[declared[i][2] as keyof typeof accesses]).toContain(access);
    });
  });

  it.each(kernels)('$name has size-1, odd and large cases, and outputs of the declared sizes', (kernel) => {
    expect(kernel.cases.length).toBeGreaterThanOrEqual(3);
    expect(kernel.tolerance).toBeLessThanOrEqual(2e-5);
    const { shape } = kernel.cases[0];
    const sizes = kernel.sizes(shape);
    const outputs = kernel.reference(caseInputs(kernel, kernel.cases[0]), shape);
    const written = Object.keys(kernel.bindings).filter((name) => writesBinding(kernel.bindings[name]));
    expect(Object.keys(outputs).sort()).toEqual(written.sort());
    for (const name of written) expect(outputs[name].length, name).toBe(sizes[name]);
    const { flops, bytes } = kernel.cost(shape);
    expect(flops).toBeGreaterThanOrEqual(0);
    expect(bytes).toBeGreaterThan(0);
  });

  it.each(kernels)('$name: every trial has a name of its own', (kernel) => {
    const names = trialsOf(kernel).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(kernels)('$name: its inputs are the same in every run', (kernel) => {
    const inputs = caseInputs(kernel, kernel.cases[0]);
    expect(inputs).toEqual(caseInputs(kernel, kernel.cases[0]));
    const read = Object.keys(kernel.bindings).filter((name) => readsBinding(kernel.bindings[name]));
    expect(Object.keys(inputs)).toEqual(read);
  });
});

describe('the type of a kernel', () => {
  const kernel = {
    name: 'double',
    bindings: { x: 'read', y: 'write' },
    code: ({ length }: { length: number }) => `${length}`,
    workgroups: (): [number, number, number] => [1, 1, 1],
    sizes: ({ length }: { length: number }) => ({ x: length, y: length }),
    cost: () => ({ flops: 1, bytes: 8 }),
    lane: () => ({ loads: 1 }),
    cases: [],
    tolerance: 0,
  } as const;
  const double = (values: Numbers) => Float64Array.from(values, (value) => 2 * value);

  it('gives a reference what the kernel reads and takes what it writes, no less and no more', () => {
    const right = defineKernel({ ...kernel, cases: [], reference: ({ x }) => ({ y: double(x) }) });
    expect(right.reference({ x: Float64Array.of(3) }, { length: 1 })).toEqual({ y: Float64Array.of(6) });
    // @ts-expect-error It does not read y.
    defineKernel({ ...kernel, cases: [], reference: ({ y }) => ({ y }) });
    // @ts-expect-error It writes y.
    defineKernel({ ...kernel, cases: [], reference: () => ({}) });
    // @ts-expect-error It does not write x.
    defineKernel({ ...kernel, cases: [], reference: ({ x }) => ({ x: double(x), y: double(x) }) });
    const tiled = { ...kernel, cases: [], code: (_: object, tile: string) => tile };
    // @ts-expect-error Code that takes a tile needs tiles.
    defineKernel({ ...tiled, reference: ({ x }) => ({ y: double(x) }) });
  });
});

describe('the comparison', () => {
  const bitsOf = (values: number[]) => new Uint32Array(Float32Array.from(values).buffer);

  it('misses an element that the kernel left out', () => {
    const bits = bitsOf([1, 2]);
    bits[1] = POISON;
    expect(outputError(bits, Float64Array.of(1, 2))).toBe(Number.POSITIVE_INFINITY);
  });

  it('misses a write where the reference has none', () => {
    expect(outputError(bitsOf([1, 2]), Float64Array.of(1, Number.NaN))).toBe(Number.POSITIVE_INFINITY);
    const kept = bitsOf([1, 2]);
    kept[1] = POISON;
    expect(outputError(kept, Float64Array.of(1, Number.NaN))).toBe(0);
  });

  it('measures against the largest magnitude', () => {
    expect(largestError([1, 10.1], [1, 10])).toBeCloseTo(0.01, 12);
    expect(largestError([0], [0])).toBe(0);
    expect(largestError([1], [1, 2])).toBe(Number.POSITIVE_INFINITY);
    expect(largestError([Number.NaN], [1])).toBe(Number.POSITIVE_INFINITY);
    expect(relativeL2([3, 4], [3, 0])).toBeCloseTo(4 / 3, 12);
    expect(relativeL2([Number.NaN], [1])).toBe(Number.POSITIVE_INFINITY);
  });
});
