/** The dashboard's own chart of the error rate on any number of intervals, as the page draws it from a snapshot. */
import { rateChart } from '../../../webview/charts/rateChart';
import { drawChart } from '../../../webview/charts/plot';
import { chartDataOf } from '../../../webview/chartData';
import { readTheme } from '../../../webview/theme';
import type { PanelSnapshot } from '../../../src/presentation/panelProtocol';
import { createFormats } from '../../../src/presentation/formats';

export function drawOwnLine(snapshot: PanelSnapshot, canvas: HTMLCanvasElement): void {
  const probe = document.querySelector<HTMLElement>('.probe')!;
  const figures = chartDataOf(snapshot)!;
  const { width, height } = canvas.getBoundingClientRect();
  const theme = readTheme(probe);
  drawChart(canvas, width, height, rateChart({ figures, theme, formats: createFormats('en'), width, height, k: 1 }));
}

Object.assign(window, { drawOwnLine });
