// Mutation testing, `npm run test:mutation`: which changes of the sources no unit test notices. One file:
// `npm run test:mutation -- --mutate src/train/schedule.ts`. The report is reports/mutation/index.html.

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'vitest.mutation.config.ts' },
  coverageAnalysis: 'perTest',
  mutate: ['src/{data,model,settings,train}/**/*.ts'],
  // Stryker would rewrite paths in it, for which it needs the API of TypeScript 6; there are none to rewrite.
  tsconfigFile: 'none.json',
  ignorePatterns: ['.stryker-tmp', 'dist', 'docs/api', 'e2e', 'pictures', 'reports', 'runs', 'soak', 'test-results'],
  // The next run tries only what has changed since.
  incremental: true,
  incrementalFile: 'reports/mutation/incremental.json',
  reporters: ['progress', 'clear-text', 'html', 'json'],
  clearTextReporter: { allowColor: false, reportTests: false },
  htmlReporter: { fileName: 'reports/mutation/index.html' },
  jsonReporter: { fileName: 'reports/mutation/mutation.json' },
  // A report, not a gate.
  thresholds: { high: 90, low: 70, break: null },
  timeoutMS: 10_000,
};
