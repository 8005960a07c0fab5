/** Zooming into a part of the period, by pointer and by keyboard. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { dateInZone, metaZone } from '../../src/contract/calendar';
import type { MetricName } from '../../src/contract/metric';
import { snapshot, states } from './fixtures/snapshots';
import { onStage, sectionOf, Theater, type Stage, type StageOptions } from './stage';

const requests = 'ENDPOINT_REQUEST_COUNT';
const latency = 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL';
const plain = (text: string | null): string => (text ?? '').replaceAll('\u00a0', ' ');

describe('webview: zoom', function () {
  this.timeout(60_000);
  let theater: Theater;
  before(async () => {
    theater = await Theater.open();
  });
  after(() => theater.close());

  const on = (options: StageOptions, test: (stage: Stage) => Promise<void>): Promise<void> =>
    onStage(theater, options, test);

  /** Days or hours of a section's table, oldest first. */
  async function rows(stage: Stage, metric: MetricName = requests): Promise<string[]> {
    return (await sectionOf(stage, metric).locator('tbody tr:not(.mark) th').allTextContents()).reverse();
  }

  async function period({ page }: Stage): Promise<string> {
    return plain(await page.locator('.period').innerText()).replaceAll('\n', ' ');
  }

  /** Presses in the middle of one interval and moves to the middle of another; the pointer stays pressed. */
  async function drag(stage: Stage, metric: MetricName, from: number, to: number, of: number): Promise<void> {
    const box = (await sectionOf(stage, metric).getByRole('slider').boundingBox())!;
    const left = box.x + 38;
    const step = (box.width - 42) / of;
    await stage.page.mouse.move(left + (from + 0.5) * step, box.y + 60);
    await stage.page.mouse.down();
    await stage.page.mouse.move(left + (to + 0.5) * step, box.y + 70, { steps: 4 });
  }

  const selected = ({ page }: Stage): Promise<number> => page.locator('.bandmark[data-selected]:visible').count();

  it('follows the pointer: selected in all charts, then shown by all, with tiles and tables', () =>
    on({}, async (stage) => {
      const { page } = stage;
      await stage.post(states.ready!());
      const before = { rows: await rows(stage), period: await period(stage) };
      const top = async (): Promise<number> => (await page.locator('.tiles').boundingBox())!.y;
      const tilesAt = await top();
      await drag(stage, requests, 15, 9, before.rows.length);
      assert.equal(await selected(stage), 5);
      const tip = plain(await page.locator('.tip').innerText());
      assert.match(tip, /^Feb 19 – Feb 25\n+Requests\n[\d,]+\n+7 days selected: release to zoom in$/);
      await page.mouse.up();
      const shown = before.rows.slice(9, 16);
      for (const metric of [requests, 'ENDPOINT_REQUEST_ERROR', latency, 'ENDPOINT_AVAILABILITY'] as const) {
        assert.deepEqual(await rows(stage, metric), shown, metric);
      }
      const cells = await sectionOf(stage, requests).locator('td').allTextContents();
      const sum = cells.reduce((total, cell) => total + Number(cell.replaceAll(',', '')), 0);
      assert.equal(
        await page.locator(`.tile[href="#section-${requests}"] .value`).textContent(),
        sum.toLocaleString('en'),
      );
      assert.match(tip, new RegExp(`\n${sum.toLocaleString('en')}\n`));
      assert.match(
        await period(stage),
        /^Feb 19 – Feb 25 zoomed in from: Last 30 days compared with the 7 days before Whole period$/,
      );
      assert.equal(await selected(stage), 0);
      assert.equal(Math.round(await top()), Math.round(tilesAt), 'nothing moves under the pointer');
      assert.match((await page.getByRole('status').textContent())!, /^Feb 19 – Feb 25 by Day, zoomed in$/);
      await page.getByRole('button', { name: 'Export…' }).click();
      await page.getByRole('button', { name: 'Whole period' }).click();
      assert.deepEqual({ rows: await rows(stage), period: await period(stage) }, before);
      await page.getByRole('button', { name: 'Export…' }).click();
      const [ready, zoomed, ...others] = await stage.intents();
      assert.ok(ready?.type === 'ready' && zoomed?.type === 'zoom' && zoomed.span);
      const dates = [zoomed.span.begin, zoomed.span.end - 1].map((instant) => dateInZone(instant, metaZone));
      assert.deepEqual(dates, ['2026-02-19', '2026-02-25'], 'what is exported is what is shown');
      assert.deepEqual(others, [{ type: 'export' }, { type: 'zoom' }, { type: 'export' }]);
    }));

  it('does not come of a click, nor of a drag that Escape ends', () =>
    on({}, async (stage) => {
      const { page } = stage;
      await stage.post(states.day90!());
      const all = await rows(stage);
      const cursor = sectionOf(stage, requests).getByRole('slider');
      await cursor.click();
      // Intervals of 90 days are a few pixels wide: a hand that shakes reaches the next.
      const box = (await cursor.boundingBox())!;
      await page.mouse.move(box.x + 100, box.y + 60);
      await page.mouse.down();
      await page.mouse.move(box.x + 104, box.y + 60);
      await page.mouse.up();
      assert.deepEqual(await rows(stage), all);
      await drag(stage, requests, 10, 40, all.length);
      assert.equal(await selected(stage), 5);
      // No side has room for the card, which then stands below the plot.
      const cut = await page.locator('.tip').evaluate((tip) => {
        const { bottom } = tip.getBoundingClientRect();
        for (let box = tip.parentElement; box; box = box.parentElement) {
          if (getComputedStyle(box).overflowY !== 'visible' && box.getBoundingClientRect().bottom < bottom) return true;
        }
        return false;
      });
      assert.equal(cut, false, 'the card is seen whole');
      await page.keyboard.press('Escape');
      assert.equal(await selected(stage), 0);
      await page.mouse.up();
      assert.deepEqual(await rows(stage), all);
    }));

  it('follows the keyboard step by step, and says so', () =>
    on({}, async (stage) => {
      const { page } = stage;
      await stage.post(states.ready!());
      const all = await rows(stage);
      const cursor = sectionOf(stage, requests).getByRole('slider');
      const reading = async (): Promise<string> => plain(await cursor.getAttribute('aria-valuetext'));
      const keys = async (...names: string[]): Promise<void> => {
        for (const name of names) await page.keyboard.press(name);
      };
      await cursor.focus();
      await keys('Home', 'Shift+PageUp', 'Shift+ArrowRight');
      assert.match(await reading(), /^Feb 10 – Feb 18: Requests [\d,]+\. 9 days selected: Enter zooms in$/);
      await keys('Escape');
      assert.equal(await selected(stage), 0);
      assert.deepEqual(await rows(stage), all);
      await keys('Home', 'Shift+PageUp', 'Enter');
      assert.deepEqual(await rows(stage), all.slice(0, 8));
      assert.equal(await cursor.evaluate((element) => element === document.activeElement), true);
      await keys('End', 'Shift+ArrowLeft', 'Shift+ArrowLeft', 'Enter');
      assert.deepEqual(await rows(stage), all.slice(5, 8));
      assert.equal(await cursor.getAttribute('aria-valuemax'), '3');
      await keys('Escape');
      assert.deepEqual(await rows(stage), all.slice(0, 8));
      await keys('Escape');
      assert.deepEqual(await rows(stage), all);
      assert.match((await page.getByRole('status').textContent())!, /^Last 30 days by Day$/);
      await keys('ArrowLeft', 'Enter');
      assert.deepEqual(await rows(stage), all, 'one interval is no part to zoom into');
      const hint = (await page.locator(`#${await cursor.getAttribute('aria-describedby')}`).textContent())!;
      assert.match(hint, /With Shift they select several; Enter zooms into these, and Escape goes back\./);
    }));

  it('stays while new figures of the period come and over a reload, and ends with another period', async () => {
    let state: unknown;
    let part: string[] = [];
    await on({}, async (stage) => {
      await stage.post(states.ready!());
      await drag(stage, requests, 3, 6, (await rows(stage)).length);
      await stage.page.mouse.up();
      part = await rows(stage);
      assert.equal(part.length, 4);
      await stage.post(snapshot({ character: 'healthy' }));
      assert.deepEqual(await rows(stage), part);
      state = await stage.state();
    });
    await on({ state }, async (stage) => {
      await stage.post(states.ready!());
      assert.deepEqual(await rows(stage), part);
      // Until the hours are there the page shows what it has.
      await stage.post(states.switching!());
      assert.deepEqual(await rows(stage), part);
      await stage.post(states.hour24!());
      const hours = await rows(stage);
      assert.equal(hours.length >= 24, true, String(hours.length));
      await stage.post(states.ready!());
      assert.equal((await rows(stage)).length > 28, true);
      assert.deepEqual(((await stage.state()) as { zooms: unknown }).zooms, []);
    });
    await on({ state: { zooms: [{ begin: 1, end: 2 }, { begin: 'x' }, null] } }, async (stage) => {
      await stage.post(states.ready!());
      assert.equal((await rows(stage)).length > 28, true);
    });
  });

  it('draws hours one by one that were too narrow, and keeps the button in sight over charts further down', () =>
    on({ height: 500 }, async (stage) => {
      await stage.post(states.hour30d!());
      const card = sectionOf(stage, 'ENDPOINT_AVAILABILITY');
      await card.scrollIntoViewIfNeeded();
      const remark = card.locator('.remark');
      const steps = (await remark.textContent())!;
      await card.getByRole('slider').focus();
      await stage.page.keyboard.press('End');
      for (let i = 0; i < 3; i++) await stage.page.keyboard.press('Shift+PageDown');
      await stage.page.keyboard.press('Enter');
      assert.equal((await rows(stage, 'ENDPOINT_AVAILABILITY')).length, 22);
      assert.notEqual((await remark.textContent())!, steps);
      const button = (await stage.page.getByRole('button', { name: 'Whole period' }).boundingBox())!;
      assert.equal(button.y >= 0 && button.y + button.height <= 500, true, JSON.stringify(button));
      assert.match(
        await period(stage),
        /^Mar 11, \d\d:00 – Mar 12, \d\d:00, so far|^Mar 11, \d\d:00 – Mar 12, \d\d:00/,
      );
    }));

  it('says that milliseconds are those of the whole period', () =>
    on({}, async (stage) => {
      const shown = states.meterHours!();
      const { since, ...milliseconds } = shown.milliseconds!;
      assert.ok(since);
      await stage.post({ ...shown, milliseconds });
      await sectionOf(stage, latency).getByRole('slider').focus();
      for (const key of ['Home', 'Shift+PageUp', 'Enter']) await stage.page.keyboard.press(key);
      const legend = plain(await sectionOf(stage, latency).locator('.legend').innerText()).replace(/\s+/g, ' ');
      assert.match(legend, /p99 [\d,]+ ms whole period/);
      assert.equal((await rows(stage, latency)).length, 8);
    }));
});
