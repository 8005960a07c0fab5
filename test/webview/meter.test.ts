/** What the dashboard shows of a server of one's own: percentiles in milliseconds, and Meta's alerts. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { MetricName } from '../../src/contract/metric';
import { alerts, snapshot, states, views } from './fixtures/snapshots';
import { onStage, sectionOf, Theater, type Stage, type StageOptions } from './stage';

const latency = 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL';
const plain = (text: string | null): string => (text ?? '').replaceAll('\u00a0', ' ');

describe('webview: measurements of one’s own', function () {
  this.timeout(60_000);
  let theater: Theater;
  before(async () => {
    theater = await Theater.open();
  });
  after(() => theater.close());

  const on = (options: StageOptions, test: (stage: Stage) => Promise<void>): Promise<void> =>
    onStage(theater, options, test);

  /** Reads the interval that is so many before the newest, in the chart of the metric. */
  async function reading(stage: Stage, metric: MetricName, back: number): Promise<{ tip: string; said: string }> {
    const cursor = sectionOf(stage, metric).getByRole('slider');
    await cursor.focus();
    await stage.page.keyboard.press('End');
    for (let i = 0; i < back; i++) await stage.page.keyboard.press('ArrowLeft');
    return {
      tip: plain(await stage.page.locator('.tip').textContent()),
      said: plain(await cursor.getAttribute('aria-valuetext')),
    };
  }

  it('tells the period’s percentiles in milliseconds, and since when', () =>
    on({}, async (stage) => {
      const items = async (): Promise<string[]> =>
        (await sectionOf(stage, latency).locator('.legend li:not(.limit)').allTextContents()).map((text) =>
          plain(text).trim(),
        );
      const tile = async (): Promise<string> =>
        plain(await stage.page.locator(`.tile[href="#section-${latency}"] .value`).textContent());
      await stage.post(states.meter!());
      // Those milliseconds stand on more than the period.
      assert.match(await tile(), /^≤ \d s$/);
      const [p50, p90, p99, since] = await items();
      assert.match(`${p50} · ${p90} · ${p99}`, /^p50 \d{3} ms · p90 \d,\d{3} ms · p99 \d,\d{3} ms$/);
      assert.match(since!, /^since [A-Z]/);
      await stage.post(states.meterLifetime!());
      const [, atLifetime, ...others] = await items();
      assert.equal(others.length, 1);
      assert.equal(`p90 ${await tile()}`, atLifetime);
      assert.match(
        plain(await sectionOf(stage, latency).locator('.period-pane p').textContent()),
        /took ≤ \d+ ms, nine/,
      );
      await stage.post(states.ready!());
      assert.deepEqual(await items(), []);
    }));

  it('gives each interval’s in hover card and table', () =>
    on({}, async (stage) => {
      await stage.post(states.meterHours!());
      const { tip, said } = await reading(stage, latency, 2);
      assert.match(tip, /p99[\d,]+ ms.*p90[\d,]+ ms.*p50[\d,]+ ms/);
      assert.match(said, /p99 [\d,]+ ms, p90 [\d,]+ ms, p50 [\d,]+ ms/);
      const heads = await sectionOf(stage, latency).locator('thead th').allTextContents();
      assert.deepEqual(heads.slice(1, 8).map(plain), [
        'p50',
        'p90',
        'p99',
        'p50 in ms',
        'p90 in ms',
        'p99 in ms',
        '≤ 1 s',
      ]);
      const [, , , , p50, p90, p99] = await sectionOf(stage, latency)
        .locator('tbody tr')
        .nth(2)
        .locator('> *')
        .allTextContents();
      assert.equal(tip.includes(`p99${p99} ms`) && tip.includes(`p90${p90} ms`) && tip.includes(`p50${p50} ms`), true);
    }));

  it('lists the alerts of the period, what still holds on top', () =>
    on({}, async (stage) => {
      const { page } = stage;
      await stage.post(states.meter!());
      const summary = page.locator('.alerts summary');
      const details = 'Errors: timed out 16 (11.0%), invalid screen transition 2 (1.4%) · 148 requests · p50 500 ms';
      const lines = async (text: Promise<string>): Promise<string[]> => plain(await text).split('\n');
      assert.deepEqual(await lines(summary.innerText()), [
        'Meta’s alert: error rate 12.4% is above 10%, since Mar 11, 19:20 · and 3 more',
        details,
      ]);
      await summary.press('Enter');
      assert.deepEqual((await page.locator('.alerts li').allInnerTexts()).map(plain), [
        'Throttled, Mar 3, 05:00 to 09:00\nMeta’s reason: Slow for long',
        'availability 8.3% is below 90%, Mar 3, 04:00 to 08:40',
        'p90 latency 5,200 ms is above 5 s, Feb 27, 10:00 to Feb 28, 10:00',
      ]);
      await stage.post(states.meterHours!());
      assert.deepEqual(await lines(page.locator('.alerts p').innerText()), [
        'Meta’s alert: error rate 12.4% is above 10%, since Mar 11, 19:20',
        details,
      ]);
      await stage.post(snapshot({ view: views.hour24, alerts: alerts.slice(1) }));
      assert.equal(await page.locator('.alerts').isVisible(), false);
    }));

  it('marks an alert on the chart of its metric, and names it in the hover cards of all', () =>
    on({}, async (stage) => {
      await stage.page.evaluate(() => {
        const write = Reflect.get(CanvasRenderingContext2D.prototype, 'fillText') as (...all: unknown[]) => void;
        const drawn: (string | null | undefined)[] = [];
        Reflect.set(window, 'alertsDrawn', drawn);
        CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
          if (text === 'alert') drawn.push(this.canvas.closest('section')?.getAttribute('data-metric'));
          write.call(this, text, x, y);
        };
      });
      await stage.post(states.meter!());
      assert.deepEqual(await stage.page.evaluate(() => Reflect.get(window, 'alertsDrawn') as string[]), [
        'ENDPOINT_REQUEST_ERROR_RATE',
        latency,
        'ENDPOINT_AVAILABILITY',
      ]);
      for (const metric of ['ENDPOINT_REQUEST_COUNT', 'ENDPOINT_AVAILABILITY'] as const) {
        const { tip, said } = await reading(stage, metric, 10);
        for (const text of [tip, said]) {
          assert.match(text, /Meta’s alert: availability 8.3% is below 90%, Mar 3, 04:00 to 08:40/);
          assert.doesNotMatch(text, /error rate 12.4%/);
        }
      }
    }));

  it('fits, hover card included, in a narrow panel', () =>
    on({ width: 320 }, async (stage) => {
      await stage.post(states.meter!());
      await reading(stage, 'ENDPOINT_REQUEST_COUNT', 9);
      const tip = (await stage.page.locator('.tip').boundingBox())!;
      assert.equal(tip.x >= 0 && tip.x + tip.width <= 320, true);
      assert.equal(await stage.page.evaluate(() => document.documentElement.scrollWidth <= 320), true);
    }));
});
