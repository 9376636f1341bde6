import { mergeConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** Without the tests that feed readers thousands of damaged or huge files: each mutant would wait for them. */
export default mergeConfig(config, {
  test: { exclude: ['test/**/*fuzz.test.ts', 'test/exhausting_files.test.ts', 'test/series_streaming.test.ts'] },
});
