/** What charts must show whatever the figures are: limits, values that stand alone, levels in their colours. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { MetricName } from '../../src/contract/metric';
import type { PanelSnapshot } from '../../src/presentation/panelProtocol';
import type { MetricState } from '../../src/presentation/dashboard/dashboardInput';
import { marks, snapshot, states, thresholds, views } from './fixtures/snapshots';
import { now } from './fixtures/traffic';
import { onStage, sectionOf, Theater, type Stage, type StageOptions } from './stage';
import type { Thresholds } from '../../src/domain/model';

const rate = 'ENDPOINT_REQUEST_ERROR_RATE';
const latency = 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL';
const availability = 'ENDPOINT_AVAILABILITY';

const plain = (text: string | null): string => (text ?? '').replaceAll('\u00a0', ' ');

interface Pixel {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
  readonly alpha: number;
}

describe('webview: marks', function () {
  this.timeout(60_000);
  let theater: Theater;
  before(async () => {
    theater = await Theater.open();
  });
  after(() => theater.close());

  const on = (options: StageOptions, test: (stage: Stage) => Promise<void>): Promise<void> =>
    onStage(theater, options, test);

  describe('of limits', () => {
    /** The limits that a section names in its text: those in sight, and all of them. */
    async function limits(stage: Stage, metric: MetricName): Promise<{ seen: string[]; all: string[] }> {
      const named = await sectionOf(stage, metric)
        .locator('.legend .limit')
        .evaluateAll((items) =>
          items.map((item) => ({ text: item.textContent, seen: getComputedStyle(item).clipPath === 'none' })),
        );
      return { seen: named.filter(({ seen }) => seen).map(({ text }) => text), all: named.map(({ text }) => text) };
    }

    const own = (change: Partial<Thresholds>): Thresholds => ({ ...thresholds, ...change });

    it('name those in text that the axis does not reach', () =>
      on({}, async (stage) => {
        await stage.post(states.ready!());
        const all = ['attention above 5%', 'warning above 10%', 'critical above 50%'];
        assert.deepEqual(await limits(stage, rate), { seen: ['critical above 50%'], all });
        await stage.post(states.healthy!());
        assert.deepEqual(await limits(stage, rate), { seen: all.slice(1), all });
        await stage.post(states.critical!());
        assert.deepEqual(await limits(stage, rate), { seen: [], all });
        assert.deepEqual(await limits(stage, availability), { seen: [], all: ['critical below 90%'] });
        const low = own({ availabilityPercent: { warning: 90, critical: 50 } });
        await stage.post(snapshot({ limits: low }));
        assert.deepEqual(await limits(stage, availability), {
          seen: ['critical below 50%'],
          all: ['warning below 90%', 'critical below 50%'],
        });
        await stage.post(snapshot({ limits: own({ errorRatePercent: {} }) }));
        assert.deepEqual(await limits(stage, rate), { seen: [], all: [] });
      }));

    it('name those of a lifetime, too', () =>
      on({}, async (stage) => {
        const low = own({ availabilityPercent: { critical: 80 } });
        await stage.post(snapshot({ view: views.lifetime, limits: low }));
        assert.deepEqual((await limits(stage, rate)).seen, ['critical above 50%']);
        assert.deepEqual((await limits(stage, availability)).seen, ['critical below 80%']);
        assert.deepEqual((await limits(stage, latency)).seen, []);
      }));

    it('name the levels of latency where its axis has no room for their words', async () => {
      const all = ['attention above 1\u00a0s', 'warning above 5\u00a0s', 'critical above 7\u00a0s'];
      for (const [width, seen] of [
        [320, all],
        [1200, []],
      ] as const) {
        for (const state of ['ready', 'lifetime']) {
          await on({ width }, async (stage) => {
            await stage.post(states[state]!());
            assert.deepEqual(await limits(stage, latency), { seen, all }, `${state} at ${width} px`);
          });
        }
      }
    });
  });

  describe('of notes', () => {
    it('lose not even a fraction of a pixel', () =>
      on({}, async (stage) => {
        await stage.post(states.hour7d!());
        const section = sectionOf(stage, 'ENDPOINT_REQUEST_COUNT');
        /** By how much the note's text is wider than its box, once the card has lost so much of its width. */
        const excess = (less: number): Promise<number> =>
          section.evaluate(async (element, change) => {
            element.style.width = `${element.getBoundingClientRect().width - change}px`;
            // Any change of the page's size makes the page look at the room again.
            document.getElementById('page')!.style.paddingRight = `${24 + (change === 0 ? 1 : 2)}px`;
            const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
            // It learns of the size in the first frame and draws in the second.
            await frame();
            await frame();
            await frame();
            const note = element.querySelector('.note')!;
            const text = document.createRange();
            text.selectNodeContents(note);
            return text.getBoundingClientRect().width - note.getBoundingClientRect().width;
          }, less);
        const room = -(await excess(0));
        assert.equal(room > 0, true, `room ${room}`);
        const left = await excess(room + 0.3);
        assert.equal(left <= 0, true, `cut by ${left}`);
        assert.equal(await section.locator('header').evaluate((header) => header.classList.contains('long')), true);
      }));
  });

  /** Where in a section's chart the pixels have a colour: the box around them, in pixels of the canvas. */
  function boxOf(
    stage: Stage,
    metric: MetricName,
    role: string,
    below = 1,
  ): Promise<{ width: number; height: number; count: number }> {
    return sectionOf(stage, metric)
      .locator('.pane canvas')
      .first()
      .evaluate(
        (element, [name, share]) => {
          const canvas = element as HTMLCanvasElement;
          const probe = document.querySelector<HTMLElement>('.probe')!;
          probe.style.color = `var(--${name})`;
          const wanted = getComputedStyle(probe).color.match(/\d+/g)!.map(Number);
          const height = Math.round(canvas.height * share);
          const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, height);
          const xs: number[] = [];
          const ys: number[] = [];
          for (let i = 0; i < data.length; i += 4) {
            if (data[i + 3] !== 255 || wanted.some((value, k) => Math.abs(value - data[i + k]!) > 12)) continue;
            xs.push((i / 4) % canvas.width);
            ys.push(Math.floor(i / 4 / canvas.width));
          }
          const extent = (list: number[]): number =>
            list.length === 0 ? 0 : Math.max(...list) - Math.min(...list) + 1;
          return { width: extent(xs), height: extent(ys), count: xs.length };
        },
        [role, below] as const,
      );
  }

  it('are those of a new chart, whatever the chart showed before', () =>
    on({}, async (stage) => {
      const pictures = (): Promise<string[]> =>
        stage.page.locator('canvas').evaluateAll((all) => all.map((one) => (one as HTMLCanvasElement).toDataURL()));
      await stage.post(states.ready!());
      const fresh = await pictures();
      for (const before of ['hour24', 'meter', 'lifetime', 'sparse']) {
        await stage.post(states[before]!());
        assert.notDeepEqual(await pictures(), fresh, before);
        await stage.post(states.ready!());
        assert.deepEqual(await pictures(), fresh, before);
      }
    }));

  describe('of values that stand alone', () => {
    it('are in sight where the period has one interval', () =>
      on({}, async (stage) => {
        await stage.post(states.oneDay!());
        for (const metric of [rate, availability] as const) {
          const { width, height, count } = await boxOf(stage, metric, 'judged', 0.5);
          assert.equal(width >= 4 && height >= 4 && count >= 16, true, `${metric}: ${width} × ${height}, ${count}`);
        }
        for (const spark of await stage.page.locator('.tile .dots').all()) {
          assert.equal(parseFloat(await spark.evaluate((path) => getComputedStyle(path).strokeWidth)) >= 4, true);
        }
        assert.equal(await stage.page.locator('.tile .dots').count(), 2);
      }));

    it('are in sight between gaps, however narrow the intervals are', () =>
      on({}, async (stage) => {
        /** One hour of the month, the newest but one, is all that was measured. */
        const sent = snapshot({
          view: views.hour30d,
          metrics: (_, good) => {
            const at = good.series!.begins.length - 200;
            return {
              ...good,
              series: {
                ...good.series!,
                begins: good.series!.begins.slice(at, at + 1),
                columns: good.series!.columns.map(({ key, values }) => ({ key, values: values.slice(at, at + 1) })),
              },
            };
          },
        });
        await stage.post(sent);
        // The names at the right end have the same colour as the line of latency, so only what is left of them counts.
        for (const metric of [rate, availability, latency] as const) {
          const { count } = await boxOf(stage, metric, 'judged', 0.5);
          assert.equal(count >= 12, true, `${metric}: ${count}`);
        }
        assert.equal(await stage.page.locator('.tile .dots').count(), 3);
        assert.equal((await boxOf(stage, 'ENDPOINT_REQUEST_COUNT', 'requests')).count >= 20, true);
      }));
  });

  describe('of levels', () => {
    /** Every day has the rate, but for the days at `ages` (0 is the newest), which have the other. */
    function rates(usual: number, other = usual, ages: readonly number[] = []): PanelSnapshot {
      return snapshot({
        metrics: (metric, good) => {
          if (![rate, 'ENDPOINT_REQUEST_COUNT', 'ENDPOINT_REQUEST_ERROR'].includes(metric)) return good;
          const { begins, columns } = good.series!;
          const share = (i: number): number => (ages.includes(begins.length - 1 - i) ? other : usual);
          const value = (key: string, i: number): number => {
            if (metric === 'ENDPOINT_REQUEST_COUNT') return 1000;
            if (metric === rate) return share(i);
            return key === 'timeout_error' ? 1000 * share(i) : 0;
          };
          return {
            ...good,
            series: {
              ...good.series!,
              columns: columns.map(({ key, values }) => ({ key, values: values.map((_, i) => value(key, i)) })),
            },
          };
        },
      });
    }

    /** Colours of the error rate's chart at a share of its width and at a rate. */
    async function pixels(
      stage: Stage,
      top: number,
      at: readonly (readonly [across: number, rate: number])[],
    ): Promise<Pixel[]> {
      return sectionOf(stage, rate)
        .locator('canvas')
        .evaluate(
          (element, [scale, points]) => {
            const canvas = element as HTMLCanvasElement;
            const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
            return points.map(([across, value]): Pixel => {
              const x = Math.round(38 + across * (canvas.width - 42));
              const y = Math.round(8 + (1 - value / scale) * (canvas.height - 28));
              const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray(4 * (y * canvas.width + x));
              return { red, green, blue, alpha };
            });
          },
          [top, at] as const,
        );
    }

    const alike = (a: Pixel, b: Pixel): boolean =>
      (['red', 'green', 'blue', 'alpha'] as const).every((part) => Math.abs(a[part] - b[part]) <= 3);

    it('fill a line that is all above warning in the colour of warning, up to nothing more', () =>
      on({}, async (stage) => {
        await stage.post(rates(0.2));
        assert.deepEqual((await sectionOf(stage, rate).locator('.limit:not(.seen)').allTextContents()).length, 1);
        const [attention, warning, free] = await pixels(stage, 0.3, [
          [0.7, 0.08],
          [0.7, 0.15],
          [0.7, 0.25],
        ]);
        assert.equal(alike(attention!, warning!), false);
        assert.equal(free!.alpha, 0);
        assert.equal(warning!.alpha > 0, true);
      }));

    it('fill each part of a line in the colour of its own level', () =>
      on({}, async (stage) => {
        // Days 4 to 10 from the newest on are an outage.
        await stage.post(rates(0.2, 0.9, [4, 5, 6, 7, 8, 9, 10]));
        const calm = 0.55;
        const outage = 1 - 8 / 31;
        const [calmWarning, calmFree, attention, outageWarning, critical, free] = await pixels(stage, 1, [
          [calm, 0.15],
          [calm, 0.35],
          [outage, 0.07],
          [outage, 0.35],
          [outage, 0.6],
          [outage, 0.97],
        ]);
        assert.equal(alike(calmWarning!, outageWarning!), true, JSON.stringify([calmWarning, outageWarning]));
        assert.equal(alike(outageWarning!, critical!), false);
        assert.equal(alike(outageWarning!, attention!), false);
        for (const none of [calmFree!, free!]) assert.equal(none.alpha, 0);
        assert.equal(critical!.red > critical!.green * 2, true, JSON.stringify(critical));
      }));

    it('leave hollow what stands on few requests', () =>
      on({}, async (stage) => {
        await stage.post(states.fewHours!());
        // Of 24 hours the fourteenth has no error in five requests, the fifteenth one in three: beyond the scale.
        const [point, line, card] = await pixels(stage, 0.2, [
          [13.5 / 24, 0],
          [4.5 / 24, 0.1065],
          [13.5 / 24, 0.1999],
        ]);
        assert.equal(point!.alpha, 255);
        assert.equal(point!.red < 60, true, JSON.stringify([point, line, card]));
      }));

    it('leave a line without level unfilled', () =>
      on({}, async (stage) => {
        await stage.post(rates(0.04));
        const fills = await pixels(stage, 0.06, [
          [0.6, 0.02],
          [0.6, 0.055],
        ]);
        for (const { alpha } of fills) assert.equal(alpha, 0);
      }));
  });

  describe('of time', () => {
    const pictures = (stage: Stage): Promise<string[]> =>
      stage.page
        .locator('.plot > .pane > canvas')
        .evaluateAll((all) => (all as HTMLCanvasElement[]).map((canvas) => canvas.toDataURL()));

    it('are lines in every chart, and named above them, newest first', () =>
      on({}, async (stage) => {
        await stage.post(snapshot({ view: views.hour24 }));
        const strip = stage.page.locator('section.marks');
        assert.equal(await strip.isVisible(), false);
        const without = await pictures(stage);
        await stage.post(states.marked!());
        const drawn = await pictures(stage);
        assert.deepEqual([drawn.length, drawn.filter((one, i) => one === without[i]).length], [5, 0]);
        assert.deepEqual((await strip.locator('li').allTextContents()).map(plain), [
          'v1.5.014:21 · newer than the figures',
          '<b>v1.4.3</b>06:44',
          'The database moved to another region, step 1 of 206:20',
          'v1.4.2Mar 11, 22:56',
        ]);
        await strip.getByRole('button', { name: 'Add Mark…' }).click();
        assert.deepEqual((await stage.intents()).at(-1), { type: 'action', name: 'addMark' });
        await stage.post(snapshot({ view: views.lifetime, marks }));
        assert.equal(await strip.isVisible(), false);
      }));

    it('stand in hover card, reading and table of their interval', () =>
      on({}, async (stage) => {
        await stage.post(states.marked!());
        const section = sectionOf(stage, rate);
        const row = section.locator('tr.mark', { hasText: 'v1.4.2' });
        assert.deepEqual((await row.locator('> *').allTextContents()).map(plain), ['Mar 11, 22:56', 'v1.4.2']);
        // Newest first: the mark came after the begin of its hour.
        assert.equal(plain(await row.locator('+ tr > th').textContent()), 'Mar 11, 22:00');
        assert.equal(await section.locator('tr.mark').count(), 3);
        const cursor = section.getByRole('slider');
        await cursor.focus();
        await stage.page.keyboard.press('End');
        for (let i = 0; i < 24 && !(await said(stage)).includes('v1.4.3'); i++) {
          await stage.page.keyboard.press('ArrowLeft');
        }
        assert.match(
          await said(stage),
          /\. Mark: The database moved to another region, step 1 of 2, 06:20\. Mark: <b>v1\.4\.3<\/b>, 06:44$/,
        );
        assert.deepEqual((await stage.page.locator('.tip .mark').allTextContents()).map(plain), [
          'The database moved to another region, step 1 of 2, 06:20',
          '<b>v1.4.3</b>, 06:44',
        ]);
      }));

    it('from git say so wherever they are named', () =>
      on({}, async (stage) => {
        const tag = { kind: 'git', id: 'v2', time: now - 7.6 * 3_600_000, text: '<b>v2</b> (shop)' } as const;
        await stage.post(snapshot({ view: views.hour24, marks: [tag] }));
        const named = 'Git tag <b>v2</b> (shop)';
        assert.equal(await stage.page.locator('section.marks li .text').textContent(), named);
        assert.equal(await sectionOf(stage, rate).locator('tr.mark td').textContent(), named);
        await sectionOf(stage, rate).getByRole('slider').focus();
        await stage.page.keyboard.press('End');
        for (let i = 0; i < 24 && !(await said(stage)).includes('v2'); i++)
          await stage.page.keyboard.press('ArrowLeft');
        assert.ok((await said(stage)).endsWith(`. Mark: ${named}, 06:44`), await said(stage));
        assert.equal(plain(await stage.page.locator('.tip .mark').textContent()), `${named}, 06:44`);
      }));

    it('open the figures of the same span before and after them', () =>
      on({}, async (stage) => {
        const strip = stage.page.locator('section.marks');
        const sides = strip.locator('#before-after');
        const open = async (name: RegExp): Promise<string[]> => {
          await strip.getByRole('button', { name }).click();
          return (await sides.locator('tr, p').allInnerTexts()).map((text) =>
            plain(text).replaceAll('\t', ' | ').replaceAll('\n', ' '),
          );
        };
        await stage.post(states.marked!());
        // 22:56, with 24 hours of the period before; the newest whole hour ends at 12:00.
        const [head, requests, , rateRow, latencyRow, , remarkText] = await open(/v1\.4\.2/);
        assert.equal(plain(await sides.locator('caption').textContent()), 'v1.4.2 13 hours before and after');
        assert.match(head!, /Before Mar 11, 09:00 – 22:00 {1,2}\| After Mar 11, 23:00 – Mar 12, 12:00 {1,2}\| Change$/);
        assert.match(requests!, /^Requests \| [\d,]+ \| [\d,]+ \| ↓ \d+% fewer$/);
        assert.match(rateRow!, /^Error rate \| [\d.]+% \| [\d.]+% \| (no change|[↑↓] [\d.]+ pts (better|worse))$/);
        assert.match(latencyRow!, /^p90 latency \| ≤ \d s \| ≤ \d s \| /);
        assert.equal(
          remarkText,
          'The hour of the mark itself is left out. There is no further finished hour after it.',
        );
        const opener = strip.getByRole('button', { name: /v1\.4\.2/ });
        assert.equal(await opener.getAttribute('aria-expanded'), 'true');
        // Another snapshot leaves it open, and a second press closes it.
        await stage.post(states.marked!());
        assert.equal(await sides.count(), 1);
        assert.match((await open(/database/))[0]!, /Before Mar 12, 01:00 – 06:00 {1,2}\| After Mar 12, 07:00 – 12:00/);
        assert.equal(await opener.getAttribute('aria-expanded'), 'false');
        await open(/database/);
        assert.equal(await sides.count(), 0);
      }));

    it('say where a side has too few requests, or none at all', () =>
      on({}, async (stage) => {
        const strip = stage.page.locator('section.marks');
        const quiet = { ...marks[0]!, time: now - 3.4 * 3_600_000, text: 'quiet' };
        const few = (metric: MetricName, good: MetricState): MetricState => ({
          ...good,
          ...(good.series && metric !== availability
            ? {
                series: {
                  ...good.series,
                  columns: good.series.columns.map(({ key, values }) => ({
                    key,
                    values: values.map((value) => Math.min(value, 3)),
                  })),
                },
              }
            : {}),
        });
        await stage.post(snapshot({ view: views.hour24, marks: [quiet], metrics: few }));
        await strip.getByRole('button', { name: /quiet/ }).click();
        const rows = await strip.locator('#before-after tbody tr').allInnerTexts();
        assert.match(rows[2]!, /fewer than 20 requests on both sides$/);
        const edge = { ...marks[0]!, time: now - 2.5 * 3_600_000, text: 'edge' };
        await stage.post(snapshot({ view: views.hour24, marks: [edge] }));
        await strip.getByRole('button', { name: /edge/ }).click();
        assert.equal(
          plain(await strip.locator('#before-after').textContent()),
          '“edge” has no whole hour with figures on both sides, so there is nothing to compare yet.',
        );
      }));

    it('stand where Meta raised an alert or changed the status, told as such', () =>
      on({}, async (stage) => {
        await stage.post(states.meter!());
        const named = (await stage.page.locator('section.marks li .text').allTextContents()).map(plain);
        assert.deepEqual(named, [
          'Meta’s alert: error rate 12.4% is above 10%',
          'Meta changed the status: Throttled',
          'Meta’s alert: availability 8.3% is below 90%',
          'Meta’s alert: p90 latency 5,200 ms is above 5 s',
        ]);
        const rows = await sectionOf(stage, availability).locator('tr.mark td').allTextContents();
        assert.deepEqual(rows.map(plain), named);
      }));

    const said = async (stage: Stage): Promise<string> =>
      plain(await sectionOf(stage, rate).getByRole('slider').getAttribute('aria-valuetext'));
  });
});
