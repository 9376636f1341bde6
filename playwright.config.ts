import { defineConfig } from 'playwright/test';
import { findBrowser } from './src/hosts/browser.ts';
import { chromeArguments } from './src/hosts/chrome.ts';
import { packagePath } from './src/hosts/package_path.ts';

const PORT = Number(process.env.PORT ?? 4173);

/**
 * `npm run test:browser` runs two tests at a time: a single one leaves a core waiting for compilers, launches and
 * drawing. Tests that compare times are tagged @alone and run after the others, one by one. A shared machine may stand
 * still for longer than a test waits. So `npm run test:browser` runs a failed test once more and names it as flaky; a
 * spec that is run by hand is not repeated.
 */
export default defineConfig({
  testDir: 'e2e',
  globalSetup: packagePath('test/temporary_folder.ts'),
  workers: 1,
  fullyParallel: true,
  forbidOnly: true,
  // Only a test that hangs takes this long, however busy the machine is.
  timeout: 300_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  outputDir: 'test-results',
  use: {
    baseURL: `http://localhost:${PORT}/`,
    launchOptions: { executablePath: findBrowser()?.path, args: chromeArguments('auto') },
    screenshot: 'only-on-failure',
  },
  webServer: {
    command: `npm run preview -- --port ${PORT} --strictPort --host localhost`,
    url: `http://localhost:${PORT}/`,
    reuseExistingServer: false,
  },
});
