import { el, svg } from './dom';

/** Pale shapes of what comes, in a card whose figures are being read. `shape`: its classes. */
export function placeholderChart(shape: string): HTMLElement {
  const heights = [34, 48, 42, 60, 52, 70, 58, 64, 46, 54, 66, 72, 50, 44, 58, 68];
  const bars = shape !== 'full';
  const line = shape !== '';
  return el(
    'div',
    { class: 'plot' },
    svg(
      'svg',
      { class: 'ghost', viewBox: '0 0 160 100', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      ...(bars
        ? heights.map((height, i) => {
            const tall = line ? 26 : height;
            return svg('rect', { x: i * 10 + 1.5, y: 100 - tall, width: 7, height: tall });
          })
        : []),
      ...(line
        ? [
            svg('path', {
              d:
                shape === 'full'
                  ? 'M1 84L22 76L45 80L68 58L92 62L115 40L138 44L159 22'
                  : 'M1 56L22 52L45 54L68 40L92 43L115 28L138 31L159 14',
            }),
          ]
        : []),
    ),
  );
}
