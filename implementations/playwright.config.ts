import { defineConfig } from 'playwright/test';
import browserTests from '../playwright.config.ts';
import { packagePath } from '../src/hosts/package_path.ts';

/** The tests of other implementations than Chrome's, on the same built page. One at a time: each takes both cores. */
export default defineConfig({
  ...browserTests,
  testDir: '.',
  webServer: Object.assign({}, browserTests.webServer, { cwd: packagePath('') }),
  fullyParallel: false,
  timeout: 600_000,
  outputDir: '../test-results/implementations',
});
