import { test as base, expect } from 'playwright/test';

export { expect };

interface Options {
  /** Whether the browser keeps the page for times without a network, which takes as long as a small run. */
  isKeptForOffline: boolean;
}

/** A page of the built site that must stay quiet: no console error or warning, no page error, no other host. */
export const test = base.extend<Options>({
  isKeptForOffline: [false, { option: true }],
  page: async ({ page, baseURL, isKeptForOffline }, use) => {
    if (!isKeptForOffline) {
      await page.context().addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'serviceWorker'));
    }
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()))
        complaints.push(`console ${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => complaints.push(`page error: ${error.message}`));
    page.context().on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (protocol.startsWith('http') && origin !== new URL(baseURL ?? '').origin)
        complaints.push(`request: ${origin}`);
    });
    await use(page);
    expect(complaints).toEqual([]);
  },
});
