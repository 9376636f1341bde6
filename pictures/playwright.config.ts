import { defineConfig } from 'playwright/test';
import tests from '../playwright.config.ts';

/** `npm run pictures` takes README's pictures, with the browser and server of the tests. */
export default defineConfig({
  ...tests,
  testDir: '.',
  outputDir: '../test-results',
  timeout: 900_000,
  use: {
    ...tests.use,
    viewport: { width: 1280, height: 960 },
    colorScheme: 'light',
    contextOptions: { reducedMotion: 'reduce' },
  },
});
