/** What a card gives to the clipboard: its figures, and its picture. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, describe, it } from 'mocha';
import type { MetricName } from '../../src/contract/metric';
import { snapshot, states } from './fixtures/snapshots';
import { onStage, sectionOf, Theater, type Stage, type StageOptions } from './stage';

const errors = 'ENDPOINT_REQUEST_ERROR';
const rate = 'ENDPOINT_REQUEST_ERROR_RATE';
const latency = 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL';

describe('webview: copy', function () {
  this.timeout(60_000);
  let theater: Theater;
  before(async () => {
    theater = await Theater.open();
  });
  after(() => theater.close());

  const on = (options: StageOptions, test: (stage: Stage) => Promise<void>): Promise<void> =>
    onStage(theater, options, async (stage) => {
      await stage.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await test(stage);
    });

  async function press(stage: Stage, metric: MetricName, item: string): Promise<void> {
    const card = sectionOf(stage, metric);
    await card.getByRole('button', { name: /^Copy:/ }).click();
    await card.getByRole('menuitem', { name: item }).click();
  }

  const said = async ({ page }: Stage, text: string): Promise<void> =>
    page.getByRole('status').filter({ hasText: text }).waitFor({ state: 'attached' });

  async function copied(stage: Stage, metric: MetricName): Promise<string[][]> {
    await press(stage, metric, 'Copy Figures');
    await said(stage, 'are copied');
    const text = await stage.page.evaluate(() => navigator.clipboard.readText());
    return text
      .slice(0, -1)
      .split('\n')
      .map((line) => line.split('\t'));
  }

  it('takes the figures as the table has them, bare and with the units in the heads', () =>
    on({}, async (stage) => {
      await stage.post(states.ready!());
      const [head, ...rows] = await copied(stage, errors);
      assert.deepEqual(head, ['Day', 'All errors', 'Timed out', 'HTTP status', 'Not served', 'No response']);
      const shown = await sectionOf(stage, errors)
        .locator('tbody tr')
        .evaluateAll((list) => list.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent)));
      assert.equal(rows.length, shown.length);
      assert.deepEqual(
        rows.map(([, ...cells]) => cells),
        shown.map((cells) => cells.map((cell) => cell.replaceAll(',', ''))),
      );
      assert.deepEqual(
        rows.slice(0, 2).map(([day]) => day),
        ['2026-03-12 (so far)', '2026-03-11'],
      );
      const [rateHead, running, newest] = await copied(stage, rate);
      assert.deepEqual(rateHead, ['Day', 'Error rate (%)']);
      assert.match(`${running![1]} ${newest![1]}`, /^\d+\.\d{1,4} \d+\.\d{1,4}$/);
      const [latencyHead, ...latencies] = await copied(stage, latency);
      assert.deepEqual(latencyHead!.slice(0, 5), ['Day', 'p50 (s)', 'p90 (s)', 'p99 (s)', '≤ 1 s']);
      for (const [, , p90] of latencies) assert.match(p90!, /^(\d{1,2}|> 10)$/);
    }));

  it('leaves unknown figures empty, and lets no error type become a formula', () =>
    on({}, async (stage) => {
      const shown = states.sparse!();
      const sections = shown.sections.map((section) => {
        const { series } = section;
        if (section.metric !== errors || !series) return section;
        const strange = { key: '=HYPERLINK("x")\tb', values: series.begins.map(() => 3) };
        return { ...section, series: { ...series, columns: [...series.columns, strange] } };
      });
      await stage.post({ ...shown, sections });
      const [head, ...rows] = await copied(stage, errors);
      assert.equal(head!.at(-1), `'=HYPERLINK("x") b`);
      const none = rows.filter(([, ...cells]) => cells.every((cell) => cell === ''));
      assert.equal(none.length > 10, true);
      assert.equal(
        rows.every((row) => row.length === head!.length),
        true,
      );
    }));

  it('takes the card as a picture in the colours of the theme, with what is zoomed into', () =>
    on({ theme: 'light-modern' }, async (stage) => {
      await stage.post(states.ready!());
      await press(stage, errors, 'Copy as Image');
      await said(stage, 'The picture of Errors is copied');
      const picture = await stage.page.evaluate(async () => {
        const [item] = await navigator.clipboard.read();
        const blob = await item!.getType('image/png');
        const bitmap = await createImageBitmap(blob);
        const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
        const context = canvas.getContext('2d')!;
        context.drawImage(bitmap, 0, 0);
        const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
        const colors = new Set<string>();
        for (let i = 0; i < data.length; i += 4) colors.add([...data.slice(i, i + 3)].join(' '));
        const reader = new FileReader();
        const url = new Promise((resolve) => (reader.onload = () => resolve(reader.result)));
        reader.readAsDataURL(blob);
        const bars = getComputedStyle(document.querySelector('.swatch[data-fill=timeout_error]')!).backgroundColor;
        return {
          width: bitmap.width,
          height: bitmap.height,
          corner: [...data.slice(0, 3)].join(' '),
          colors: [...colors],
          url: (await url) as string,
          bars,
          card: getComputedStyle(document.querySelector('.card')!).backgroundColor,
        };
      });
      assert.equal(picture.card, `rgb(${picture.corner.replaceAll(' ', ', ')})`);
      const plot = (await sectionOf(stage, errors).locator('.plot').boundingBox())!;
      assert.equal(picture.width >= plot.width && picture.height >= plot.height + 60, true);
      assert.equal(picture.colors.length > 20, true, 'text and bars are drawn');
      const folder = process.env.FLOWMETER_PICTURE_FOLDER;
      if (folder) await writeFile(`${folder}/copied.png`, Buffer.from(picture.url.split(',')[1]!, 'base64'));
    }));

  it('hands the picture to the editor where the clipboard takes none', () =>
    on({}, async (stage) => {
      await stage.post(snapshot());
      await stage.page.evaluate(() => {
        navigator.clipboard.write = () => Promise.reject(new Error('not allowed'));
      });
      await press(stage, rate, 'Copy as Image');
      await stage.page.waitForFunction(() => (window as unknown as { intents: unknown[] }).intents.length > 1);
      const intent = (await stage.intents())[1]!;
      assert.equal(intent.type === 'saveImage' && intent.metric === rate && intent.png.startsWith('iVBORw0KGgo'), true);
    }));

  it('is a menu of the keyboard, which Escape closes without leaving a zoom, and offers no picture of a table', () =>
    on({}, async (stage) => {
      const { page } = stage;
      await stage.post(states.ready!());
      await sectionOf(stage, errors).getByRole('slider').focus();
      for (const key of ['Home', 'Shift+PageUp', 'Enter']) await page.keyboard.press(key);
      const days = await sectionOf(stage, errors).locator('tbody tr').count();
      const button = sectionOf(stage, errors).getByRole('button', { name: 'Copy: Errors' });
      await button.focus();
      await page.keyboard.press('Enter');
      const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.textContent ?? '');
      await page.waitForFunction(() => document.activeElement?.textContent === 'Copy Figures');
      await page.keyboard.press('ArrowDown');
      assert.equal(await focused(), 'Copy as Image');
      await page.keyboard.press('ArrowDown');
      assert.equal(await focused(), 'Copy Figures');
      assert.equal(await button.getAttribute('aria-expanded'), 'true');
      await page.keyboard.press('Escape');
      await page.waitForFunction(() => !document.querySelector(':popover-open'));
      assert.equal(await button.evaluate((element) => element === document.activeElement), true);
      assert.equal(await sectionOf(stage, errors).locator('tbody tr').count(), days);
      await sectionOf(stage, errors).getByRole('button', { name: 'Table: Errors' }).click();
      await button.click();
      assert.deepEqual(await sectionOf(stage, errors).getByRole('menuitem').allTextContents(), ['Copy Figures']);
    }));
});
