/**
 * The dashboard page beside Chart.js as it comes, in the same browser and run: each sample is a fresh page, from the
 * moment its script begins to run to the second animation frame after it has its data.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { hourMs } from '../../src/contract/calendar';
import { errorKeys, latencyKeys, type MetricName, type MetricSeries } from '../../src/contract/metric';
import type * as BrowserModule from '../../scripts/editor/browser';
import type { PanelSnapshot } from '../../src/presentation/panelProtocol';
import { percentiles } from '../../src/domain/percentiles';
import { snapshot, views } from '../webview/fixtures/snapshots';
import type { PlainData } from './browser/plainData';
import { htmlOf, onPage, ownPage, packed, type OwnPage } from './pages';
import { atMost, type Group, type Row } from './row';
import { figure, inTurns, samplesOf, spread } from './samples';

const root = process.cwd();
/** As the page's plots are in a panel 1200 px wide. */
const sizes = [
  [350, 176],
  [350, 176],
  [350, 176],
  [730, 318],
  [350, 318],
] as const;
const longLength = 50_000;
/** The limit that `npm test` asserts, in bytes. */
const scriptLimit = 400_000;

export const chartRows: Group = async ({ quick }) => {
  const module = pathToFileURL(path.join(root, 'scripts/editor/browser.ts')).href;
  const { launchPageBrowser } = (await import(module)) as typeof BrowserModule;
  const browser = await launchPageBrowser();
  try {
    const [page, style, defaults, longLine] = await Promise.all([
      readFile(path.join(root, 'dist/webview/dashboard.js'), 'utf8'),
      readFile(path.join(root, 'dist/webview/style.css'), 'utf8'),
      bundled('test/bench/browser/defaults.ts'),
      bundled('test/bench/browser/longLine.ts'),
    ]);
    const month = snapshot({ view: views.hour30d });
    const first = { script: page, style, snapshots: [month] };
    const rounds = quick ? 3 : 15;
    const five = await inTurns(rounds, {
      own: () => ownPage(browser, first).then(([time]) => time!),
      defaults: () => defaultPage(browser, defaults, 'drawFive', plainOf(month), sizes),
    });
    const switches = await switching(browser, { script: page, style, rounds: quick ? 3 : 11 });
    const long = longSnapshot(month);
    const line = await inTurns(quick ? 2 : 7, {
      own: () => ownLine(browser, { script: longLine, style, snapshots: [long] }),
      defaults: () => defaultPage(browser, defaults, 'drawLine', plainOf(long), [[800, 200]]),
    });
    const rows: Row[] = [
      {
        area: 'charts',
        measured: 'dashboard, 5 charts × 720 points, time to second frame',
        against: 'chart.js/auto with defaults, same 5 charts',
        ...atMost(five.own.median / five.defaults.median, 0.45),
        detail: `${spread(five.own)} against ${spread(five.defaults)}; ours with tiles and all texts; tables of more than 200 rows follow once it is idle`,
      },
      {
        area: 'charts',
        measured: `error rate of ${longLength} intervals, time to second frame`,
        against: 'chart.js/auto with defaults, one line',
        ...atMost(line.own.median / line.defaults.median, 0.15),
        detail: `${spread(line.own)} against ${spread(line.defaults)}`,
      },
      {
        area: 'charts',
        measured: 'change of granularity or range, data at hand (median of six)',
        against: 'first paint of the dashboard in the same page',
        ...atMost(switches.ratio, 0.3),
        detail: switches.detail,
      },
      {
        area: 'charts',
        measured: 'webview script, minified, everything included',
        against: `the budget of ${scriptLimit / 1000} KB`,
        ...atMost(page.length / scriptLimit, 1),
        detail: `${page.length} bytes`,
      },
    ];
    return rows;
  } finally {
    await browser.close();
  }
};

async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    legalComments: 'none',
    format: 'iife',
    target: 'chrome132',
    write: false,
    outdir: 'out',
  });
  return outputFiles[0]!.text;
}

function defaultPage(
  browser: Browser,
  script: string,
  name: 'drawFive' | 'drawLine',
  data: PlainData,
  boxes: readonly (readonly [width: number, height: number])[],
): Promise<number> {
  const body = boxes
    .map(
      ([width, height]) => `<div style="position:relative;width:${width}px;height:${height}px"><canvas></canvas></div>`,
    )
    .join('');
  return onPage(browser, htmlOf('', body), (page) =>
    page.evaluate(
      async ({ code, entry, plain }) => {
        const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
        await frame();
        const begun = performance.now();
        const element = document.createElement('script');
        element.textContent = code;
        document.body.append(element);
        const canvases = [...document.querySelectorAll('canvas')];
        const draw = (window as unknown as Record<string, (data: unknown, target: unknown) => void>)[entry]!;
        draw(plain, entry === 'drawFive' ? canvases : canvases[0]);
        await frame();
        await frame();
        return performance.now() - begun;
      },
      { code: script, entry: name, plain: data },
    ),
  );
}

