import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright/test';
import { expect } from './fixtures.ts';

/** Axe's tag of the rules about colours. */
const COLOURS = 'cat.color';

/**
 * Holds the page as it is now, or a part of it, to axe's rules, best practices included; in the dark scheme only to those about
 * colours, because nothing else changes with it.
 */
export async function expectAccessible(page: Page, part = 'html'): Promise<void> {
  await expectNoViolations(page, 'light', (axe) => axe.include(part));
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectNoViolations(page, 'dark', (axe) => axe.include(part).withTags(COLOURS));
  await page.emulateMedia({ colorScheme: 'light' });
}

/** Holds the page that is accessible on a wide screen to axe's rules on a phone, but for those about colours, which are the same. */
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
  // The page has no frames, whose findings the other mode puts together in a page of its own.
  const { violations, passes } = await configure(new AxeBuilder({ page })).setLegacyMode().analyze();
  const found = violations.map(({ id, impact, nodes }) => ({
    rule: `${id} (${impact})`,
    at: nodes.map(({ target, failureSummary }) => `${target}: ${failureSummary}`),
  }));
  expect(found, `violations: ${where}`).toEqual([]);
  expect(passes.map(({ id }) => id)).toContain(where === 'phone' ? 'button-name' : 'color-contrast');
}
