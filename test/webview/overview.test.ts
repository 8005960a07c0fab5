/** The overview's page: rows, order, filter, keyboard, what is kept, and many flows. */
import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { after, before, describe, it } from 'mocha';
import { violations } from './axe';
import {
  bistro,
  inTrouble,
  manyFlows,
  overviewMarks,
  OverviewStage,
  overviewStates,
  shop,
  twoAccounts,
} from './fixtures/overview';
import { themes, type ThemeName } from './fixtures/themes';
import { onStage, Theater, type Stage, type StageOptions } from './stage';

describe('webview: overview', function () {
  this.timeout(60_000);
  let theater: Theater;
  before(async () => {
    theater = await Theater.open();
  });
  after(() => theater.close());

  const on = (options: StageOptions, test: (stage: Stage) => Promise<void>): Promise<void> =>
    onStage(theater, { page: 'overview', height: 720, ...options }, async (stage) => {
      await test(stage);
      const text = await stage.page.evaluate(() => document.body.innerText + document.title);
      assert.doesNotMatch(text, /undefined|NaN|null|\[object|Infinity|\{\d\}/);
    });

  const rowsOf = ({ page }: Stage): Locator => page.locator('table[data-overview] tr[data-flow]');
  const namesOf = (stage: Stage): Promise<string[]> => rowsOf(stage).locator('.flow .line:first-child').allInnerTexts();
  const levelsOf = (stage: Stage): Promise<(string | null)[]> =>
    rowsOf(stage).evaluateAll((rows) => rows.map((row) => row.getAttribute('data-level')));
  const cellsOf = (stage: Stage, name: string): Promise<string[]> =>
    rowsOf(stage)
      .locator(`.${name}`)
      .evaluateAll((cells) => cells.map((cell) => cell.textContent!.replaceAll('\u00a0', ' ')));
  const head = ({ page }: Stage, name: string): Locator => page.locator(`thead th.${name}`);
  const focusedName = ({ page }: Stage): Promise<string | undefined> =>
    page.evaluate(() => document.activeElement?.querySelector('.flow .line')?.firstChild?.textContent ?? undefined);

  it('lists the flows of all accounts, worst first, with figures, levels, changes and a picture', () =>
    on({ width: 1400 }, async (stage) => {
      await stage.post(twoAccounts().snapshot());
      const levels = ['critical', 'critical', 'warning', 'warning', 'warning'];
      assert.deepEqual((await levelsOf(stage)).slice(0, 5), levels);
      const names = await namesOf(stage);
      assert.deepEqual(names.slice(0, 3), ['Delivery slot', 'Warranty claim', 'Insurance quote']);
      assert.equal(names.length, 12);
      const first = rowsOf(stage).first();
      assert.equal(await first.getAttribute('data-flow'), '1204588317730001');
      assert.equal(await first.locator('.account').innerText(), 'Bistro Nord');
      assert.match((await cellsOf(stage, 'status'))[1]!, /^Blocked$/);
      assert.match((await cellsOf(stage, 'rate'))[0]!, /^Warning: 25\.2%↑ 12\.3 pts worse$/);
      assert.match((await cellsOf(stage, 'availability'))[0]!, /^Critical: 76\.7%↓ 22\.2 pts worse$/);
      assert.equal((await cellsOf(stage, 'rate'))[9], '–');
      assert.match(
        await first.locator('.flow .about').innerText(),
        /^Error rate 91\.9% is above 50% in the last 3 hours$/,
      );
      assert.equal(await first.locator('.trend path').count(), 2);
      const counts = await stage.page.locator('.counts button').allInnerTexts();
      assert.deepEqual(
        counts.map((text) => text.replace(/\s+/g, ' ')),
        ['12 All', '2 Critical', '3 Warning', '0 Attention', '4 Healthy', '3 Not judged'],
      );
      assert.match(
        await stage.page.locator('.where').innerText(),
        /^12 flows · 2 accounts · Last 24 hours .* fetched 2 min ago$/,
      );
    }));

  for (const width of [420, 760, 1020]) {
    it(`leaves room for the names at ${width} px while rows are out of sight, and tells their accounts`, () =>
      on({ width }, async (stage) => {
        await stage.post(manyFlows(1000).snapshot());
        const first = rowsOf(stage).first();
        const [table, pane, name] = await Promise.all(
          [stage.page.locator('table[data-overview]'), stage.page.locator('.rows'), first.locator('.flow')].map(
            async (part) => (await part.boundingBox())!.width,
          ),
        );
        assert.ok(pane! - table! < 25, `a table of ${table} px in ${pane} px`);
        assert.ok(name! > 100, `${name} px`);
        const columns = await first.evaluate((row) => [...row.children].filter((cell) => cell.clientWidth > 0).length);
        const shown = await stage.page.locator('thead th:visible').count();
        assert.equal(columns, shown);
        await stage.post(twoAccounts().snapshot());
        assert.equal((await namesOf(stage))[0], 'Delivery slot · Bistro Nord');
      }));
  }

  it('leaves out hidden flows, and says how many there are', () =>
    on({}, async (stage) => {
      const overview = twoAccounts();
      overview.state.setHidden(new Set(['1204588317730001@Bistro Nord']));
      await stage.post(overview.snapshot());
      assert.equal((await namesOf(stage)).includes('Delivery slot'), false);
      const critical = stage.page.locator('.counts button', { hasText: 'Critical' });
      assert.equal((await critical.innerText()).replace(/\s+/g, ' '), '1 Critical');
      assert.match(await stage.page.locator('.where').innerText(), /^11 flows · 1 hidden · 2 accounts/);
    }));

  it('opens the dashboard of the row that is clicked', () =>
    on({}, async (stage) => {
      await stage.post(twoAccounts().snapshot());
      await rowsOf(stage).nth(1).click();
      assert.deepEqual((await stage.intents()).at(-1), { type: 'open', key: '1204588317730003@Bistro Nord' });
    }));

  it('sorts by each head, and back, and says so', () =>
    on({}, async (stage) => {
      await stage.post(twoAccounts().snapshot());
      assert.equal(await head(stage, 'level').getAttribute('aria-sort'), 'descending');
      await head(stage, 'level').locator('button').click();
      assert.equal(await head(stage, 'level').getAttribute('aria-sort'), 'ascending');
      assert.equal((await levelsOf(stage))[0], 'unknown');
      await head(stage, 'flow').locator('button').click();
      assert.equal(await head(stage, 'level').getAttribute('aria-sort'), 'none');
      const names = await namesOf(stage);
      assert.deepEqual(names, [...names].sort());
      await head(stage, 'availability').locator('button').click();
      assert.equal(await head(stage, 'availability').getAttribute('aria-sort'), 'ascending');
      assert.match((await cellsOf(stage, 'availability'))[0]!, /76\.7%/);
      await head(stage, 'availability').locator('button').click();
      assert.match((await cellsOf(stage, 'availability'))[0]!, /99\.3%/);
      assert.equal((await cellsOf(stage, 'availability')).at(-1), '–', 'what is not known comes last either way');
    }));

  it('sorts figures by their change', () =>
    on({}, async (stage) => {
      await stage.post(twoAccounts().snapshot());
      const toggle = stage.page.getByRole('button', { name: 'By change' });
      assert.equal(await toggle.isVisible(), false, 'levels and names have none');
      await head(stage, 'errors').locator('button').click();
      await toggle.click();
      assert.equal(await toggle.getAttribute('aria-pressed'), 'true');
      assert.match((await cellsOf(stage, 'errors'))[0]!, /↑ 122%/);
      await head(stage, 'errors').locator('button').click();
      assert.match((await cellsOf(stage, 'errors'))[0]!, /↓ 6%/);
    }));

  it('filters by level, account and text, and says how many are left', () =>
    on({}, async (stage) => {
      const { page } = stage;
      await stage.post(twoAccounts().snapshot());
      const level = (name: string): Locator => page.locator('.counts button', { hasText: name });
      const live = page.locator('[role=status]');
      await level('Critical').click();
      assert.deepEqual(new Set(await levelsOf(stage)), new Set(['critical']));
      assert.equal(await live.textContent(), '2 of 12 flows');
      assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('aria-pressed')), 'true');
      await level('Warning').click();
      assert.deepEqual(new Set(await levelsOf(stage)), new Set(['critical', 'warning']));
      await level('All').click();
      assert.equal(await rowsOf(stage).count(), 12);
      await page.getByLabel('Account').selectOption('Shop');
      assert.deepEqual(await namesOf(stage), [
        'Loan application with a name that no column of the table has room for',
        'Gift card balance',
        'Table booking',
        'Summer raffle',
      ]);
      await page.getByLabel('Account').selectOption('');
      await page.keyboard.press('Control+f');
      await page.keyboard.type('blocked claim');
      assert.deepEqual(await namesOf(stage), ['Warranty claim']);
      assert.match((await level('Critical').innerText()).replace(/\s+/g, ' '), /^1 /, 'counts are of what fits');
      await page.keyboard.type(' nothing');
      assert.equal(await rowsOf(stage).count(), 0);
      await page.getByText('No flow matches').waitFor();
      await page.locator('vscode-button', { hasText: 'Clear Filter' }).click();
      assert.equal(await rowsOf(stage).count(), 12);
      assert.equal(await page.getByLabel('Filter flows').inputValue(), '');
    }));

  it('filters by the levels that a notification told of, and leaves the filter to the person then', () =>
    on({}, async (stage) => {
      const { page } = stage;
      const one = twoAccounts();
      await stage.post(one.snapshot());
      await page.keyboard.press('Control+f');
      await page.keyboard.type('booking');
      await stage.post({ ...one.snapshot(), levels: ['critical', 'warning'] });
      assert.deepEqual(new Set(await levelsOf(stage)), new Set(['critical', 'warning']));
      assert.equal(await page.getByLabel('Filter flows').inputValue(), '', 'or some of them would not be seen');
      assert.match((await page.locator('[role=status]').textContent())!, /^\d of 12 flows$/);
      await page.locator('.counts button', { hasText: 'Healthy' }).click();
      await stage.post(one.snapshot());
      assert.deepEqual(new Set(await levelsOf(stage)), new Set(['critical', 'warning', 'healthy']));
      await stage.post({ ...one.snapshot(), levels: [] });
      assert.equal(await rowsOf(stage).count(), 12);
    }));

  it('is read by keyboard: arrows go from row to row, Enter opens', () =>
    on({}, async (stage) => {
      const { page } = stage;
      await stage.post(twoAccounts().snapshot());
      await page.getByLabel('Filter flows').focus();
      await page.keyboard.press('ArrowDown');
      assert.equal(await focusedName(stage), 'Delivery slot');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowUp');
      assert.equal(await focusedName(stage), 'Warranty claim');
      await page.keyboard.press('End');
      assert.equal(await focusedName(stage), 'Summer raffle');
      await page.keyboard.press('Home');
      await page.keyboard.press('Enter');
      assert.deepEqual((await stage.intents()).at(-1), { type: 'open', key: '1204588317730001@Bistro Nord' });
      assert.equal(await page.locator('tr[tabindex="0"]').count(), 1, 'one stop of the Tab key');
      await page.keyboard.press('Shift+Tab');
      assert.equal(await page.evaluate(() => document.activeElement?.closest('th')?.className), 'figure availability');
      await page.keyboard.press('ArrowDown');
      assert.equal(await focusedName(stage), 'Delivery slot');
      // A snapshot that changes a row leaves the keyboard where it is.
      await stage.post(inTrouble().snapshot());
      assert.equal(await focusedName(stage), 'Delivery slot');
    }));

  it('holds a thousand flows in some dozens of rows, and reaches each', () =>
    on({}, async (stage) => {
      const { page } = stage;
      await stage.post(manyFlows(1000).snapshot());
      const inPage = (): Promise<number> => rowsOf(stage).count();
      assert.ok((await inPage()) < 60, `${await inPage()} rows`);
      const table = page.locator('table[data-overview]');
      assert.equal(await table.getAttribute('aria-rowcount'), '1001');
      await rowsOf(stage).first().focus();
      await page.keyboard.press('End');
      const last = rowsOf(stage).last();
      assert.equal(await last.getAttribute('aria-rowindex'), '1001');
      assert.equal(await last.evaluate((row) => row === document.activeElement), true);
      const [box, scroller] = [await last.boundingBox(), await page.locator('.rows').boundingBox()];
      assert.ok(box!.y + box!.height <= scroller!.y + scroller!.height + 1, 'it is in sight');
      assert.ok((await inPage()) < 60);
      await page.locator('.rows').evaluate((element) => element.scrollTo({ top: 0 }));
      await page.waitForFunction(() => document.querySelector('tr[aria-rowindex="2"]') !== null);
      await page.keyboard.press('ArrowUp');
      assert.equal(
        await page.evaluate(() => document.activeElement?.getAttribute('aria-rowindex')),
        '1000',
        'keys go on from where the keyboard was',
      );
    }));

  it('keeps order, filter and place over a reload, and forgets an account that is gone', () =>
    on({}, async (first) => {
      await first.post(twoAccounts().snapshot());
      await head(first, 'rate').locator('button').click();
      await first.page.getByLabel('Account').selectOption('Shop');
      await first.page.getByLabel('Filter flows').fill('booking');
      await first.page.keyboard.press('ArrowDown');
      const state = await first.state();
      await on({ state }, async (stage) => {
        await stage.post(twoAccounts().snapshot());
        assert.equal(await head(stage, 'rate').getAttribute('aria-sort'), 'descending');
        assert.deepEqual(await namesOf(stage), ['Table booking']);
        assert.equal(await stage.page.getByLabel('Filter flows').inputValue(), 'booking');
        assert.equal(await stage.page.getByLabel('Account').inputValue(), 'Shop');
        await stage.post({ ...overviewStates.oneAccount!(), revision: 9 });
        assert.deepEqual(await namesOf(stage), ['Table booking'], 'of the account that is left');
        assert.equal(await stage.page.locator('.account-choice').isVisible(), false);
      });
    }));

  it('takes nothing over that makes no sense', () =>
    on(
      { state: { sort: { key: 'size' }, filter: { levels: ['bad', 'healthy'], text: 7 }, active: 3 } },
      async (stage) => {
        await stage.post(twoAccounts().snapshot());
        assert.equal(await head(stage, 'level').getAttribute('aria-sort'), 'descending');
        assert.deepEqual(new Set(await levelsOf(stage)), new Set(['healthy']));
      },
    ));

  it('leads to an account where there is none, and tells what is read or missing', () =>
    on({}, async (stage) => {
      const { page } = stage;
      await stage.post(overviewStates.noAccounts!());
      assert.equal(await page.locator('.counts').isVisible(), false);
      await page.locator('vscode-button', { hasText: 'Connect to WhatsApp' }).click();
      await page.locator('vscode-button', { hasText: 'Try with Demo Data' }).click();
      assert.deepEqual((await stage.intents()).slice(-2), [
        { type: 'action', name: 'connect' },
        { type: 'action', name: 'useDemo' },
      ]);
      await stage.post({ ...overviewStates.notRead!(), revision: 2 });
      await page.getByText('Reading flows…').waitFor();
      await stage.post({ ...overviewStates.noFlows!(), revision: 3 });
      await page.getByText('There are no flows').waitFor();
      await page.getByText('“Bistro Nord”: No flows yet.').waitFor();
    }));

  it('keeps the figures of an account that failed, with their age and what helps', () =>
    on({}, async (stage) => {
      await stage.post(inTrouble().snapshot());
      assert.equal(await rowsOf(stage).count(), 11 + 1);
      assert.match((await cellsOf(stage, 'rate'))[0]!, /25\.2%/);
      assert.match(await rowsOf(stage).first().locator('.about').first().innerText(), /not updated since 14:18$/);
      const notice = stage.page.locator('.notice');
      assert.match(await notice.innerText(), /“Bistro Nord”: Offline\. Meta could not be reached/);
      await notice.locator('vscode-button').click();
      assert.deepEqual((await stage.intents()).at(-1), { type: 'action', name: 'refresh', account: 'Bistro Nord' });
    }));

  it('lets no older snapshot come over a newer one', () =>
    on({}, async (stage) => {
      const own = new OverviewStage([bistro, shop]);
      const [empty, filled] = [own.snapshot(), own.read(shop, [{ name: 'One', character: 'healthy' }]).snapshot()];
      await stage.post(filled);
      await stage.post(empty);
      assert.deepEqual(await namesOf(stage), ['One']);
    }));

  describe('comparison', () => {
    const keys = ['1204588317730001@Bistro Nord', '1204588317730003@Bistro Nord'];
    const box = (stage: Stage, row: number): Locator => rowsOf(stage).nth(row).locator('.tick input');
    const places = (stage: Stage): Promise<string[]> =>
      rowsOf(stage)
        .locator('.tick')
        .evaluateAll((cells) => cells.map((cell) => cell.textContent!).filter(Boolean));

    it('ticks flows by click and by Space, and asks for them', () =>
      on({}, async (stage) => {
        const { page } = stage;
        await stage.post(twoAccounts().snapshot());
        const part = page.locator('.comparison');
        assert.equal(await part.isVisible(), false);
        await box(stage, 0).click();
        await part.getByText('Tick another flow to compare them in charts.').waitFor();
        assert.equal(await part.locator('.card').first().isVisible(), false);
        assert.equal(await focusedName(stage), 'Delivery slot', 'the keyboard stays at the row');
        await page.keyboard.press('ArrowDown');
        await page.keyboard.press('Space');
        assert.deepEqual((await stage.intents()).at(-1), { type: 'compare', keys, range: '24h' });
        assert.equal(await rowsOf(stage).nth(1).getAttribute('aria-selected'), 'true');
        assert.deepEqual(await places(stage), ['1', '2']);
        assert.equal(await page.locator('[role=status]').textContent(), 'Warranty claim ticked, 2 of 5');
        assert.match(await part.locator('li').first().innerText(), /Delivery slot(?! ·)/);
        for (const row of [2, 3, 4]) await box(stage, row).click();
        assert.match(await part.locator('li').first().innerText(), /Delivery slot · Bistro Nord/, 'of two accounts');
        assert.equal(await box(stage, 5).isDisabled(), true, 'five at most');
        await part.getByRole('button', { name: 'Do not compare Delivery slot' }).click();
        assert.deepEqual(await places(stage), ['2', '3', '4', '5'], 'the others keep their numbers');
        await part.getByRole('button', { name: 'Clear' }).click();
        assert.equal(await part.isVisible(), false);
        assert.deepEqual((await stage.intents()).at(-1), { type: 'compare', keys: [], range: '24h' });
      }));

    it('draws a line for each flow in five charts, which read the same as their tables', () =>
      on({ state: { ticks: keys } }, async (stage) => {
        const { page } = stage;
        assert.deepEqual((await stage.intents()).at(-1), { type: 'compare', keys, range: '24h' });
        await stage.post(twoAccounts().compare(keys, '24h').snapshot());
        const cards = page.locator('.comparison .card');
        assert.equal(await cards.count(), 5);
        const inked = await page.locator('.comparison canvas').evaluateAll((canvases) =>
          canvases.map((canvas) => {
            const { width, height } = canvas as HTMLCanvasElement;
            const { data } = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height);
            return data.some((value) => value > 0);
          }),
        );
        assert.deepEqual(inked, [true, true, true, true, true]);
        const rate = cards.nth(2);
        const table = await rate
          .locator('table tr')
          .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent!)));
        assert.deepEqual(table[0], ['Hour', 'Delivery slot', 'Warranty claim']);
        assert.equal(table.length, 25);
        const cursor = rate.locator('[role=slider]');
        await cursor.focus();
        await page.keyboard.press('End');
        const [, first, second] = table[1]!;
        const text = (await cursor.getAttribute('aria-valuetext'))!;
        assert.ok(text.endsWith(`: 1 Delivery slot ${first}, 2 Warranty claim ${second}`), text);
        assert.match((await rate.locator('.tip').innerText()).replace(/\s+/g, ' '), /1 Delivery slot [\d.]+%/);
        const pane = (await rate.locator('.pane').boundingBox())!;
        const card = (await rate.locator('.tip').boundingBox())!;
        assert.ok(card.y >= 0 && card.y + card.height <= pane.y, 'the card covers nothing of a chart so small');
        assert.equal(await rate.locator('.pane').evaluate((one) => getComputedStyle(one).overflow), 'visible');
        await rate.getByRole('button').click();
        assert.equal(await rate.locator('table').isVisible(), true);
      }));

    it('draws marks through all charts, and names them in hover card, reading and table', () => {
      const shown = ['1204588317730000@Bistro Nord', keys[0]!];
      return on({ state: { ticks: shown } }, async (stage) => {
        const { page } = stage;
        const drawn = async (one: OverviewStage): Promise<string[]> => {
          await stage.post(one.compare(shown, '24h').snapshot());
          await page.locator('.comparison canvas').first().waitFor();
          await page.evaluate(
            () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
          );
          return page
            .locator('.comparison canvas')
            .evaluateAll((all) => (all as HTMLCanvasElement[]).map((canvas) => canvas.toDataURL()));
        };
        const own = twoAccounts();
        const without = await drawn(own);
        const marked = await drawn(own.mark(overviewMarks));
        assert.deepEqual([marked.length, marked.filter((one, i) => one === without[i]).length], [5, 0]);
        const rate = page.locator('.comparison .card').nth(2);
        const named = ['Git tag v1.4.3', '<b>new menu</b> (Table booking)', 'v1.4.2'];
        assert.deepEqual(await rate.locator('tr.mark td').allTextContents(), named);
        const cursor = rate.locator('[role=slider]');
        await cursor.focus();
        await page.keyboard.press('End');
        for (let i = 0; i < 24 && (await rate.locator('.tip .mark').count()) === 0; i++) {
          await page.keyboard.press('ArrowLeft');
        }
        assert.match((await rate.locator('.tip .mark').innerText()).trim(), /^Git tag v1\.4\.3, \d\d:\d\d$/);
        assert.match((await cursor.getAttribute('aria-valuetext'))!, /Mark: Git tag v1\.4\.3, \d\d:\d\d$/);
      });
    });

    it('asks for another period, and keeps ticks and period over a reload', () =>
      on({ state: { ticks: keys } }, async (first) => {
        await first.post(twoAccounts().compare(keys, '24h').snapshot());
        await first.page.locator('.comparison .segments label', { hasText: '30 d' }).click();
        assert.deepEqual((await first.intents()).at(-1), { type: 'compare', keys, range: '30d' });
        await first.post({ ...twoAccounts().compare(keys, '30d').snapshot(), revision: 5 });
        assert.equal(await first.page.locator('.comparison table').first().locator('tr').count(), 31);
        const state = await first.state();
        await on({ state }, async (stage) => {
          assert.deepEqual((await stage.intents()).at(-1), { type: 'compare', keys, range: '30d' });
          await stage.post(twoAccounts().compare(keys, '30d').snapshot());
          assert.deepEqual(await places(stage), ['1', '2']);
        });
      }));

    it('forgets a flow that is gone', () =>
      on({ state: { ticks: [...keys, '9@Bistro Nord'] } }, async (stage) => {
        await stage.post(twoAccounts().compare(keys, '24h').snapshot());
        assert.deepEqual((await stage.intents()).at(-1), { type: 'compare', keys, range: '24h' });
        assert.equal(await stage.page.locator('.compared li').count(), 2);
      }));
  });

  it('has no violations, and enough contrast in every theme', () =>
    on({ width: 1400 }, async (stage) => {
      await stage.post(inTrouble().snapshot());
      await stage.page.locator('.counts button', { hasText: 'Warning' }).click();
      await stage.page.locator('.counts button', { hasText: 'Not judged' }).click();
      assert.deepEqual(await violations(stage), []);
      for (const row of [0, 1, 2, 3, 4]) await rowsOf(stage).nth(row).locator('.tick input').click();
      const { ticks } = (await stage.state()) as { readonly ticks: readonly string[] };
      await stage.page.locator('.counts button', { hasText: 'Not judged' }).click();
      await stage.post({ ...twoAccounts().compare(ticks, '7d').snapshot(), revision: 9 });
      assert.deepEqual(await violations(stage), []);
      for (const theme of Object.keys(themes) as ThemeName[]) {
        await stage.setTheme(theme);
        assert.deepEqual(await violations(stage, ['color-contrast']), [], theme);
      }
    }));

  it('fits from 250 to 1900 px, and lets every row keep its name and error rate', () =>
    on({}, async (stage) => {
      const { page } = stage;
      await stage.post(twoAccounts().snapshot());
      for (const width of [250, 320, 480, 700, 1000, 1200, 1900]) {
        await page.setViewportSize({ width, height: 720 });
        await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= width, `${wide} of ${width}`);
        const row = rowsOf(stage).first();
        for (const cell of ['.flow', '.rate', '.level .icon'])
          assert.ok(await row.locator(cell).isVisible(), `${width} ${cell}`);
        const name = await row.locator('.flow').boundingBox();
        assert.ok(name!.width > 80, `${width}: ${name!.width} for the name`);
        const sideways = await page.locator('.rows').evaluate((element) => element.scrollWidth - element.clientWidth);
        assert.equal(sideways, 0, `${width}`);
      }
      await page.setViewportSize({ width: 480, height: 720 });
      // Columns that do not fit can still be sorted by.
      await page.getByLabel('Sort by').selectOption('ENDPOINT_REQUEST_COUNT');
      assert.equal(await head(stage, 'requests').getAttribute('aria-sort'), 'descending');
    }));
});
