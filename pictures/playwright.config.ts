import { defineConfig } from 'playwright/test';
import tests from '../playwright.config.ts';

/** `npm run pictures` takes the pictures that README shows; the same browser and server as the tests have. */
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
