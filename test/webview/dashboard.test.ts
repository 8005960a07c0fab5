/** The dashboard page in a real browser under its strict policy: what it shows, says, sends and keeps. */
import assert from 'node:assert/strict';
import { build } from 'esbuild';
import { after, before, describe, it } from 'mocha';
import { dateInZone, hourMs } from '../../src/contract/calendar';
import { MetricsError } from '../../src/contract/errors';
import { metricNames, type MetricName } from '../../src/contract/metric';
import type { PanelSnapshot, SectionState } from '../../src/presentation/panelProtocol';
import { violations } from './axe';
import { snapshot, states, views } from './fixtures/snapshots';
import { themes, type ThemeName } from './fixtures/themes';
import { answer, now, zone } from './fixtures/traffic';
import { createFormats } from '../../src/presentation/formats';
import { onStage, sectionOf, Theater, type Stage, type StageOptions } from './stage';
import type { PanelView } from '../../src/domain/view';

const whole: Partial<Record<string, SectionState>> = {
  'not-enough-data': 'not-enough-data',
  'no-data': 'no-data',
  token: 'error',
  permission: 'error',
  withdrawn: 'error',
  'not-found': 'error',
  offline: 'error',
};
const single: Partial<Record<string, SectionState>> = {
  loading: 'loading',
  switching: 'loading',
  stale: 'stale',
  throttled: 'stale',
};

