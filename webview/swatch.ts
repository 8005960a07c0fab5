/** Small samples of how things are drawn; the style sheet knows their colours and patterns. */
import { errorKeys } from '../src/contract/metric';
import type { LimitLevel } from '../src/domain/model';
import { dashes } from './charts/levels';
import { el, svg } from './dom';

const known: ReadonlySet<string> = new Set([...errorKeys, 'requests', 'judged', 'succeeded', 'failed']);

/** A square in the fill of a counted thing. */
export function swatch(fill: string): HTMLElement {
  const name = known.has(fill) || /^(bucket|flow)-/.test(fill) ? fill : 'other';
  return el('i', { class: 'swatch', 'data-fill': name, 'aria-hidden': 'true' });
}

/** A piece of a level's line, with its dash. */
export function levelSwatch(level: LimitLevel): SVGElement {
  return svg(
    'svg',
    { class: 'dash', viewBox: '0 0 24 10', 'aria-hidden': 'true' },
    svg('line', { x1: 0, x2: 24, y1: 5, y2: 5, 'stroke-dasharray': dashes[level].join(' ') }),
  );
}
