/** The dashboard's own chart of the error rate on any number of intervals, as the page draws it from a snapshot. */
import { rateChart } from '../../../webview/charts/rateChart';
import { draw } from '../../../webview/charts/plot';
import { figuresOf } from '../../../webview/figures';
import { readTheme } from '../../../webview/theme';
import type { PanelSnapshot } from '../../../src/contract/panel';
import { createFormats } from '../../../src/core/formats';

export function drawOwnLine(snapshot: PanelSnapshot, canvas: HTMLCanvasElement): void {
  const probe = document.querySelector<HTMLElement>('.probe')!;
  const figures = figuresOf(snapshot)!;
  const { width, height } = canvas.getBoundingClientRect();
  const theme = readTheme(probe);
  draw(canvas, width, height, rateChart({ figures, theme, formats: createFormats('en'), width, height, k: 1 }));
}

Object.assign(window, { drawOwnLine });
