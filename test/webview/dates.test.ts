/** The date fields of the dashboard page, typed into as a person does. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { PanelView } from '../../src/domain/view';
import { snapshot, views } from './fixtures/snapshots';
import { onStage, Theater, type Stage } from './stage';

describe('webview: dates', function () {
  this.timeout(60_000);
  let theater: Theater;
  before(async () => {
    theater = await Theater.open();
  });
  after(() => theater.close());

  const on = (test: (stage: Stage) => Promise<void>): Promise<void> => onStage(theater, {}, test);
  const asked = async (stage: Stage): Promise<PanelView[]> =>
    (await stage.intents()).flatMap((intent) => (intent.type === 'setView' ? [intent.view] : []));
  const custom = (from: string, to: string): PanelView => ({ granularity: 'DAY', range: 'custom', from, to });

  it('are typed whole, whatever comes in between, and asked for once', () =>
    on(async (stage) => {
      const { page } = stage;
      const from = page.locator('input[type=date]').first();
      await stage.post(snapshot());
      await from.focus();
      for (const keys of ['0', '22', '6', '20', '2', '6']) {
        await page.keyboard.type(keys);
        // The editor answers, as it does after a read.
        await stage.post(snapshot(keys === '2' ? { view: views.day7 } : {}));
      }
      assert.deepEqual([await from.inputValue(), await asked(stage)], ['2026-02-26', []]);
      await page.keyboard.press('Enter');
      assert.deepEqual(await asked(stage), [custom('2026-02-26', '2026-03-11')]);
      await stage.post(snapshot({ view: custom('2026-02-26', '2026-03-11') }));
      await page.keyboard.press('Enter');
      await from.blur();
      assert.equal((await asked(stage)).length, 1);
    }));

  it('are asked for when the field is left, both together where the first alone makes no sense', () =>
    on(async (stage) => {
      const { page } = stage;
      const [from, to] = [page.locator('input[type=date]').first(), page.locator('input[type=date]').last()];
      await stage.post(snapshot({ view: custom('2026-02-10', '2026-02-12') }));
      await from.focus();
      await page.keyboard.type('02202026');
      await to.focus();
      assert.deepEqual([await page.locator('#dates-error').isVisible(), await asked(stage)], [false, []]);
      await page.keyboard.type('02242026');
      await to.blur();
      assert.deepEqual(await asked(stage), [custom('2026-02-20', '2026-02-24')]);
      await from.focus();
      await page.keyboard.type('02222026');
      await from.blur();
      assert.deepEqual((await asked(stage)).slice(1), [custom('2026-02-22', '2026-02-24')]);
    }));

  it('are asked for when the picker closes', () =>
    on(async (stage) => {
      const { page } = stage;
      await stage.post(snapshot({ view: custom('2026-02-10', '2026-02-12') }));
      const from = page.locator('input[type=date]').first();
      await from.focus();
      await page.keyboard.type('02');
      const { x, y, width, height } = (await from.boundingBox())!;
      await page.mouse.click(x + width - 14, y + height / 2);
      await page.waitForFunction(() => document.querySelector('input[type=date]:open'));
      await page.keyboard.press('ArrowLeft');
      await page.keyboard.press('ArrowLeft');
      assert.deepEqual(await asked(stage), []);
      await page.keyboard.press('Enter');
      // Chromium tells the page what was chosen some time after the picker is gone.
      await page.waitForFunction(() => (window as unknown as { intents: unknown[] }).intents.length > 1);
      assert.deepEqual(await asked(stage), [custom('2026-02-08', '2026-02-12')]);
    }));

  it('that were not taken give way to a period that is chosen', () =>
    on(async (stage) => {
      const { page } = stage;
      const from = page.locator('input[type=date]').first();
      await stage.post(snapshot({ view: views.day30 }));
      const before = await from.inputValue();
      await from.focus();
      await page.keyboard.type('01012020');
      await from.blur();
      assert.equal(await page.locator('#dates-error').isVisible(), true);
      await page.locator('.segments input[value="7d"]').check();
      assert.deepEqual([await page.locator('#dates-error').isVisible(), await from.inputValue()], [false, before]);
    }));

  it('by hour are days of the page’s own clock, which axis and table show', () =>
    on(async (stage) => {
      const { page } = stage;
      const day = '2026-03-10';
      await stage.post(snapshot({ view: { ...custom(day, day), granularity: 'HOUR', zone: 'Europe/Berlin' } }));
      const dates = page.locator('input[type=date]');
      assert.deepEqual([await dates.first().inputValue(), await dates.last().inputValue()], [day, day]);
      assert.equal(await dates.last().getAttribute('max'), '2026-03-12');
      assert.equal(await page.locator('.dates .zone').innerText(), 'local time');
      const rows = await page.locator('section[data-metric=ENDPOINT_REQUEST_COUNT] tbody th').allTextContents();
      assert.deepEqual([rows.length, rows.at(-1), rows[0]], [24, 'Mar 10, 00:00', 'Mar 10, 23:00']);
      assert.match(await page.locator('.period').innerText(), /^Mar 10\b(?!,)/);
      await dates.first().fill('2026-03-09');
      await dates.first().blur();
      const [asks] = await asked(stage);
      assert.deepEqual(asks, { ...custom('2026-03-09', day), granularity: 'HOUR', zone: 'Europe/Berlin' });
    }));

  it('by day name their zone, what is summed, and the running day as an extra', () =>
    on(async (stage) => {
      const { page } = stage;
      for (const [view, named] of [
        [views.day30, 'Last 30 days\nFeb 10 – Mar 11\nplus Mar 12, so far (not counted)'],
        [custom('2026-03-09', '2026-03-12'), 'Mar 9 – Mar 11\nplus Mar 12, so far (not counted)'],
        [custom('2026-03-12', '2026-03-12'), 'Mar 12, so far'],
        [custom('2026-03-09', '2026-03-10'), 'Mar 9 – Mar 10'],
      ] as const) {
        await stage.post(snapshot({ view }));
        assert.equal(await page.locator('.dates .zone').innerText(), 'US Pacific');
        const period = await page.locator('.period').innerText();
        assert.equal(period.startsWith(`${named}\n`), true, period);
        const rows = await page
          .locator('section[data-metric=ENDPOINT_REQUEST_COUNT] tbody tr')
          .evaluateAll((list) =>
            list.map(({ children: [day, figure] }) => [day!.textContent, figure!.textContent] as const),
          );
        const counted = rows.filter(([day]) => !named.includes(`plus ${day}`));
        assert.equal(counted.length, rows.length - (named.includes('plus') ? 1 : 0));
        const sum = counted.reduce((total, [, figure]) => total + Number(figure.replaceAll(',', '')), 0);
        const tile = await page.locator('.tile', { hasText: 'Requests' }).locator('.value').innerText();
        assert.equal(Number(tile.replaceAll(',', '')), sum);
      }
      // Beside the zone's name the years would be cut.
      await page.setViewportSize({ width: 320, height: 900 });
      const [box, zone] = await Promise.all(
        ['.dates input', '.dates .zone'].map((part) => page.locator(part).first().boundingBox()),
      );
      assert.equal(box!.width > 130 && zone!.y > box!.y + box!.height, true);
    }));
});
