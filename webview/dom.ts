/** Building nodes without markup: what comes from outside only ever becomes text. */

export type Child = Node | string | undefined | false;
type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** An element with attributes and children. `true` sets an empty attribute; `false` and undefined set none. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes?: Attributes,
  ...children: Child[]
): HTMLElementTagNameMap[K];
export function el(tag: string, attributes?: Attributes, ...children: Child[]): HTMLElement;
export function el(tag: string, attributes: Attributes = {}, ...children: Child[]): HTMLElement {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

export function svg(tag: string, attributes: Attributes = {}, ...children: Node[]): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
}

/** Sets or removes one attribute. */
export function attribute(element: Element, name: string, value: string | number | boolean | undefined): void {
  if (value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? '' : String(value));
}

const shown = new WeakMap<Element, string>();

/**
 * Fills the element when what it shows has changed, so that focus and selection survive a refresh that changes
 * nothing. `what` holds everything that `children` reads.
 */
export function fill(element: Element, what: unknown, children: () => Child[]): void {
  const key = JSON.stringify(what);
  if (shown.get(element) === key) return;
  shown.set(element, key);
  element.replaceChildren(...children().filter((child) => child !== undefined && child !== false));
}

/** Calls back when the picture of the next frame is on the screen and there is nothing else to do. */
export function afterPaint(action: () => void): void {
  requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(action, { timeout: 200 })));
}
