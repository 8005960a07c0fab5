/** A card as a picture, in the colours of the theme: title, figures, what they cover, legend and chart. */
import { errorFill, failedFill, succeededFill } from './charts/fills';
import type { Drawn } from './intervalCursor';
import type { LegendRow, SectionView } from './sectionViews';
import type { Theme } from './theme';

/** What a card shows. */
export interface CardContent {
  readonly view: SectionView;
  readonly title: string;
  readonly drawn: Drawn;
  readonly theme: Theme;
  readonly figure: string;
  readonly note: string;
  readonly remark: string;
  /** Holds the canvases of the card. */
  readonly plot: HTMLElement;
}

/** `about` names flow, period and source. */
export function cardPicture(content: CardContent, about: string): Promise<Blob> {
  const { view, title, drawn, theme, figure, note, remark, plot } = content;
  const legend = view.legend?.(drawn.figures, drawn.formats) ?? [];
  const { em, family } = theme;
  const pad = em;
  const line = 1.7 * em;
  const { left, top, width, height } = plot.getBoundingClientRect();
  const picture = document.createElement('canvas');
  const context = picture.getContext('2d')!;
  const font = (size = 0.92, weight = 400): void => {
    context.font = `${weight} ${size * em}px ${family}`;
  };

  font();
  const swatch = 0.85 * em;
  const items: { readonly row: LegendRow; readonly text: string; readonly x: number; readonly y: number }[] = [];
  let [x, lines] = [0, legend.length > 0 ? 1 : 0];
  for (const row of legend) {
    const text = `${row.name} ${row.figure}`.trim();
    const wide = context.measureText(text).width + (row.fill ? 1.5 * swatch : 0);
    if (x > 0 && x + wide > width) [x, lines] = [0, lines + 1];
    items.push({ row, text, x, y: (lines - 0.5) * line });
    x += wide + 1.5 * em;
  }
  const plotTop = pad + (2 + lines) * line + 0.5 * em;
  const full = {
    width: Math.max(width, context.measureText(about).width) + 2 * pad,
    height: plotTop + height + (remark ? line : 0) + pad,
  };
  picture.width = Math.round(full.width * devicePixelRatio);
  picture.height = Math.round(full.height * devicePixelRatio);
  context.scale(devicePixelRatio, devicePixelRatio);
  context.fillStyle = theme.color('card');
  context.fillRect(0, 0, full.width, full.height);
  context.textBaseline = 'middle';

  let end = pad;
  const write = (text: string, at: number, y: number, color: 'fg' | 'muted'): void => {
    context.fillStyle = theme.color(color);
    context.fillText(text, at, y, full.width - pad - at);
    end = at + context.measureText(text).width + 0.6 * em;
  };
  font(1, 600);
  write(title, pad, pad + line / 2, 'fg');
  font(1.16);
  write(figure, end, pad + line / 2, 'fg');
  font();
  write(note, end, pad + line / 2, 'muted');
  write(about, pad, pad + 1.5 * line, 'muted');
  for (const { row, text, x: offset, y } of items) {
    const middle = pad + 2 * line + y;
    if (row.fill) {
      const { ground = 'other', ink, mark, edge } = fillOf(row.fill, theme);
      context.fillStyle = theme.paint({ ground, ...(ink && mark ? { ink, mark } : {}) });
      context.fillRect(pad + offset, middle - swatch / 2, swatch, swatch);
      context.strokeStyle = theme.color(edge ?? ground);
      context.strokeRect(pad + offset, middle - swatch / 2, swatch, swatch);
    }
    write(text, pad + offset + (row.fill ? 1.5 * swatch : 0), middle, 'fg');
  }
  for (const canvas of plot.querySelectorAll('canvas')) {
    const box = canvas.getBoundingClientRect();
    if (box.width > 0) context.drawImage(canvas, pad + box.x - left, plotTop + box.y - top, box.width, box.height);
  }
  if (remark) write(remark, pad, plotTop + height + line / 2, 'muted');
  return new Promise((resolve, reject) =>
    picture.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/png'),
  );
}

export async function base64Of(blob: Blob): Promise<string> {
  let binary = '';
  for (const byte of new Uint8Array(await blob.arrayBuffer())) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function fillOf(name: string, theme: Theme): ReturnType<typeof errorFill> {
  if (name === 'succeeded') return succeededFill(theme);
  return name === 'failed' ? failedFill(theme) : errorFill(name, theme);
}
