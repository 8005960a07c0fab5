/** Line icons on a 16 px grid. The page cannot use the editor's icon font, which a webview does not see. */
import { svg } from './dom';
import type { HealthLevel } from '../src/domain/model';

interface Drawing {
  readonly lines: string;
  /** Centre and radius of a filled dot. */
  readonly dot?: readonly [x: number, y: number, r: number];
  readonly dash?: string;
}

const ring = 'M14.2 8A6.2 6.2 0 1 1 1.8 8a6.2 6.2 0 0 1 12.4 0Z';

const drawings = {
  healthy: { lines: `${ring}M5.2 8.3 7.2 10.3 11 5.9` },
  attention: { lines: `${ring}M8 7.4V11`, dot: [8, 5.1, 0.9] },
  warning: { lines: 'M8 2.1 14.4 13.4H1.6ZM8 6.3v3.4', dot: [8, 11.5, 0.85] },
  critical: { lines: `${ring}M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4` },
  unknown: { lines: 'M6.3 6.3a1.8 1.8 0 1 1 2.6 1.7c-.6.3-.9.7-.9 1.3', dot: [8, 11.2, 0.8], dash: ring },
  refresh: { lines: 'M13 8a5 5 0 1 1-1.6-3.7M13.3 2.2v2.9h-2.9' },
  export: { lines: 'M8 2.2v7.6M5 7l3 3 3-3M2.6 11v2.6h10.8V11' },
  zoomOut: { lines: 'M11.6 7.2a4.4 4.4 0 1 1-8.8 0a4.4 4.4 0 0 1 8.8 0ZM10.4 10.4l3.4 3.4M5.2 7.2h4' },
  table: { lines: 'M2.2 3h11.6v10H2.2ZM2.2 6.3h11.6M2.2 9.6h11.6M6.4 3v10' },
  copy: { lines: 'M5.5 5.5h7.8v7.8H5.5ZM3 10.5h-.3V2.7h7.8V3' },
  clock: { lines: `${ring}M8 4.6V8l2.4 1.6` },
  bell: {
    lines: 'M3.4 11.6h9.2c-1.1-1-1.5-2-1.5-4.1a3.1 3.1 0 0 0-6.2 0c0 2.1-.4 3.1-1.5 4.1ZM6.8 13.6h2.4M8 2.6v1.8',
  },
  flag: { lines: 'M4 14V2.4M4 3h8.4L10.2 6l2.2 3H4' },
  plug: { lines: 'M6 2v3.2M10 2v3.2M4 5.2h8v2.6a4 4 0 0 1-8 0ZM8 11.8V14' },
} satisfies Record<string, Drawing>;

export type IconName = keyof typeof drawings;

/** A decoration beside a word: hidden from screen readers. */
export function icon(name: IconName): SVGElement {
  const { lines, dot, dash }: Drawing = drawings[name];
  return svg(
    'svg',
    { class: 'icon', viewBox: '0 0 16 16', 'aria-hidden': 'true' },
    ...(dash ? [svg('path', { d: dash, 'stroke-dasharray': '2.4 2' })] : []),
    svg('path', { d: lines }),
    ...(dot ? [svg('circle', { class: 'solid', cx: dot[0], cy: dot[1], r: dot[2] })] : []),
  );
}

export function levelGlyph(level: HealthLevel): SVGElement {
  return icon(level);
}

const stateDrawings = {
  'not-enough-data': [
    'M8 48h96',
    'M15 48v-5h6v5M29 48v-9h6v9M43 48v-4h6v4M57 48v-12h6v12M71 48v-7h6v7M85 48v-10h6v10',
    'M8 14h96',
  ],
  'no-data': ['M8 48h96', '', 'M15 48V30h8v18M31 48V20h8v28M47 48V34h8v14M63 48V24h8v24M79 48V36h8v12'],
  error: ['M8 48h96', 'M20 48V30l14-6 14 8 14-12M62 20l6 4', 'M68 24l16-8 16 6'],
} as const;

/** The picture over a message for the whole page. */
export function stateDrawing(state: keyof typeof stateDrawings): SVGElement {
  const [solid, second, dashed] = stateDrawings[state];
  return svg(
    'svg',
    { class: 'art', viewBox: '0 0 112 56', 'aria-hidden': 'true' },
    svg('path', { d: solid }),
    svg('path', { d: second }),
    svg('path', { d: dashed, 'stroke-dasharray': '2.5 3' }),
  );
}

const keyDrawing = 'M8.1 17.5a5 5 0 1 0 0-.1ZM16.7 13.7 27 3.4M22.4 8l3.4 3.4';

/** A key, for a refused token. */
export function keyIcon(): SVGElement {
  return svg('svg', { class: 'art', viewBox: '-12 -2 56 28', 'aria-hidden': 'true' }, svg('path', { d: keyDrawing }));
}
