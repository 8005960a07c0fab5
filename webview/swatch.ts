/** A small square in the fill of a counted thing; the style sheet knows its colours and patterns. */
import { errorKeys } from '../src/contract/metric';
import { el } from './dom';

const known: ReadonlySet<string> = new Set([...errorKeys, 'requests', 'judged', 'succeeded', 'failed']);

export function swatch(fill: string): HTMLElement {
  const name = known.has(fill) || fill.startsWith('bucket-') ? fill : 'other';
  return el('i', { class: 'swatch', 'data-fill': name, 'aria-hidden': 'true' });
}
