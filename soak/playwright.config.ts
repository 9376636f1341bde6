import { defineConfig } from 'playwright/test';
import tests from '../playwright.config.ts';

/**
 * `npm run test:soak`: long runs in Node and on the page, and many kills, side by side, with the browser and server of
 * the tests.
 */
export default defineConfig({
  ...tests,
  testDir: '..',
  testMatch: ['soak/*.spec.ts', 'e2e/soak.spec.ts', 'e2e/kills.spec.ts'],
  globalSetup: '../test/temporary_folder.ts',
  outputDir: '../test-results',
  workers: 2,
});
