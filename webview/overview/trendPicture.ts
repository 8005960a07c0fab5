import type { OverviewTrend } from '../../src/presentation/overview/overviewProtocol';
import { svg } from '../dom';

const width = 160;
const height = 28;

/** Requests as bars and the errors among them from the baseline up, all of one scale. */
export function trendPicture({ requests, errors }: OverviewTrend): SVGElement {
  const step = width / requests.length;
  const bar = Math.max(1, step * 0.74);
  const shapeOf = (values: readonly (number | null)[], least: number): string =>
    values
      .map((percent, i) => {
        if (percent === null || (percent === 0 && least === 0)) return '';
        const tall = round(Math.max(least, (percent / 100) * (height - 1)));
        return `M${round((i + 0.5) * step - bar / 2)} ${round(height - tall)}h${round(bar)}v${tall}h${round(-bar)}z`;
      })
      .join('');
  return svg(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    // Of an interval without requests the baseline remains; of one without data nothing.
    svg('path', { class: 'bars requests', d: shapeOf(requests, 0.5) }),
    svg('path', { class: 'bars errors', d: shapeOf(errors, 0) }),
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
