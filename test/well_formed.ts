import { expect } from 'vitest';

/** Every element that is opened is closed, in order. A style sheet and what stands before `<html` are left out. */
export function expectBalanced(markup: string): void {
  const open: string[] = [];
  const body = markup.slice(Math.max(0, markup.indexOf('<html'))).replace(/<style>.*<\/style>/s, '');
  for (const [, close, name, self] of body.matchAll(/<(\/?)([a-z0-9]+)[^>]*?(\/?)>/gi)) {
    if (self || name === 'meta') continue;
    if (close) expect(open.pop()).toBe(name);
    else open.push(name);
  }
  expect(open).toEqual([]);
}

/** An SVG that is balanced, with no character that XML forbids, and every `&` begins an entity. */
export function expectWellFormed(svg: string): void {
  expectBalanced(svg);
  expect(svg).not.toMatch(/(?!\n)\p{Cc}|\p{Cs}|[\uFFFE\uFFFF]/u);
  expect(svg).not.toMatch(/&(?!amp;|lt;|gt;|quot;|#39;)/);
}
