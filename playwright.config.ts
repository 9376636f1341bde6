import { defineConfig } from 'playwright/test';
import { findBrowser } from './src/hosts/browser.ts';
import { chromeArguments } from './src/hosts/chrome.ts';

const PORT = 4173;

/** One worker: the software adapter uses every core already, and timings must not disturb each other. */
export default defineConfig({
  testDir: 'e2e',
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  timeout: 120_000,
  expect: { timeout: 15_000 },
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
