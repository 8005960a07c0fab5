/**
 * Pictures of every state, theme and width for a person to look at, in out/screenshots/webview. Taken on demand:
 * FLOWMETER_PICTURES=all, or parts of their names.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'mocha';
import { overviewStates } from './fixtures/overview';
import type { PanelSnapshot } from '../../src/presentation/panelProtocol';
import { snapshot, states, views } from './fixtures/snapshots';
import { themes, type ThemeName } from './fixtures/themes';
import { Theater, type StageOptions } from './stage';

const folder = path.join(process.cwd(), 'out/screenshots/webview');
const kept = (): PanelSnapshot => snapshot({ view: views.year, kept: 200 });
const wanted = process.env.FLOWMETER_PICTURES?.split(',') ?? [];

interface Picture extends StageOptions {
  readonly name: string;
  readonly state: string;
  /** The overview's ticks are those of that state. */
  readonly kept?: string;
  readonly prepare?:
    'hoverCompared' | 'sides' | 'table' | 'hover' | 'hoverNarrow' | 'keyboard' | 'select' | 'zoom' | 'copy';
}

const pictures: readonly Picture[] = [
  ...Object.keys(states).map((state) => ({ name: `state-${state}`, state })),
  ...Object.keys(themes).map((theme) => ({ name: `theme-${theme}`, state: 'ready', theme: theme as ThemeName })),
  ...[320, 720, 1600].map((width) => ({ name: `width-${width}`, state: 'ready', width })),
  ...[320, 720, 1600].map((width) => ({ name: `hour24-${width}`, state: 'hour24', width })),
  ...[320, 700, 1200, 1900].map((width) => ({ name: `fewHours-${width}`, state: 'fewHours', width })),
  ...(['light-modern', 'high-contrast'] as const).flatMap((theme) =>
    ['fewHours', 'hour30d'].map((state) => ({ name: `${state}-${theme}`, state, theme })),
  ),
  ...[320, 700, 1200, 1900].map((width) => ({ name: `hour30d-${width}`, state: 'hour30d', width })),
  ...[320, 720, 1900].map((width) => ({ name: `kept-${width}`, state: 'kept', width })),
  { name: 'kept-light-modern', state: 'kept', theme: 'light-modern', prepare: 'table' },
  { name: 'kept-high-contrast', state: 'kept', theme: 'high-contrast', prepare: 'hover' },
  ...[320, 720].map((width) => ({ name: `lifetime-${width}`, state: 'lifetime', width })),
  ...[320, 720, 1600].map((width) => ({ name: `meter-${width}`, state: 'meter', width })),
  { name: 'meter-high-contrast', state: 'meter', theme: 'high-contrast' },
  { name: 'meter-light-modern', state: 'meter', theme: 'light-modern' },
  { name: 'meter-hover', state: 'meterHours', prepare: 'hover' },
  { name: 'meter-hover-320', state: 'meterHours', width: 320, prepare: 'hoverNarrow' },
  ...[250, 700, 1200, 1900].map((width) => ({ name: `marked-${width}`, state: 'marked', width })),
  ...(['light-modern', 'high-contrast'] as const).map((theme) => ({ name: `marked-${theme}`, state: 'marked', theme })),
  ...[250, 700, 1200].map((width) => ({ name: `sides-${width}`, state: 'marked', width, prepare: 'sides' as const })),
  ...(['light-modern', 'high-contrast'] as const).map((theme) => ({
    ...{ name: `sides-${theme}`, state: 'marked', theme, prepare: 'sides' as const },
  })),
  { name: 'marked-hover', state: 'marked', prepare: 'hover' },
  { name: 'marked-table', state: 'marked', prepare: 'table' },
  { name: 'width-320-partial', state: 'partial', width: 320 },
  { name: 'width-320-token', state: 'token', width: 320 },
  ...[320, 720, 1900].map((width) => ({ name: `width-${width}-stale`, state: 'stale', width })),
  { name: 'stale-light-modern', state: 'stale', theme: 'light-modern' },
  { name: 'lifetime-light-2026', state: 'lifetime', theme: 'light-2026' },
  { name: 'loading-light-modern', state: 'loading', theme: 'light-modern' },
  { name: 'loading-high-contrast', state: 'loading', theme: 'high-contrast' },
  { name: 'table-hover-light', state: 'ready', theme: 'light-modern', prepare: 'table' },
  { name: 'hover-dark', state: 'ready', prepare: 'hover' },
  { name: 'hover-320', state: 'ready', width: 320, prepare: 'hoverNarrow' },
  { name: 'keyboard', state: 'ready', theme: 'dark-2026', prepare: 'keyboard' },
  ...Object.keys(themes).flatMap((theme) =>
    (['select', 'zoom', 'copy'] as const).map((prepare) => ({
      name: `${prepare}-${theme}`,
      state: 'ready',
      theme: theme as ThemeName,
      prepare,
    })),
  ),
  ...[320, 720, 1900].map((width) => ({ name: `zoom-${width}`, state: 'hour30d', width, prepare: 'zoom' as const })),
  { name: 'font-11', state: 'ready', fontSize: 11 },
  { name: 'font-18', state: 'ready', fontSize: 18 },
  { name: 'font-18-320', state: 'stale', fontSize: 18, width: 320 },
  { name: 'font-wide', state: 'stale', fontFamily: '"DejaVu Sans"' },
  { name: 'forced-colors', state: 'ready', theme: 'high-contrast', forcedColors: true },
  ...[250, 320, 480, 700, 1000, 1200, 1900].map(
    (width) => ({ name: `overview-${width}`, page: 'overview', state: 'twoAccounts', width, height: 720 }) as const,
  ),
  ...(['light-modern', 'high-contrast', 'high-contrast-light', 'dark-2026', 'light-2026'] as const).map(
    (theme) => ({ name: `overview-${theme}`, page: 'overview', state: 'twoAccounts', theme, height: 720 }) as const,
  ),
  ...[250, 320, 700, 1200, 1900].map(
    (width) =>
      ({
        name: `compared-${width}`,
        page: 'overview',
        state: 'compared',
        width,
        height: 900,
        kept: 'compared',
      }) as const,
  ),
  ...(['light-modern', 'high-contrast', 'dark-2026', 'light-2026'] as const).map(
    (theme) =>
      ({
        name: `compared-${theme}`,
        page: 'overview',
        state: 'compared7d',
        theme,
        height: 900,
        kept: 'compared7d',
      }) as const,
  ),
  {
    name: 'compared-hover',
    page: 'overview',
    state: 'compared30d',
    height: 900,
    kept: 'compared30d',
    prepare: 'hoverCompared',
  },
  ...Object.keys(overviewStates).map(
    (state) => ({ name: `overview-state-${state}`, page: 'overview', state, width: 1000, height: 720 }) as const,
  ),
];

