import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright/test';
import { expect } from './fixtures.ts';

/** Axe's tag for rules about colours. */
const COLOURS = 'cat.color';

/**
 * Checks the page as it is now, or a part of it, against axe's rules, best practices included. In the dark scheme only
 * the rules about colours are checked, because nothing else changes with it.
 */
export async function expectAccessible(page: Page, part = 'html'): Promise<void> {
  await expectNoViolations(page, 'light', (axe) => axe.include(part));
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectNoViolations(page, 'dark', (axe) => axe.include(part).withTags(COLOURS));
  await page.emulateMedia({ colorScheme: 'light' });
}

/**
 * Checks a page that is accessible on a wide screen on a phone too, except for the rules about colours, which are the
 * same.
 */
export async function expectAccessibleOnPhone(page: Page): Promise<void> {
  await page.setViewportSize({ width: 360, height: 740 });
  // Charts follow the page's width in a later frame.
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  await expectNoViolations(page, 'phone', (axe) => axe.disableRules(['color-contrast', 'link-in-text-block']));
}

async function expectNoViolations(
  page: Page,
  where: 'light' | 'dark' | 'phone',
  configure: (axe: AxeBuilder) => AxeBuilder,
): Promise<void> {
  // The other mode collects the findings of frames in a separate page; this page has no frames.
  const { violations, passes } = await configure(new AxeBuilder({ page })).setLegacyMode().analyze();
  const found = violations.map(({ id, impact, nodes }) => ({
    rule: `${id} (${impact})`,
    at: nodes.map(({ target, failureSummary }) => `${target}: ${failureSummary}`),
  }));
  expect(found, `violations: ${where}`).toEqual([]);
  expect(passes.map(({ id }) => id)).toContain(where === 'phone' ? 'button-name' : 'color-contrast');
}
