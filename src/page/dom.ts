/**
 * The element of the markup with this id. Throws if it is missing or of another type: then markup and code disagree.
 */
export function byId<E extends HTMLElement>(id: string, type: new () => E): E {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`no ${type.name} with id ${id} in the page`);
  return element;
}

/** A new element with a text. The text is never read as markup. */
export function create<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  text = '',
  className = '',
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className) element.className = className;
  return element;
}

/** A table row whose first cell is its heading. */
export function tableRow(cells: string[]): HTMLTableRowElement {
  const row = document.createElement('tr');
  const [heading, ...data] = cells;
  const first = create('th', heading);
  first.scope = 'row';
  row.append(first, ...data.map((text) => create('td', text)));
  return row;
}

/** Gives the table with this id a row of headings; an empty text makes an empty cell. */
export function tableHead(id: string, heads: readonly string[]): void {
  const row = create('tr');
  for (const text of heads) {
    const cell = create(text === '' ? 'td' : 'th', text);
    if (cell instanceof HTMLTableCellElement && text !== '') cell.scope = 'col';
    row.append(cell);
  }
  byId(id, HTMLTableElement).tHead?.replaceChildren(row);
}

/** The body of the table with this id. */
export function tableBody(id: string): HTMLTableSectionElement {
  return byId(id, HTMLTableElement).tBodies[0];
}

/** A new SVG element with attributes and content; texts are never read as markup. */
export function createSvg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, string | number>,
  ...children: (Node | string)[]
): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/**
 * Fills a selection with `names`; an option's value is its index. `all` adds a first option without a value. The choice
 * stays if the options stay the same. The selection and its label are hidden if there is nothing to choose.
 */
export function fillSelect(select: HTMLSelectElement, names: readonly string[], all?: string): void {
  const options = names.map((name, i) => new Option(name, String(i)));
  if (all !== undefined) options.unshift(new Option(all, ''));
  const isSame = options.length === select.length && options.every(({ text }, i) => text === select.options[i].text);
  if (!isSame) select.replaceChildren(...options);
  const field = select.closest('label');
  if (field) field.hidden = options.length < 2;
}
