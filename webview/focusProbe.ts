/**
 * While it loads, the toolkit asks whether the browser knows `:focus-visible`: it puts a rule into a `<style>` element,
 * which the page's policy refuses. Until `endFocusProbe` the question goes to a style sheet without an element.
 */
const create = document.createElement.bind(document);

document.createElement = (name: string, options?: ElementCreationOptions): HTMLElement =>
  name === 'style' ? Object.assign(create('template'), { sheet: new CSSStyleSheet() }) : create(name, options);

/** Gives the document its own way of making elements back. */
export function endFocusProbe(): void {
  Reflect.deleteProperty(document, 'createElement');
}
