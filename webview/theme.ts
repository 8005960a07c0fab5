/** The colours of the moment, for what cannot read style sheets: a canvas takes neither `var()` nor `color-mix()`. */

export const roles = [
  'card',
  'fg',
  'muted',
  'grid',
  'axis',
  'judged',
  'healthy',
  'attention',
  'warning',
  'critical',
  'requests',
  'timeout',
  'status',
  'unserved',
  'noresponse',
  'other',
  'succeeded',
  'failed',
  ...Array.from({ length: 11 }, (_, i) => `bucket-${i + 1}` as const),
  ...Array.from({ length: 5 }, (_, i) => `flow-${i + 1}` as const),
] as const;
export type Role = (typeof roles)[number] | `bucket-${number}` | `flow-${number}`;

/** Marks that a fill can bear besides its hue. */
type Mark = 'diagonal' | 'counter' | 'cross' | 'dots' | 'rows';

/** The fill of an area: a plain ground, or a mark in ink on it. */
export interface Fill {
  readonly ground?: Role;
  readonly ink?: Role;
  readonly mark?: Mark;
  /** Colour of a thin edge, where the fill alone would be too faint. */
  readonly edge?: Role;
}

export interface Theme {
  /** Two themes with one signature look the same. */
  readonly signature: string;
  readonly family: string;
  /** The font size in pixels. */
  readonly em: number;
  /** True in high contrast and under forced colours, where fills bear patterns. */
  readonly patterns: boolean;
  color(role: Role): string;
  /** Width of a text in the size of axes and labels, in pixels. */
  textWidth(text: string): number;
  /** The colour with a share of its opacity. */
  faded(role: Role, opacity: number): string;
  /** A fill for a canvas; `opacity` is for what is still running. */
  paint(fill: Fill, opacity?: number): string | CanvasPattern;
}

type Rgba = readonly [red: number, green: number, blue: number, alpha: number];

/** Reads the theme as it is now. `probe` is a hidden element on the page. */
export function readTheme(probe: HTMLElement): Theme {
  const colors = new Map<string, Rgba>();
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  for (const role of roles) {
    probe.style.color = `var(--${role})`;
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = getComputedStyle(probe).color;
    context.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0, alpha = 255] = context.getImageData(0, 0, 1, 1).data;
    colors.set(role, [red, green, blue, alpha / 255]);
  }
  const style = getComputedStyle(document.body);
  const em = parseFloat(style.fontSize) || 13;
  const patterns = style.getPropertyValue('--patterns').trim() === '1';
  const color = (role: Role, opacity = 1): string => {
    const [red, green, blue, alpha] = colors.get(role) ?? [128, 128, 128, 1];
    return `rgba(${red}, ${green}, ${blue}, ${Math.round(alpha * opacity * 1000) / 1000})`;
  };
  const painted = new Map<string, CanvasPattern>();
  return {
    signature: JSON.stringify([[...colors.values()], em, style.fontFamily, patterns]),
    family: style.fontFamily,
    em,
    patterns,
    color: (role) => color(role),
    textWidth: (text) => {
      context.font = `${0.85 * em}px ${style.fontFamily}`;
      return context.measureText(text).width;
    },
    faded: color,
    paint: ({ ground, ink, mark }, opacity = 1) => {
      if (!mark || !ink) return color(ground ?? 'fg', opacity);
      const key = `${ground} ${ink} ${mark} ${opacity}`;
      let pattern = painted.get(key);
      if (!pattern) {
        pattern = tile(mark, color(ink, opacity), ground && color(ground, opacity));
        painted.set(key, pattern);
      }
      return pattern;
    },
  };
}

const side = 6;

/** A pattern tile, drawn at the screen's own resolution so that its lines stay sharp. */
function tile(mark: Mark, ink: string, ground: string | undefined): CanvasPattern {
  const scale = devicePixelRatio;
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = Math.round(side * scale);
  const context = canvas.getContext('2d')!;
  const exact = canvas.width / side;
  context.scale(exact, exact);
  if (ground) {
    context.fillStyle = ground;
    context.fillRect(0, 0, side, side);
  }
  context.strokeStyle = context.fillStyle = ink;
  context.lineWidth = mark === 'rows' ? 1.4 : 1.5;
  context.beginPath();
  const diagonal = (down: boolean): void => {
    for (const shift of [-side, 0, side]) {
      context.moveTo(shift - 1, down ? -1 : side + 1);
      context.lineTo(shift + side + 1, down ? side + 1 : -1);
    }
  };
  if (mark === 'diagonal' || mark === 'cross') diagonal(true);
  if (mark === 'counter' || mark === 'cross') diagonal(false);
  if (mark === 'rows') {
    for (const y of [1.5, 4.5]) {
      context.moveTo(0, y);
      context.lineTo(side, y);
    }
  }
  context.stroke();
  if (mark === 'dots') {
    for (const at of [1.6, 4.6]) {
      context.beginPath();
      context.arc(at, at, 1.2, 0, 7);
      context.fill();
    }
  }
  const pattern = context.createPattern(canvas, 'repeat')!;
  pattern.setTransform(new DOMMatrix().scale(1 / exact));
  return pattern;
}

/** Calls back when the editor changes its theme or font: it rewrites classes and variables of the page. */
export function onThemeChange(changed: () => void): void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributeFilter: ['style', 'class'] });
  observer.observe(document.body, { attributeFilter: ['style', 'class', 'data-vscode-theme-kind'] });
  matchMedia('(forced-colors: active)').addEventListener('change', changed);
}
