/** What a page without care would do: Chart.js as it comes, `chart.js/auto`, default options, labels as texts. */
import Chart, { type ChartConfiguration, type ChartDataset } from 'chart.js/auto';
import type { PlainData } from './plainData';

type Dataset = ChartDataset<'bar' | 'line', number[]>;

const stacked = { scales: { x: { stacked: true }, y: { stacked: true } } };

/** The dashboard's five charts of the same columns, in as many canvases. */
export function drawFive({ labels, columns }: PlainData, canvases: readonly HTMLCanvasElement[]): void {
  const bars = (prefix: string): Dataset[] =>
    Object.keys(columns)
      .filter((key) => key.startsWith(prefix))
      .map((key) => ({ type: 'bar', label: key, data: columns[key]! }));
  const line = (key: string, yAxisID = 'y', stepped = false): Dataset => ({
    type: 'line',
    label: key,
    data: columns[key]!,
    yAxisID,
    stepped,
  });
  const charts: { readonly datasets: Dataset[]; readonly options: ChartConfiguration<'bar' | 'line'>['options'] }[] = [
    { datasets: bars('requests'), options: {} },
    { datasets: bars('error '), options: stacked },
    { datasets: [line('rate')], options: {} },
    { datasets: [...['p50', 'p90', 'p99'].map((key) => line(key, 'p', true)), ...bars('bucket ')], options: stacked },
    { datasets: [line('availability', 'p'), ...bars('checks ')], options: stacked },
  ];
  charts.forEach(({ datasets, options }, i) => {
    new Chart(canvases[i]!, { type: 'bar', data: { labels: [...labels], datasets }, options: options ?? {} });
  });
}

export function drawLine({ labels, columns }: PlainData, canvas: HTMLCanvasElement): void {
  new Chart(canvas, {
    type: 'line',
    data: { labels: [...labels], datasets: [{ label: 'rate', data: columns.rate! }] },
  });
}

Object.assign(window, { drawFive, drawLine });
