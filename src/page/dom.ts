/** The element of the markup with this id. Throws when it is missing or of another type: then markup and code disagree. */
export function byId<E extends HTMLElement>(id: string, type: new () => E): E {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`no ${type.name} with id ${id} in the page`);
  return element;
}

/** A new element with a text; set as text, so nothing in it is read as markup. */
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

/** A table row: the first cell heads it, the others are data. */
export function tableRow(cells: string[]): HTMLTableRowElement {
  const row = document.createElement('tr');
  const [heading, ...data] = cells;
  const first = create('th', heading);
  first.scope = 'row';
  row.append(first, ...data.map((text) => create('td', text)));
  return row;
}

/** The body of the table with this id. */
export function tableBody(id: string): HTMLTableSectionElement {
  return byId(id, HTMLTableElement).tBodies[0];
}