function ownLine(browser: Browser, { script, style, snapshots }: OwnPage): Promise<number> {
  const body =
    '<span class="probe"></span><div style="width:800px;height:200px"><canvas style="width:800px;height:200px"></canvas></div>';
  return onPage(browser, htmlOf(style, body), (page) =>
    page.evaluate(
      async ({ code, json }) => {
        const revive = (_: string, value: unknown): unknown => {
          const list = (value as { float64?: number[] } | null)?.float64;
          return list ? Float64Array.from(list) : value;
        };
        const message = JSON.parse(json, revive) as unknown;
        const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
        await frame();
        const begun = performance.now();
        const element = document.createElement('script');
        element.textContent = code;
        document.body.append(element);
        const { drawOwnLine } = window as unknown as { drawOwnLine(snapshot: unknown, canvas: unknown): void };
        drawOwnLine(message, document.querySelector('canvas'));
        await frame();
        await frame();
        return performance.now() - begun;
      },
      { code: script, json: packed(snapshots[0]!) },
    ),
  );
}

/** Changes of view one after another in one page, each against the first paint of that page. */
async function switching(
  browser: Browser,
  { script, style, rounds }: { readonly script: string; readonly style: string; readonly rounds: number },
): Promise<{ readonly ratio: number; readonly detail: string }> {
  const steps = ['day30', 'hour24', 'hour7d', 'hour30d', 'day90', 'lifetime'] as const;
  const snapshots = ['hour30d', ...steps].map((name) => snapshot({ view: views[name as keyof typeof views] }));
  const firsts: number[] = [];
  const times = new Map<string, number[]>(steps.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const [first, ...rest] = await ownPage(browser, { script, style, snapshots });
    firsts.push(first!);
    steps.forEach((name, i) => times.get(name)!.push(rest[i]!));
  }
  const paint = samplesOf(firsts);
  const medians = [...times].map(([name, values]) => ({ name, median: samplesOf(values).median }));
  const change = samplesOf(medians.map(({ median }) => median));
  return {
    ratio: change.median / paint.median,
    detail: `first paint ${spread(paint)}; to ${medians.map(({ name, median }) => `${name} ${figure(median)} ms`).join(', ')}; the slowest is ${figure(change.most / paint.median)}× of first paint`,
  };
}

/** The same columns for a page without care. */
function plainOf(message: PanelSnapshot): PlainData {
  const { begin } = message.period!;
  const series = new Map(message.sections.flatMap(({ metric, series: one }) => (one ? [[metric, one] as const] : [])));
  const from = series.get('ENDPOINT_REQUEST_COUNT')!.begins.findIndex((time) => time >= begin);
  const column = (metric: MetricName, key: string): number[] => [
    ...(series
      .get(metric)
      ?.columns.find((one) => one.key === key)
      ?.values.slice(from) ?? []),
  ];
  const buckets = latencyKeys.map((key) => column('ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL', key));
  const ranks = buckets[0]!.map((_, i) => percentiles(buckets.map((values) => values[i]!)));
  const succeeded = column('ENDPOINT_AVAILABILITY', 'succeeded');
  const failed = column('ENDPOINT_AVAILABILITY', 'failed');
  return {
    labels: [...series.get('ENDPOINT_REQUEST_COUNT')!.begins.slice(from)].map((time) =>
      new Date(time).toISOString().slice(0, 16),
    ),
    columns: {
      requests: column('ENDPOINT_REQUEST_COUNT', 'value'),
      ...Object.fromEntries(errorKeys.map((key) => [`error ${key}`, column('ENDPOINT_REQUEST_ERROR', key)])),
      rate: column('ENDPOINT_REQUEST_ERROR_RATE', 'value'),
      ...Object.fromEntries(latencyKeys.map((key, i) => [`bucket ${key}`, buckets[i]!])),
      ...Object.fromEntries(
        (['p50', 'p90', 'p99'] as const).map((key) => [key, ranks.map((rank) => rank[key] ?? NaN)]),
      ),
      availability: succeeded.map((value, i) => value / (value + failed[i]!)),
      'checks succeeded': succeeded,
      'checks failed': failed,
    },
  };
}

/** Requests, errors and rate of many hours in a row, up to the month's last. */
function longSnapshot(month: PanelSnapshot): PanelSnapshot {
  const end = month.period!.end;
  const begins = Float64Array.from({ length: longLength }, (_, i) => end - (longLength - i) * hourMs);
  const rate = begins.map((_, i) => 0.04 + 0.03 * Math.sin(i / 300) + 0.02 * Math.sin(i * 7.7));
  const of = (metric: MetricName, key: string, values: Float64Array): MetricSeries => ({
    metric,
    granularity: 'HOUR',
    begins,
    columns: [{ key, values }],
  });
  const series: Partial<Record<MetricName, MetricSeries>> = {
    ENDPOINT_REQUEST_COUNT: of(
      'ENDPOINT_REQUEST_COUNT',
      'value',
      begins.map(() => 1000),
    ),
    ENDPOINT_REQUEST_ERROR: of(
      'ENDPOINT_REQUEST_ERROR',
      'timeout_error',
      rate.map((value) => Math.round(1000 * value)),
    ),
    ENDPOINT_REQUEST_ERROR_RATE: of('ENDPOINT_REQUEST_ERROR_RATE', 'value', rate),
  };
  return {
    ...month,
    period: { ...month.period!, begin: begins[0]! },
    sections: month.sections.map(({ metric, state }) => ({
      metric,
      state,
      ...(series[metric] ? { series: series[metric] } : {}),
    })),
  };
}