describe('webview: pictures', function () {
  this.timeout(60_000);
  let theater: Theater;
  before(async () => {
    await mkdir(folder, { recursive: true });
    theater = await Theater.open();
  });
  after(() => theater.close());

  for (const picture of pictures) {
    const { name, state, prepare } = picture;
    if (!wanted.some((part) => part === 'all' || name.includes(part))) continue;
    it(name, async () => {
      const { range, flows = [] } = (picture.kept && overviewStates[picture.kept]!().comparison) || {};
      const stage = await theater.stage({ ...picture, state: { range, ticks: flows.map(({ key }) => key) } });
      if (state === 'switching') await stage.post(states.ready!());
      await stage.post({ ...states, ...overviewStates, kept }[state]!());
      const { page } = stage;
      const cursor = (metric: string): ReturnType<typeof page.locator> =>
        page.locator(`[data-metric=${metric}] .cursor`);
      if (prepare === 'table') {
        await page.locator('[data-metric=ENDPOINT_REQUEST_ERROR] button[aria-pressed]').click();
        await cursor('ENDPOINT_REQUEST_ERROR_RATE').hover({ position: { x: 250, y: 90 } });
      }
      if (prepare === 'hoverCompared') await cursor('ENDPOINT_REQUEST_COUNT').hover({ position: { x: 150, y: 40 } });
      if (prepare === 'sides') await page.locator('.marks li button').last().click();
      if (prepare === 'hover')
        await cursor('ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL').hover({ position: { x: 300, y: 90 } });
      if (prepare === 'hoverNarrow') await cursor('ENDPOINT_REQUEST_ERROR').hover({ position: { x: 160, y: 60 } });
      if (prepare === 'keyboard') {
        await cursor('ENDPOINT_AVAILABILITY').focus();
        await page.keyboard.press('ArrowLeft');
        for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowLeft');
      }
      if (prepare === 'select' || prepare === 'zoom') {
        await cursor('ENDPOINT_REQUEST_ERROR').focus();
        for (const key of ['End', 'Shift+PageDown', 'Shift+ArrowLeft']) await page.keyboard.press(key);
        if (prepare === 'zoom') await page.keyboard.press('Enter');
      }
      if (prepare === 'copy') await page.locator('#section-ENDPOINT_REQUEST_ERROR .copy > button').click();
      await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true, animations: 'disabled' });
      await stage.close();
    });
  }
});
