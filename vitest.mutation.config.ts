import { mergeConfig } from 'vitest/config';
import config from './vitest.config.ts';

/**
 * Without the tests that each mutant would wait for: those that feed readers thousands of damaged or huge files, and two hundred whole runs
 * of the command line. A property that fails is not made smaller.
 */
export default mergeConfig(config, {
  test: {
    exclude: [
      'test/**/*fuzz.test.ts',
      'test/exhausting_files.test.ts',
      'test/series_streaming.test.ts',
      'test/train_options.test.ts',
    ],
    setupFiles: 'test/quick_failures.ts',
  },
});