describe('webview: dashboard', function () {
  this.timeout(60_000);
  let theater: Theater;
  before(async () => {
    theater = await Theater.open();
  });
  after(() => theater.close());

  /** Opens the page, runs the test on it, and holds it to what always holds. */
  const on = (options: StageOptions, test: (stage: Stage) => Promise<void>): Promise<void> =>
    onStage(theater, options, async (stage) => {
      await test(stage);
      await assertSound(stage);
    });

  async function assertSound({ page, troubles }: Stage): Promise<void> {
    assert.deepEqual(troubles, []);
    const text = await page.evaluate(() => document.body.innerText + document.title);
    assert.doesNotMatch(text, /undefined|NaN|null|\[object|Infinity|\{\d\}/);
    const labels = await page.evaluate(() =>
      [...document.querySelectorAll('*')].flatMap((element) =>
        ['aria-label', 'aria-valuetext', 'title'].map((name) => element.getAttribute(name) ?? ''),
      ),
    );
    assert.doesNotMatch(labels.join('\n'), /undefined|NaN|null|\[object|Infinity|\{\d\}/);
    const { scrollWidth, clientWidth } = await page.evaluate(() => {
      const { documentElement: root } = document;
      return { scrollWidth: root.scrollWidth, clientWidth: root.clientWidth };
    });
    assert.equal(scrollWidth <= clientWidth, true, `scrolls sideways: ${scrollWidth} > ${clientWidth}`);
    const styled = await page.evaluate(() => document.querySelectorAll('#page [style*="url("], #page style').length);
    assert.equal(styled, 0);
  }

  /** Texts that do not fit their boxes. */
  function cutTexts({ page }: Stage): Promise<string[]> {
    return page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('#page *')]
        .filter((element) => {
          const { overflow, display } = getComputedStyle(element);
          const visible = element.checkVisibility({ visibilityProperty: true }) && element.clientWidth > 1;
          const hides =
            overflow !== 'visible' &&
            !element.matches('.tablebox, .progress, .segments, .pane') &&
            display !== 'inline';
          return visible && hides && element.scrollWidth > element.clientWidth + 1;
        })
        .map((element) => `${element.className}: ${element.textContent}`),
    );
  }

  function sectionStates({ page }: Stage): Promise<(string | null)[]> {
    return page
      .locator('section[data-metric]')
      .evaluateAll((sections) => sections.map((one) => one.getAttribute('data-state')));
  }

  /** The body of a section's table as rows of texts. */
  function tableOf(stage: Stage, metric: MetricName): Promise<string[][]> {
    return sectionOf(stage, metric)
      .locator('tbody tr')
      .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent)));
  }

  describe('states', () => {
    // One page for all of them: axe takes longer to be loaded than to run.
    let shared: Stage;
    before(async () => {
      shared = await theater.stage();
    });
    after(() => shared.close());

    for (const [name, make] of Object.entries(states)) {
      it(`shows ${name} without violations at 1200 and 320 px`, async () => {
        const stage = shared;
        const { page } = stage;
        await page.setViewportSize({ width: 1200, height: 900 });
        if (name === 'switching') await stage.post(states.ready!());
        const sent = make();
        await stage.post(sent);
        if (name === 'marked') await stage.page.locator('.marks li button').last().click();
        const shown = await sectionStates(stage);
        assert.deepEqual(
          shown,
          sent.sections.map(({ state }) => state),
        );
        const expected = whole[name] ?? single[name];
        if (expected) assert.deepEqual(new Set(shown), new Set([expected]));
        assert.equal(await page.locator('h1').textContent(), 'Table booking');
        assert.equal((await page.locator('.verdict .first').textContent())?.startsWith(sent.verdict.word), true);
        if (sent.whole) {
          assert.equal(await page.locator('.whole h2').textContent(), sent.whole.headline);
          assert.deepEqual(
            await page.locator('.whole vscode-button').allTextContents(),
            sent.whole.actions.map(({ label }) => label),
          );
          assert.equal(await page.locator('.tiles').isVisible(), false);
          assert.equal(await page.locator('canvas').count(), 0);
        }
        for (const { metric, state } of sent.sections) {
          if (state !== 'ready' && state !== 'stale') continue;
          const section = sectionOf(stage, metric);
          const many = metric === 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL' ? 2 : 1;
          assert.equal(await section.locator('canvas').count(), many);
          assert.equal(await section.locator('table').count(), 1);
          assert.equal((await section.locator('tbody tr').count()) > 0, true);
        }
        assert.deepEqual(await violations(stage), []);
        assert.deepEqual(await cutTexts(stage), []);
        await page.setViewportSize({ width: 320, height: 900 });
        await stage.drawn();
        if (['ready', 'stale', 'token'].includes(name)) assert.deepEqual(await violations(stage), []);
        assert.deepEqual(await cutTexts(stage), []);
        await assertSound(stage);
      });
    }

    it('says in head and cards since when figures were not updated', () =>
      on({}, async (stage) => {
        for (const age of [20_000, 3 * hourMs]) {
          const since = `not updated since ${createFormats('en', 'Europe/Berlin').moment(now - age, now)}`;
          await stage.post(
            snapshot({
              metrics: (_, good) => ({
                ...good,
                fetchedAt: now - age,
                error: new MetricsError('timeout', 'late'),
                failedAt: now,
              }),
            }),
          );
          assert.ok((await stage.page.locator('.where').textContent())!.endsWith(` · ${since}`));
          const cards = await stage.page.locator('.card .age').allTextContents();
          assert.deepEqual(cards, new Array(5).fill(since));
        }
      }));

    it('keeps the old charts until those of a new period are there', () =>
      on({}, async (stage) => {
        await stage.post(states.ready!());
        const before = await tableOf(stage, 'ENDPOINT_REQUEST_COUNT');
        await stage.post(snapshot({ view: views.hour24, busy: true, metrics: () => ({}) }));
        assert.deepEqual(await tableOf(stage, 'ENDPOINT_REQUEST_COUNT'), before);
        assert.equal(await stage.page.getByRole('radio', { name: 'Hour' }).isChecked(), true);
        assert.equal(await stage.page.locator('.progress').isVisible(), true);
        await stage.post(states.hour24!());
        assert.equal((await tableOf(stage, 'ENDPOINT_REQUEST_COUNT')).length, 24);
        assert.equal(await stage.page.locator('.progress').isVisible(), false);
      }));

    it('fills tables that are open with the charts, and long ones that are not once the page is idle', () =>
      on({}, async (stage) => {
        await stage.post(states.ready!());
        await sectionOf(stage, 'ENDPOINT_REQUEST_COUNT').getByRole('button', { name: /Table/ }).click();
        await stage.page.evaluate(() => {
          window.addEventListener(
            'message',
            () => {
              const rows = [...document.querySelectorAll('tbody')].map(({ rows: { length } }) => length);
              Reflect.set(window, 'rowsAtOnce', rows);
            },
            { once: true },
          );
        });
        await stage.post(states.hour30d!());
        const [open, ...others] = await stage.page.evaluate(() => Reflect.get(window, 'rowsAtOnce') as number[]);
        assert.equal(open! > 700, true);
        assert.deepEqual(others, []);
        for (const metric of metricNames) assert.equal((await tableOf(stage, metric)).length, open);
      }));

    it('ignores a snapshot that is older than the one shown', () =>
      on({}, async (stage) => {
        const old = snapshot({ name: 'Old name' });
        await stage.post(snapshot({ name: 'New name' }));
        await stage.post(old);
        assert.equal(await stage.page.locator('h1').textContent(), 'New name');
      }));

    it('goes from one state to every other and back', () =>
      on({}, async (stage) => {
        for (const name of [
          'loading',
          'ready',
          'token',
          'ready',
          'partial',
          'lifetime',
          'no-data',
          'hour24',
          'stale',
          'ready',
        ]) {
          const sent = states[name]!();
          await stage.post(sent);
          assert.deepEqual(
            await sectionStates(stage),
            sent.sections.map(({ state }) => state),
          );
        }
        assert.equal(await stage.page.locator('canvas').count(), 6);
      }));
  });

  describe('themes', () => {
    for (const theme of Object.keys(themes) as ThemeName[]) {
      it(`${theme} has no violations`, () =>
        on({ theme }, async (stage) => {
          const own = theme === 'solarized-light' || theme === 'monokai';
          // Themes that differ in colours alone need no more than one state of charts and one of messages.
          for (const state of own ? ['stale', 'token'] : ['loading', 'partial', 'stale', 'lifetime', 'token']) {
            await stage.post(states[state]!());
            assert.deepEqual(await violations(stage), [], state);
          }
        }));
    }

    it('draws again when the editor changes its theme', () =>
      on({}, async (stage) => {
        await stage.post(states.ready!());
        const pictures = (): Promise<string[]> =>
          stage.page.locator('canvas').evaluateAll((all) => all.map((one) => (one as HTMLCanvasElement).toDataURL()));
        const dark = await pictures();
        await stage.setTheme('light-modern');
        await stage.page.waitForFunction(
          (old) => [...document.querySelectorAll('canvas')].every((one, i) => one.toDataURL() !== old[i]),
          dark,
        );
        await stage.setTheme('dark-modern');
        await stage.page.waitForFunction(
          (old) => [...document.querySelectorAll('canvas')].every((one, i) => one.toDataURL() === old[i]),
          dark,
        );
      }));

    it('holds still under reduced motion', () =>
      on({ reducedMotion: true }, async (stage) => {
        await stage.post(states.loading!());
        assert.equal(await stage.page.evaluate(() => document.getAnimations().length), 0);
      }));

    it('tells error types apart by pattern under forced colours', () =>
      on({ theme: 'high-contrast', forcedColors: true }, async (stage) => {
        await stage.post(states.ready!());
        const fills = await sectionOf(stage, 'ENDPOINT_REQUEST_ERROR')
          .locator('.legend .swatch')
          .evaluateAll((all) => all.map((one) => getComputedStyle(one).background));
        assert.equal(new Set(fills).size, 4);
        assert.deepEqual(await violations(stage), []);
      }));
  });

  describe('sizes', () => {
    for (const width of [320, 440, 560, 800, 1040, 1600]) {
      it(`fits ${width} px at 11, 13 and 18 px type`, async () => {
        await on({ width }, async (stage) => {
          for (const fontSize of [11, 13, 18]) {
            await stage.setTheme('dark-modern', fontSize);
            for (const state of ['stale', 'critical', 'lifetime', 'token']) {
              await stage.post(states[state]!());
              assert.deepEqual(await cutTexts(stage), [], `${state} at ${fontSize} px`);
              await assertSound(stage);
            }
          }
        });
      });
    }

    it('keeps the actions of the toolbar together, at the right end', async () => {
      for (const fontFamily of [undefined, '"DejaVu Sans"']) {
        await on(fontFamily ? { fontFamily } : {}, async (stage) => {
          const { page } = stage;
          await stage.post(states.ready!());
          for (let width = 700; width <= 1100; width += 40) {
            await page.setViewportSize({ width, height: 900 });
            const [bar, dates, refresh, exporter] = await Promise.all(
              [
                page.locator('.bar'),
                page.locator('.dates'),
                page.locator('vscode-button', { hasText: 'Refresh' }),
                page.locator('vscode-button', { hasText: 'Export' }),
              ].map(async (one) => (await one.boundingBox())!),
            );
            assert.equal(refresh!.y, exporter!.y, `${width} px`);
            assert.equal(Math.abs(dates!.y - refresh!.y) < 4, true, `${width} px: dates beside the actions`);
            assert.equal(Math.round(exporter!.x + exporter!.width), Math.round(bar!.x + bar!.width), `${width} px`);
          }
        });
      }
    });

    it('does not scroll sideways while charts still have the size of before', () =>
      on({}, async ({ page, post }) => {
        await post(states.meter!());
        const { scrollWidth, clientWidth } = await page.evaluate(() => {
          for (const canvas of document.querySelectorAll('canvas')) canvas.style.width = '2000px';
          const { scrollWidth, clientWidth } = document.documentElement;
          return { scrollWidth, clientWidth };
        });
        assert.equal(scrollWidth, clientWidth);
      }));

    it('fits with a wide font', () =>
      on({ fontFamily: '"DejaVu Sans"' }, async (stage) => {
        for (const state of ['ready', 'stale', 'hour30d', 'partial']) {
          await stage.post(states[state]!());
          assert.deepEqual(await cutTexts(stage), [], state);
        }
      }));

    it('does not change its height when a table is opened', () =>
      on({}, async (stage) => {
        await stage.post(states.ready!());
        const height = (): Promise<number> => stage.page.evaluate(() => document.documentElement.scrollHeight);
        const before = await height();
        for (const metric of metricNames) await sectionOf(stage, metric).getByRole('button', { name: /Table/ }).click();
        assert.equal(await height(), before);
        assert.deepEqual(await violations(stage), []);
      }));
  });

  describe('values', () => {
    const count = (value: number): string => new Intl.NumberFormat('en').format(value);

    /** What a table must hold, computed from what was sent and nothing else. */
    function expectedCells(sent: PanelSnapshot, metric: MetricName): Map<number, string[]> {
      const { series } = sent.sections.find((section) => section.metric === metric)!;
      const rows = new Map<number, string[]>();
      series!.begins.forEach((begin, i) => {
        if (begin >= sent.period!.begin)
          rows.set(
            begin,
            cellsOf(
              metric,
              series!.columns.map(({ values }) => values[i]!),
            ),
          );
      });
      return rows;
    }

    function cellsOf(metric: MetricName, values: number[]): string[] {
      const sum = values.reduce((all, one) => all + one, 0);
      const percent = (ratio: number): string => {
        if (ratio === 0 || ratio === 1) return `${ratio * 100}%`;
        return ratio < 0.0005 ? '<\u00a00.1%' : `${(Math.round(ratio * 1000) / 10).toFixed(1)}%`;
      };
      switch (metric) {
        case 'ENDPOINT_REQUEST_COUNT':
          return [count(values[0]!)];
        case 'ENDPOINT_REQUEST_ERROR':
          return [count(sum), ...values.map(count)];
        case 'ENDPOINT_REQUEST_ERROR_RATE':
          return [percent(values[0]!)];
        case 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL': {
          const rank = (share: number): string => {
            let seen = 0;
            const bucket = values.findIndex((value) => (seen += value) >= share * sum - 1e-9 && value > 0) + 1;
            return bucket === 11 ? '>\u00a010\u00a0s' : `≤\u00a0${bucket}\u00a0s`;
          };
          return [rank(0.5), rank(0.9), rank(0.99), ...values.map(count)];
        }
        case 'ENDPOINT_AVAILABILITY': {
          const ratio = values[0]! / sum;
          const cut = ratio === 1 ? '100%' : `${(Math.floor(ratio * 1000 + 1e-9) / 10).toFixed(1)}%`;
          return [cut, ...values.map(count)];
        }
      }
    }

    for (const name of ['ready', 'healthy', 'hour24', 'day7', 'lifetime'] as const) {
      it(`of the tables are those that were sent: ${name}`, () =>
        on({}, async (stage) => {
          const sent = states[name]!();
          await stage.post(sent);
          for (const metric of metricNames) {
            const shown = (await tableOf(stage, metric)).map(([, ...cells]) => cells);
            const measured = shown.filter((cells) => cells[0] !== 'no data');
            assert.deepEqual(measured, [...expectedCells(sent, metric).values()].reverse(), metric);
          }
        }));
    }

    it('that were not measured are gaps, newest first, with the running day told', () =>
      on({}, async (stage) => {
        await stage.post(states.ready!());
        const rows = await tableOf(stage, 'ENDPOINT_AVAILABILITY');
        assert.equal(rows.length, 31);
        assert.equal(rows[0]![0], 'Mar 12, so far');
        assert.equal(rows[1]![0], 'Wed, Mar 11');
        assert.equal(rows.at(-1)![0], 'Tue, Feb 10');
        assert.deepEqual(
          rows.filter((row) => row[1] === 'no data').map(([day]) => day),
          ['Wed, Feb 25', 'Tue, Feb 24'],
        );
      }));

    it('of the period are sums, and the notes leave the running day out', () =>
      on({}, async (stage) => {
        const sent = states.ready!();
        await stage.post(sent);
        const { begin, end } = sent.period!;
        const requests = answer('ENDPOINT_REQUEST_COUNT', 'DAY', { since: begin, until: end });
        const values = [...requests.columns[0]!.values];
        const total = values.reduce((sum, value) => sum + value, 0);
        const header = sectionOf(stage, 'ENDPOINT_REQUEST_COUNT').locator('header');
        assert.equal(await header.locator('.figure').textContent(), count(total));
        const most = Math.max(...values);
        const day = dateInZone(requests.begins[values.indexOf(most)]!, zone);
        const name = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', timeZone: 'UTC' }).format(
          Date.parse(day),
        );
        assert.equal(await header.locator('.note').textContent(), `busiest ${count(most)} on ${name}`);
        const tile = stage.page.locator('.tile', { hasText: 'Requests' }).first();
        assert.equal(await tile.locator('.value').textContent(), count(total));
      }));

    it('of unknown error types are kept and shown as they are', () =>
      on({}, async (stage) => {
        const sent = snapshot({
          metrics: (metric, good) =>
            metric === 'ENDPOINT_REQUEST_ERROR'
              ? {
                  ...good,
                  series: {
                    ...good.series!,
                    columns: [
                      ...good.series!.columns,
                      { key: '<b>new_error</b>', values: good.series!.begins.map((_, i) => i) },
                    ],
                  },
                }
              : good,
        });
        await stage.post(sent);
        const section = sectionOf(stage, 'ENDPOINT_REQUEST_ERROR');
        assert.equal(await section.locator('thead th').last().textContent(), '<b>new_error</b>');
        assert.equal(await section.locator('.legend li').count(), 5);
        assert.equal((await tableOf(stage, 'ENDPOINT_REQUEST_ERROR'))[0]!.length, 7);
      }));

    it('are compared with the period before, without a verdict of their own', () =>
      on({}, async (stage) => {
        await stage.post(states.ready!());
        const changes = await stage.page.locator('.tile .change').allTextContents();
        assert.match(changes[0]!, /^[↑↓] \d+% (more|fewer)$/);
        assert.match(changes[2]!, /^↑ \d+\.\d pts worse$/);
        assert.match(changes[3]!, /^↑ \d\ss slower$/);
        await stage.post(states.day90!());
        const none = await stage.page.locator('.tile .change').allTextContents();
        assert.deepEqual(new Set(none), new Set(['']));
        for (const width of [320, 720, 900]) {
          await stage.page.setViewportSize({ width, height: 900 });
          assert.deepEqual(await cutTexts(stage), [], `${width} px`);
        }
        assert.match((await stage.page.locator('.period').textContent())!, /no earlier figures/);
      }));
  });

  describe('intervals that stand on little', () => {
    /** The answers with the metric's columns changed at one point, counted from the newest. */
    function changed(
      age: number,
      change: Partial<Record<MetricName, (key: string, value: number) => number>>,
      view: PanelView = views.day30,
    ): PanelSnapshot {
      return snapshot({
        view,
        metrics: (metric, good) => {
          const series = good.series!;
          const by = change[metric];
          if (!by) return good;
          const columns = series.columns.map(({ key, values }) => ({
            key,
            values: values.map((value, i) => (i === values.length - 1 - age ? by(key, value) : value)),
          }));
          return { ...good, series: { ...series, columns } };
        },
      });
    }

    /** The last so many points of a metric were not sent. */
    const without = (metric: MetricName, count: number): PanelSnapshot =>
      snapshot({
        metrics: (one, good) => {
          if (one !== metric) return good;
          const { begins, columns, ...rest } = good.series!;
          const left = begins.length - count;
          return {
            ...good,
            series: {
              ...rest,
              begins: begins.slice(0, left),
              columns: columns.map(({ key, values }) => ({ key, values: values.slice(0, left) })),
            },
          };
        },
      });

    /** The texts that a section draws for the snapshot, each with its height. */
    async function drawnTexts(
      stage: Stage,
      metric: MetricName,
      sent: PanelSnapshot,
    ): Promise<{ text: string; y: number }[]> {
      await stage.page.evaluate(() => {
        const shared = window as unknown as { drawnTexts?: { canvas: Element; text: string; y: number }[] };
        const known = shared.drawnTexts;
        shared.drawnTexts = [];
        if (known) return;
        const write = Reflect.get(CanvasRenderingContext2D.prototype, 'fillText') as (
          ...all: [string, number, number]
        ) => void;
        CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
          shared.drawnTexts!.push({ canvas: this.canvas, text, y: Math.round(this.getTransform().f + y) });
          write.call(this, text, x, y);
        };
      });
      await stage.post(sent);
      return stage.page.evaluate((name) => {
        const { drawnTexts: all } = window as unknown as { drawnTexts: { canvas: Element; text: string; y: number }[] };
        return all
          .filter(({ canvas }) => canvas.closest('section')!.getAttribute('data-metric') === name)
          .map(({ text, y }) => ({ text, y }));
      }, metric);
    }

    const noteOf = (stage: Stage, metric: MetricName): Promise<string | null> =>
      sectionOf(stage, metric).locator('.note').textContent();

    it('do not name the percentiles: the newest finished one does', () =>
      on({}, async (stage) => {
        const metric = 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL';
        const only = (bucket: string) => (key: string) => (key === bucket ? 3 : 0);
        const labels = async (sent: PanelSnapshot): Promise<{ text: string; y: number }[]> =>
          (await drawnTexts(stage, metric, sent)).filter(({ text }) => /^p\d\d/.test(text));
        const plain = await labels(snapshot());
        assert.equal(plain.length > 0, true);
        assert.deepEqual(await labels(changed(0, { [metric]: only('1') })), plain);
        assert.deepEqual(await labels(changed(0, { [metric]: only('10+') })), plain);
        const met = await labels(changed(1, { [metric]: only('1') }));
        assert.deepEqual(
          met.map(({ text }) => text),
          ['p50–99'],
        );
        assert.equal(met[0]!.y > plain.find(({ text }) => text.includes('90'))!.y, true);
      }));

    it('set neither the note nor the scale of the error rate', () =>
      on({}, async (stage) => {
        const metric = 'ENDPOINT_REQUEST_ERROR_RATE';
        const few = (requests: number): PanelSnapshot =>
          changed(5, {
            ENDPOINT_REQUEST_COUNT: () => requests,
            ENDPOINT_REQUEST_ERROR: (key) => (key === 'timeout_error' ? requests - 1 : 0),
            [metric]: () => (requests - 1) / requests,
          });
        await stage.post(snapshot());
        const note = await noteOf(stage, metric);
        const scale = (await drawnTexts(stage, metric, few(19))).map(({ text }) => text);
        assert.equal(await noteOf(stage, metric), `${note} (20+ requests)`);
        assert.equal(scale.includes('100%'), false);
        assert.equal((await tableOf(stage, metric))[5]![1], '94.7%');
        const scaled = (await drawnTexts(stage, metric, few(20))).map(({ text }) => text);
        assert.equal(await noteOf(stage, metric), 'highest 95.0% on Mar 7');
        assert.equal(scaled.includes('100%'), true);
      }));

    it('set neither the note nor the scale of the availability', () =>
      on({}, async (stage) => {
        const metric = 'ENDPOINT_AVAILABILITY';
        const few = (checks: number): PanelSnapshot =>
          changed(5, { [metric]: (key) => (key === 'failed' ? checks - 1 : 1) }, views.hour24);
        await stage.post(snapshot({ view: views.hour24 }));
        const note = await noteOf(stage, metric);
        const scale = (await drawnTexts(stage, metric, few(9))).map(({ text }) => text);
        assert.equal(await noteOf(stage, metric), `${note} (10+ checks)`);
        assert.equal(scale.includes('80%') && !scale.includes('0%'), true);
        const scaled = (await drawnTexts(stage, metric, few(10))).map(({ text }) => text);
        assert.match((await noteOf(stage, metric))!, /^lowest 10\.0% at /);
        assert.equal(scaled.includes('80%') && scaled.includes('20%'), true);
      }));

    it('are told with their values where they lie beyond the scale', () =>
      on({}, async (stage) => {
        for (const [metric, note, remark, values] of [
          [
            'ENDPOINT_REQUEST_ERROR_RATE',
            'highest 15.6% at 10:00 (20+ requests)',
            'Hollow: hours with fewer than 20 requests. 4 hours beyond the scale, up to 100%',
            ['100%', '33.3%', '30.0%'],
          ],
          [
            'ENDPOINT_AVAILABILITY',
            'lowest 75.0% at 19:00 (10+ checks)',
            'Hollow: hours with fewer than 10 checks. 3 hours beyond the scale, down to 0%',
            ['0%', '20.0%'],
          ],
        ] as const) {
          await stage.post(states.hour24!());
          const drawn = (await drawnTexts(stage, metric, states.fewHours!())).map(({ text }) => text);
          for (const value of values) assert.equal(drawn.includes(value), true, `${value} of ${String(drawn)}`);
          assert.equal(await noteOf(stage, metric), note);
          assert.equal(await sectionOf(stage, metric).locator('.remark').textContent(), remark);
        }
        assert.equal(await sectionOf(stage, 'ENDPOINT_REQUEST_ERROR').locator('.remark').isVisible(), false);
        await sectionOf(stage, 'ENDPOINT_REQUEST_ERROR_RATE').getByRole('slider').focus();
        for (const key of ['End', 'ArrowLeft', 'ArrowLeft', 'ArrowLeft']) await stage.page.keyboard.press(key);
        assert.match((await stage.page.locator('.tip').textContent())!, /0%.*fewer than 20 requests: not judged/);
      }));

    it('are named while they run, if they are the highest', () =>
      on({}, async (stage) => {
        const metric = 'ENDPOINT_REQUEST_ERROR_RATE';
        await stage.post(
          changed(0, {
            ENDPOINT_REQUEST_COUNT: () => 100,
            ENDPOINT_REQUEST_ERROR: (key) => (key === 'timeout_error' ? 30 : 0),
            [metric]: () => 0.3,
          }),
        );
        assert.equal(await noteOf(stage, metric), 'highest 30.0% on Mar 12, so far');
      }));

    it('set the scale where there is nothing better', () =>
      on({}, async (stage) => {
        const metric = 'ENDPOINT_REQUEST_ERROR_RATE';
        const sent = snapshot({
          metrics: (one, good) => {
            const value = { ENDPOINT_REQUEST_COUNT: 4, ENDPOINT_REQUEST_ERROR: 0.25, [metric]: 0.25 }[one as string];
            if (value === undefined) return good;
            const columns = good.series!.columns.map(({ key, values }) => ({ key, values: values.map(() => value) }));
            return { ...good, series: { ...good.series!, columns } };
          },
        });
        const texts = (await drawnTexts(stage, metric, sent)).map(({ text }) => text);
        assert.equal(texts.includes('20%'), true);
        assert.equal(await noteOf(stage, metric), '');
      }));

    it('are not missing while they run', () =>
      on({}, async (stage) => {
        const metric = 'ENDPOINT_AVAILABILITY';
        const noData = async (sent: PanelSnapshot): Promise<number> =>
          (await drawnTexts(stage, metric, sent)).filter(({ text }) => text === 'no data').length;
        const before = await noData(snapshot());
        assert.equal(await noData(without(metric, 1)), before);
        assert.deepEqual((await tableOf(stage, metric))[0], ['Mar 12, so far', 'nothing yet']);
        await sectionOf(stage, metric).getByRole('slider').focus();
        await stage.page.keyboard.press('End');
        assert.match((await stage.page.locator('.tip').textContent())!, /so farnothing yet/);
        assert.equal(await noData(without(metric, 8)), before + 1);
        assert.deepEqual((await tableOf(stage, metric))[1], ['Wed, Mar 11', 'no data']);
      }));
  });

  describe('intervals too narrow to be seen', () => {
    const remarks = (stage: Stage): Promise<string[]> => stage.page.locator('.remark').allTextContents();

    it('are drawn in steps, which each chart says; cursor, card and table keep to the intervals', () =>
      on({}, async (stage) => {
        const { page } = stage;
        await stage.post(states.hour30d!());
        const bars = 'Steps of 6 h: average per hour, pale up to the highest hour';
        const [requests, errors, rate, latency, availability] = await remarks(stage);
        assert.deepEqual([requests, errors], [bars, bars]);
        assert.equal(
          rate,
          'Steps of 6 h; band: lowest to highest hour (20+ requests). 6 hours beyond the scale, up to 100%',
        );
        assert.equal(latency, 'Steps of 6 h; band: p90, lowest to highest hour (20+ requests)');
        assert.equal(availability, 'Steps of 6 h; band: lowest to highest hour');
        const cursor = sectionOf(stage, 'ENDPOINT_REQUEST_COUNT').getByRole('slider');
        await cursor.focus();
        await page.keyboard.press('End');
        await page.keyboard.press('ArrowLeft');
        const [row] = (await tableOf(stage, 'ENDPOINT_REQUEST_COUNT')).slice(1);
        assert.match((await cursor.getAttribute('aria-valuetext'))!, new RegExp(`Mar 12, .*: Requests ${row![1]}$`));
        assert.match((await page.locator('.tip .when').textContent())!, /^Mar 12, \d\d:00 – \d\d:00$/);
        await page.setViewportSize({ width: 1900, height: 900 });
        await page.waitForFunction(() =>
          document.querySelectorAll('.remark')[3]!.textContent.startsWith('Steps of 3 h'),
        );
        await stage.post(states.ready!());
        assert.deepEqual(await remarks(stage), ['', '', '', '', '']);
      }));

    it('do not blacken the chart: a line takes a few pixels of each column', () =>
      on({}, async (stage) => {
        await stage.post(states.hour30d!());
        for (const metric of ['ENDPOINT_REQUEST_ERROR_RATE', 'ENDPOINT_AVAILABILITY'] as const) {
          const ink = await sectionOf(stage, metric)
            .locator('canvas')
            .evaluate((element) => {
              const canvas = element as HTMLCanvasElement;
              const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
              let count = 0;
              for (let i = 0; i < data.length; i += 4)
                if (data[i]! > 150 && data[i + 1]! > 150 && data[i + 3]! > 150) count++;
              return count / canvas.width;
            });
          assert.equal(ink < 9, true, `${metric}: ${ink} pixels a column`);
        }
      }));
  });

  describe('footer', () => {
    it('explains dashes and hatches only where they can occur', () =>
      on({}, async (stage) => {
        for (const [name, explained] of [
          ['ready', true],
          ['lifetime', false],
          ['hour24', true],
          ['token', false],
          ['no-data', false],
          ['loading', false],
        ] as const) {
          await stage.post(states[name]!());
          const text = (await stage.page.locator('.foot').textContent())!;
          assert.equal(text.includes('Hatched'), explained, name);
          assert.equal(text.includes('Dashed'), explained, name);
        }
      }));
  });

  describe('keyboard', () => {
    it('reaches every control in reading order', () =>
      on({}, async (stage) => {
        await stage.post(states.stale!());
        const reached: string[] = [];
        for (let i = 0; i < 40; i++) {
          await stage.page.keyboard.press('Tab');
          const name = await stage.page.evaluate(() => {
            const element = document.activeElement;
            if (!element || element === document.body) return undefined;
            return (
              element.getAttribute('aria-label') ?? element.closest('label')?.textContent ?? element.textContent.trim()
            );
          });
          if (name === undefined) break;
          if (name !== reached.at(-1)) reached.push(name);
        }
        const order = [
          'Copy flow ID',
          'Show these 24 hours',
          'Try now',
          'Day',
          '30 d',
          'From',
          'To, inclusive',
          'Refresh',
          'Export…',
        ];
        assert.deepEqual(reached.slice(0, order.length), order);
        assert.deepEqual(
          reached.filter((name) => name.startsWith('Table:')),
          ['Requests', 'Errors', 'Error rate', 'Latency', 'Availability'].map((title) => `Table: ${title}`),
        );
        assert.equal(reached.filter((name) => name.endsWith('interval by interval')).length, 5);
      }));

    it('marks the same interval in all charts and reads it', () =>
      on({}, async (stage) => {
        await stage.post(states.ready!());
        const { page } = stage;
        const cursor = sectionOf(stage, 'ENDPOINT_REQUEST_ERROR_RATE').getByRole('slider');
        const marks = (): Promise<number> => page.locator('.bandmark:visible').count();
        const reading = (): Promise<string | null> => cursor.getAttribute('aria-valuetext');
        await cursor.focus();
        await page.keyboard.press('Home');
        assert.equal(await marks(), 5);
        assert.match((await reading())!, /^Tue, Feb 10, 2026: Error rate \d/);
        assert.equal(await page.locator('.tip').count(), 1);
        await page.keyboard.press('ArrowRight');
        assert.match((await reading())!, /^Wed, Feb 11/);
        await page.keyboard.press('PageUp');
        assert.match((await reading())!, /^Wed, Feb 18/);
        await page.keyboard.press('PageDown');
        await page.keyboard.press('ArrowLeft');
        assert.match((await reading())!, /^Tue, Feb 10/);
        await page.keyboard.press('End');
        assert.match((await reading())!, /^Thu, Mar 12, 2026, so far/);
        assert.match(
          (await page.locator('.tip').textContent())!,
          /Thu, Mar 12, 2026, so far.*begins Mar 12, 08:00 GMT\+1/,
        );
        await page.keyboard.press('Escape');
        assert.equal(await marks(), 0);
        assert.equal(await page.locator('.tip').count(), 0);
      }));

    it('names days of 23 hours', () =>
      on({}, async (stage) => {
        await stage.post(states.ready!());
        await sectionOf(stage, 'ENDPOINT_REQUEST_COUNT').getByRole('slider').focus();
        await stage.page.keyboard.press('End');
        for (let i = 0; i < 4; i++) await stage.page.keyboard.press('ArrowLeft');
        assert.match((await stage.page.locator('.tip').textContent())!, /Sun, Mar 8, 2026.*23-hour day/);
      }));

    it('opens a table and keeps it open', () =>
      on({}, async (stage) => {
        await stage.post(states.ready!());
        const toggle = sectionOf(stage, 'ENDPOINT_REQUEST_ERROR').getByRole('button', { name: /Table/ });
        await toggle.focus();
        await stage.page.keyboard.press('Enter');
        assert.equal(await toggle.getAttribute('aria-pressed'), 'true');
        assert.equal(await sectionOf(stage, 'ENDPOINT_REQUEST_ERROR').locator('table').isVisible(), true);
        await stage.post(states.day7!());
        assert.equal(await sectionOf(stage, 'ENDPOINT_REQUEST_ERROR').locator('table').isVisible(), true);
        assert.equal(await toggle.evaluate((element) => element === document.activeElement), true);
        assert.deepEqual(((await stage.state()) as { tables: string[] }).tables, ['ENDPOINT_REQUEST_ERROR']);
      }));

    it('offers 180 days and a year where days are kept, and says which these are', () =>
      on({}, async (stage) => {
        const { page } = stage;
        const shown = (): Promise<string[]> => page.locator('.segments:nth-of-type(2) label:visible').allTextContents();
        await stage.post(states.ready!());
        assert.deepEqual(await shown(), ['24 h', '7 d', '30 d', '90 d']);
        await stage.post(snapshot({ view: views.year, kept: 200 }));
        assert.deepEqual(await shown(), ['24 h', '7 d', '30 d', '90 d', '180 d', '1 y']);
        assert.match(
          (await page.locator('.remark').first().textContent())!,
          /^Up to Dec 11 as kept on this computer\./,
        );
        const rows = (await tableOf(stage, 'ENDPOINT_REQUEST_COUNT')).slice(1);
        assert.equal(rows.filter(([day]) => day!.endsWith(', kept')).length, 200);
        assert.deepEqual(rows.at(-1)![0], 'Mon, May 26, kept');
        await page.getByRole('radio', { name: '1 y' }).focus();
        await page.keyboard.press('ArrowLeft');
        assert.deepEqual((await stage.intents()).at(-1), {
          type: 'setView',
          view: { granularity: 'DAY', range: '180d' },
        });
      }));

    it('changes granularity and range with arrow keys', () =>
      on({}, async (stage) => {
        await stage.post(states.ready!());
        const { page } = stage;
        await page.getByRole('radio', { name: 'Day' }).focus();
        await page.keyboard.press('ArrowLeft');
        await page.getByRole('radio', { name: '30 d' }).focus();
        await page.keyboard.press('ArrowRight');
        assert.deepEqual((await stage.intents()).slice(1), [
          { type: 'setView', view: { granularity: 'HOUR', range: '30d' } },
          { type: 'setView', view: { granularity: 'DAY', range: '90d' } },
        ]);
      }));
  });

  describe('pointer', () => {
    it('reads an interval beside it, never over it', async () => {
      for (const width of [320, 1200]) {
        await on({ width }, async (stage) => {
          await stage.post(states.ready!());
          const cursor = sectionOf(stage, 'ENDPOINT_REQUEST_ERROR').getByRole('slider');
          const box = (await cursor.boundingBox())!;
          for (const share of [0.2, 0.5, 0.9]) {
            await cursor.hover({ position: { x: box.width * share, y: 60 } });
            const tip = (await stage.page.locator('.tip').boundingBox())!;
            const band = (await sectionOf(stage, 'ENDPOINT_REQUEST_ERROR').locator('.bandmark').boundingBox())!;
            const beside = tip.x >= band.x + band.width || tip.x + tip.width <= band.x;
            assert.equal(beside || tip.y >= band.y + band.height, true, `${width} px at ${share}`);
            assert.equal(tip.x >= 0 && tip.x + tip.width <= width, true);
          }
          await stage.page.mouse.move(2, 2);
          assert.equal(await stage.page.locator('.tip').count(), 0);
        });
      }
    });

    it('opens no card by a click or by focus alone', () =>
      on({}, async (stage) => {
        const { page } = stage;
        await stage.post(snapshot({ focus: 'ENDPOINT_REQUEST_ERROR' }));
        const cursor = sectionOf(stage, 'ENDPOINT_REQUEST_ERROR').getByRole('slider');
        assert.equal(await cursor.evaluate((element) => element === document.activeElement), true);
        assert.equal(await page.locator('.tip').count(), 0);
        await cursor.click();
        await page.keyboard.press('Escape');
        await page.mouse.down();
        await page.mouse.up();
        assert.equal(await page.locator('.tip').count(), 0);
        assert.equal(await page.locator('.bandmark:visible').count(), 0);
        await page.keyboard.press('ArrowLeft');
        assert.equal(await page.locator('.tip').count(), 1);
        await page.mouse.move(2, 2);
        await page.mouse.move(2, 3);
        await cursor.hover();
        assert.equal(await page.locator('.tip').count(), 1);
      }));

    it('has tiles and charts in one order', () =>
      on({}, async ({ page, post }) => {
        await post(states.ready!());
        const tiles = await page.locator('.tile').evaluateAll((list) => list.map((tile) => tile.getAttribute('href')));
        const cards = await page.locator('section.card').evaluateAll((list) => list.map(({ id }) => `#${id}`));
        assert.deepEqual(tiles, cards);
      }));

    it('goes from a tile to its section', () =>
      on({ height: 500 }, async (stage) => {
        await stage.post(states.ready!());
        await stage.page.locator('.tile', { hasText: 'Availability' }).click();
        assert.equal(await stage.page.locator('.tip').count(), 0);
        const section = sectionOf(stage, 'ENDPOINT_AVAILABILITY');
        assert.equal(await section.getByRole('slider').evaluate((element) => element === document.activeElement), true);
        await section.locator('h2').waitFor({ state: 'visible' });
      }));
  });

  describe('messages', () => {
    it('says that it is ready, with the view that was kept', () =>
      on({ state: { key: 'k', view: views.day7, tables: ['ENDPOINT_AVAILABILITY', 'nonsense'] } }, async (stage) => {
        assert.deepEqual(await stage.intents(), [{ type: 'ready', zone: 'Europe/Berlin', view: views.day7 }]);
        await stage.post(states.day7!());
        assert.equal(await sectionOf(stage, 'ENDPOINT_AVAILABILITY').locator('table').isVisible(), true);
        assert.deepEqual(await stage.state(), {
          key: '1204588317730952@Bistro Nord',
          view: views.day7,
          tables: ['ENDPOINT_AVAILABILITY', 'nonsense'].slice(0, 1),
          zooms: [],
        });
      }));

    it('begins afresh where nothing sensible was kept', async () => {
      for (const state of [undefined, null, 7, 'x', { view: { granularity: 'MINUTE' } }, { tables: 5 }]) {
        await on({ state }, async (stage) =>
          assert.deepEqual(await stage.intents(), [{ type: 'ready', zone: 'Europe/Berlin' }]),
        );
      }
    });

    it('ignores what is no snapshot', () =>
      on({}, async (stage) => {
        await stage.page.evaluate(() => {
          for (const data of [null, 1, 'snapshot', {}, { type: 'other' }]) window.postMessage(data, '*');
        });
        await stage.post(states.ready!());
        assert.equal(await stage.page.locator('h1').textContent(), 'Table booking');
      }));

    it('sends what a person asks for', () =>
      on({}, async (stage) => {
        const { page } = stage;
        await stage.post(states.stale!());
        await page.getByRole('button', { name: 'Refresh' }).click();
        await page.getByRole('button', { name: 'Export…' }).click();
        await page.getByRole('button', { name: 'Copy flow ID' }).click();
        await page.getByRole('button', { name: 'Try now' }).click();
        await page.getByRole('button', { name: 'Show these 24 hours' }).click();
        await page.getByRole('radio', { name: 'Lifetime' }).click({ force: true });
        await stage.post(states.token!());
        await page.getByRole('button', { name: 'Set Access Token…' }).click();
        await page.getByRole('button', { name: 'Show Log' }).click();
        assert.deepEqual((await stage.intents()).slice(1), [
          { type: 'action', name: 'refresh' },
          { type: 'export' },
          { type: 'action', name: 'copyFlowId' },
          { type: 'action', name: 'refresh' },
          { type: 'setView', view: views.hour24 },
          { type: 'setView', view: views.lifetime },
          { type: 'action', name: 'setToken' },
          { type: 'action', name: 'showLog' },
        ]);
      }));

    it('does not offer to export what is not there', () =>
      on({}, async (stage) => {
        await stage.post(states.loading!());
        await stage.page.locator('vscode-button', { hasText: 'Export' }).click({ force: true });
        assert.deepEqual(await stage.intents(), [{ type: 'ready', zone: 'Europe/Berlin' }]);
      }));

    it('lets only days in reach and in order be picked', () =>
      on({}, async (stage) => {
        await stage.post(states.ready!());
        const from = stage.page.getByLabel('From');
        const to = stage.page.getByLabel('To, inclusive');
        const alert = stage.page.getByRole('alert');
        assert.equal(await from.getAttribute('min'), '2025-12-12');
        assert.equal(await to.getAttribute('max'), '2026-03-12');
        await from.fill('2026-03-12');
        assert.match((await alert.textContent())!, /must not be after/);
        assert.equal(await from.getAttribute('aria-invalid'), 'true');
        assert.deepEqual(await violations(stage), []);
        await from.fill('2024-01-01');
        assert.match((await alert.textContent())!, /Choose days from Dec 12 to Mar 12/);
        assert.equal((await stage.intents()).length, 1);
        await from.fill('2026-03-01');
        assert.equal(await alert.isVisible(), false);
        await to.fill('2026-03-05');
        assert.deepEqual((await stage.intents()).slice(1), [
          { type: 'setView', view: { granularity: 'DAY', range: 'custom', from: '2026-03-01', to: '2026-03-11' } },
          { type: 'setView', view: { granularity: 'DAY', range: 'custom', from: '2026-03-01', to: '2026-03-05' } },
        ]);
        await stage.post(states.hour24!());
        assert.equal(await from.getAttribute('min'), '2026-02-10');
        await stage.post(states.lifetime!());
        assert.equal(await from.isDisabled(), true);
        assert.equal(await stage.page.getByRole('radio', { name: '7 d' }).isDisabled(), true);
      }));

    it('tells a screen reader what a choice led to, and keeps quiet otherwise', () =>
      on({}, async (stage) => {
        await stage.post(states.ready!());
        const live = stage.page.locator('p[role=status]');
        assert.equal(await live.textContent(), '');
        await stage.page.getByRole('radio', { name: '24 h' }).click({ force: true });
        await stage.post(states.switching!());
        assert.equal(await live.textContent(), '');
        await stage.post(states.hour24!());
        assert.equal(await live.textContent(), 'Last 24 hours by Hour');
      }));

    for (const way of ['focus', 'scrollTo'] as const) {
      it(`goes to the metric that was asked for${way === 'focus' ? '' : ', and leaves the focus where it is'}`, () =>
        on({ width: 720, height: 500 }, async (stage) => {
          await stage.post({ ...snapshot({}), [way]: 'ENDPOINT_AVAILABILITY' });
          const section = sectionOf(stage, 'ENDPOINT_AVAILABILITY');
          const top = await section.evaluate((element) => element.getBoundingClientRect().top);
          assert.equal(top < 500, true);
          const hasFocus = await section.evaluate((element) => element.contains(document.activeElement));
          assert.equal(hasFocus, way === 'focus');
        }));
    }

    it('shows names from outside as text', () =>
      on({ width: 320 }, async (stage) => {
        const name = `<img src=x onerror=alert(1)> ${'Very'.repeat(15)}`;
        await stage.post(snapshot({ name, status: '<i>ODD</i>' }));
        assert.equal(await stage.page.locator('h1').textContent(), name);
        assert.equal(await stage.page.locator('.chip').textContent(), '<i>ODD</i>');
        assert.equal(await stage.page.locator('img').count(), 0);
      }));

    it('speaks the language of the editor in numbers and dates', () =>
      on({ zone: 'Asia/Tokyo' }, async (stage) => {
        await stage.post(snapshot({ locale: 'de' }));
        assert.equal(await stage.page.locator('html').getAttribute('lang'), 'de');
        assert.match((await stage.page.locator('.tile .value').first().textContent())!, /^\d+\.\d{3}$/);
        assert.match((await tableOf(stage, 'ENDPOINT_REQUEST_COUNT'))[1]![0]!, /11\. März/);
        assert.match((await stage.page.locator('.foot').textContent())!, /16:00 in your time zone/);
      }));

    it('lets ages grow while it stays open', () =>
      on({ clock: true }, async (stage) => {
        const where = stage.page.locator('.where');
        await stage.post(states.ready!());
        assert.match((await where.textContent())!, /data up to 2 h ago · fetched 2 min ago/);
        await stage.page.clock.fastForward('01:00:00');
        assert.match((await where.textContent())!, /data up to 3 h ago · fetched 1 h ago/);
      }));
  });

  describe('bundle', () => {
    it('is at most 400 KB minified', async () => {
      const { outputFiles } = await build({
        entryPoints: ['webview/main.ts'],
        bundle: true,
        minify: true,
        legalComments: 'none',
        format: 'iife',
        target: 'chrome132',
        write: false,
        outdir: 'out',
      });
      assert.equal(outputFiles[0]!.contents.length <= 400_000, true, `${outputFiles[0]!.contents.length} bytes`);
    });
  });
});
