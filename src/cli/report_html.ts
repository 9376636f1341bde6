/** HTML or SVG that is safe to insert as it is. */
export class Markup {
  constructor(readonly text: string) {}
}

export type Insert = string | number | Markup | undefined | Insert[];

/** Text as it may stand between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => entities[character]);
}

/** A template whose inserts are escaped, unless they are markup themselves; lists are joined, undefined is nothing. */
export function html(strings: TemplateStringsArray, ...inserts: Insert[]): Markup {
  return new Markup(strings.map((text, i) => text + insert(inserts[i])).join(''));
}

function insert(value: Insert): string {
  if (value === undefined) return '';
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(insert).join('');
  return escapeHtml(String(value));
}

/** A table of names and values. */
export function properties(title: string, rows: [string, Insert][]): Markup {
  const cells = rows.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`);
  return html`<div><h2>${title}</h2><table class="settings">${cells}</table></div>`;
}

/** A table of numbers, which scrolls if it is too wide. */
export function numbers(title: string, head: string[], rows: (string | number)[][], note?: string): Markup {
  return html`<section><h2>${title}</h2>${note && html`<p>${note}</p>`}
<div class="scroll" tabindex="0" role="region" aria-label="${title}"><table class="numbers"><thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody></table></div></section>`;
}
