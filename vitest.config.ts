import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/temporary_folder.ts',
    // Threads start sooner than processes; each file has modules and globals of its own all the same.
    pool: 'threads',
    testTimeout: 60_000,
    maxWorkers: availableParallelism(),
    // Node finds TensorFlow.js' modules only as they are bundled.
    server: { deps: { inline: [/@tensorflow/] } },
  },
});
