import { html, type Insert, type Markup } from './report_html.ts';

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
