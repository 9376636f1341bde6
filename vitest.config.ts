import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/temporary_folder.ts',
    // Threads start faster than processes, and each file still has its own modules and globals.
    pool: 'threads',
    // Only a test that hangs takes this long, however busy the machine is.
    testTimeout: 300_000,
    maxWorkers: availableParallelism(),
    // Node finds TensorFlow.js' modules only if they are bundled.
    server: { deps: { inline: [/@tensorflow/] } },
  },
});
