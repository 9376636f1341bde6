import type { Page } from 'playwright/test';

/** Markup that would run if anything read it as markup. */
export const HOSTILE = '<img src=x onerror="window.ran = true">';

/** Whether the markup ran on the page; undefined if not. */
export const ran = (page: Page): Promise<boolean | undefined> => page.evaluate(() => (window as { ran?: boolean }).ran);
