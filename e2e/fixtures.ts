import { test as base, expect } from 'playwright/test';

export { expect };

/** A page of the built site that must stay quiet: no console error or warning, no page error, no other host. */
export const test = base.extend({
  page: async ({ page, baseURL }, use) => {
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
