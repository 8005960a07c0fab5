/** From the empty view to charts and back again, as somebody does who has no account and no token. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  editorTabs,
  notifications,
  openView,
  pressNotificationButton,
  quickInput,
  quickInputState,
  quickPick,
  reloadWorkbench,
  runCommand,
  statusItem,
  toggleTreeRow,
  treeRow,
  treeRows,
  waitForQuickInput,
  webview,
} from '../../scripts/editor/workbench';
import { dateInZone } from '../../src/contract/calendar';
import { metricNames } from '../../src/contract/metric';
import { statusItemId } from '../../src/ids';
import {
  addDemo,
  answerDialog,
  demoFlowNames,
  demoRowNames,
  flowRow,
  hoverText,
  labels,
  parkedGroup,
  statusText,
} from './editorParts';
import { eventually, eventuallyEqual, openLab, pictureOfFailure, zone as localZone, type Lab } from './lab';
import { Panel } from './panel';
import { openProxy, type Proxy } from './proxy';

const overviewTitle = 'Flowmeter Overview';
const worst = 'Delivery slot';
const worstId = '1339508127746021';

describe('Flowmeter on demo data', () => {
  let lab: Lab;
  let proxy: Proxy;

  before(async () => {
    proxy = await openProxy();
    lab = await openLab({ settings: { 'http.proxy': proxy.url, 'http.proxySupport': 'override' } });
  });

  afterEach(async function () {
    await pictureOfFailure(lab, this.currentTest);
  });

  after(async () => {
    await lab?.close();
    await proxy?.close();
  });

  it('offers two ways in, and does nothing by itself', async () => {
    const { page } = lab;
    await openView(page, 'Flowmeter');
    const sidebar = page.locator('.part.sidebar');
    await sidebar.getByText('See how the endpoint behind each of your WhatsApp Flows is doing').waitFor();
    await sidebar.getByRole('button', { name: 'Connect to WhatsApp' }).waitFor();
    await sidebar.getByText('Try with Demo Data').waitFor();
    await sidebar.getByText('No token, no network.').waitFor();
    await sidebar.getByText('Get Started').click();
    await page.getByText('Get started with Flowmeter').first().waitFor();
    await page.locator('.part.editor').getByRole('button', { name: 'Try with Demo Data' }).last().waitFor();
    await runCommand(page, 'View: Close All Editors');
    assert.deepEqual(await treeRows(page), []);
    assert.equal(await statusItem(page, statusItemId).count(), 0);
    assert.equal((await lab.settings())['flowmeter.accounts'], undefined);
  });

  it('lists the demo flows, worst first', async () => {
    const { page } = lab;
    await addDemo(page);
    // The editor draws badges a moment after rows.
    await eventuallyEqual(
      async () => (await treeRows(page)).map(({ label, icon, badge, expanded }) => ({ label, icon, badge, expanded })),
      // The last two flows have no figures that rows below them could show.
      demoRowNames.map((label, i) => ({
        label,
        ...looks(i),
        expanded: i < 8 || label === parkedGroup ? false : undefined,
      })),
    );
    const newsletter = await flowRow(page, 'Newsletter sign-up');
    assert.match(newsletter.description, /^\d\d\.\d% up · (< )?\d\.\d% errors · p90 ≤\s1\ss$/);
    assert.match(newsletter.ariaLabel, /^Newsletter sign-up, healthy, error rate .* percent, .*fetched /);
    assert.match((await flowRow(page, 'Warranty claim')).description, /^Blocked · .*% errors/);
    assert.match((await flowRow(page, 'Insurance quote')).description, /^Throttled · .*% errors/);
    assert.equal((await flowRow(page, 'Contact us')).description, 'no endpoint');
    assert.equal((await flowRow(page, parkedGroup)).description, '2 flows');
    await toggleTreeRow(page, parkedGroup);
    await treeRow(page, 'Summer raffle').waitFor();
    assert.equal((await flowRow(page, 'Product survey')).description, 'draft');
    assert.equal((await flowRow(page, 'Summer raffle')).description, 'deprecated');
    await toggleTreeRow(page, parkedGroup);
    await eventuallyEqual(async () => (await lab.settings())['flowmeter.accounts'], [{ name: 'Demo', source: 'demo' }]);
  });

  it('names the worst flow in the status bar and counts the others', async () => {
    const { page } = lab;
    await eventually('the status bar names the worst flow', async () =>
      /^Delivery slot \d+(\.\d)?% (up|errors) \+3$/.test(await statusText(page)),
    );
    const item = statusItem(page, statusItemId);
    assert.doesNotMatch((await item.getAttribute('class')) ?? '', /(error|warning)-kind/, 'demo data alarm nobody');
    const tooltip = await hoverText(page, item, 'Critical —');
    assert.match(
      tooltip,
      /Flowmeter — 4 flows need attention\s+Demo data · data up to .* · fetched .*\s+Delivery slot Critical — /,
    );
    assert.match(tooltip, /Table booking Warning — /);
    assert.match(tooltip, /and 2 more\s+Open · Refresh · Hide/);
    await eventuallyEqual(() => page.locator('.part.activitybar .badge-content:visible').allInnerTexts(), ['4']);
    // A link of the tooltip hides the item, and a button of what that says brings it back.
    await page.locator('.monaco-hover:visible a', { hasText: 'Hide' }).click();
    await item.waitFor({ state: 'hidden' });
    await pressNotificationButton(page, 'Show Again');
    await item.waitFor();
    await eventually('the item tells the same', async () => (await statusText(page)).startsWith(worst));
  });

  it('explains a flow on hover', async () => {
    const { page } = lab;
    const tooltip = await hoverText(page, treeRow(page, 'Loan application'), 'Last 24 hours');
    assert.match(tooltip, /Loan application — \s*Attention/);
    assert.match(tooltip, /p90 latency \(≤\s\d\ss\) is above 1\ss/);
    assert.match(tooltip, /Last 24 hours/);
    assert.match(tooltip, /Error rate\s+\d\.\d%/);
    assert.match(tooltip, /data up to .* · fetched /);
    await page.keyboard.press('Escape');
  });

  it('opens the dashboard where a metric of a flow is clicked', async () => {
    const { page } = lab;
    await toggleTreeRow(page, worst);
    const children = async (): Promise<Awaited<ReturnType<typeof treeRows>>> =>
      (await treeRows(page)).filter(({ level }) => level === 2);
    await eventuallyEqual(
      async () => (await children()).map(({ label }) => label),
      ['Requests', 'Errors', 'Error rate', 'Latency', 'Availability'],
    );
    const [first] = await children();
    assert.match(first?.description ?? '', /^[\d,]+ · (↑ |↓ |no change)/);
    await treeRow(page, 'Error rate').click();
    const panel = await Panel.of(page, worst);
    await panel.reaches('ready');
    assert.equal(await panel.chosen('Granularity'), 'Day');
    assert.equal(await panel.chosen('Period'), '30 d');
    for (const metric of metricNames) {
      const { head, rows } = await panel.table(metric);
      assert.equal(head[0], 'Day');
      // The day that has begun is shown too.
      assert.ok(rows.length === 30 || rows.length === 31, `${metric}: ${rows.length} rows`);
    }
    const requests = await panel.table('ENDPOINT_REQUEST_COUNT');
    const whole = requests.rows.filter(([day]) => !day?.includes('so far'));
    const sum = whole.reduce((total, [, count]) => total + Number(count?.replaceAll(',', '')), 0);
    assert.equal((await panel.figure('ENDPOINT_REQUEST_COUNT')).replaceAll(',', ''), String(sum));
    assert.match(await panel.text(), /Critical — (availability|error rate) \d/);
  });

  it('is read by keyboard: Enter opens a flow in the same tab, arrows open its rows, and the focus stays', async () => {
    const { page } = lab;
    const focused = page.locator('.part.sidebar .monaco-list:focus .monaco-list-row.focused');
    await focused.filter({ hasText: 'Error rate' }).waitFor();
    await page.keyboard.press('ArrowLeft');
    await focused.filter({ hasText: worst }).waitFor();
    for (let i = 0; i < 6; i++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await (await Panel.of(page, 'Warranty claim')).reaches('ready');
    await eventuallyEqual(() => editorTabs(page), [worst, 'Warranty claim']);
    await focused.filter({ hasText: 'Warranty claim' }).waitFor();
    await page.keyboard.press('ArrowRight');
    await eventually(
      'its rows are open',
      async () => (await labels(page)).filter((one) => one === 'Latency').length === 2,
    );
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowDown');
    await focused.filter({ hasText: 'Insurance quote' }).waitFor();
    await page.keyboard.press('Enter');
    await eventuallyEqual(() => editorTabs(page), [worst, 'Insurance quote']);
    await treeRow(page, 'Insurance quote').dblclick();
    await treeRow(page, 'Warranty claim').click();
    await eventuallyEqual(() => editorTabs(page), [worst, 'Insurance quote', 'Warranty claim']);
    await runCommand(page, 'View: Close All Editors');
    await treeRow(page, worst).dblclick();
    await (await Panel.of(page, worst)).reaches('ready');
    await eventuallyEqual(() => editorTabs(page), [worst]);
  });

  it('changes granularity and period', async () => {
    const panel = await Panel.of(lab.page, worst);
    await panel.choose('24 h');
    await rowsBecome(panel, 24);
    assert.equal(await panel.chosen('Granularity'), 'Hour');
    await panel.choose('7 d');
    await rowsBecome(panel, 168);
    await panel.reaches('ready');
    await panel.choose('Lifetime');
    await rowsBecome(panel, 1);
    await panel.reaches('ready');
    await panel.choose('Day');
    await panel.choose('90 d');
    await rowsBecome(panel, 90);
    await panel.reaches('ready');
  });

  it('speaks of the same days in fields, period and table', async () => {
    const panel = await Panel.of(lab.page, worst);
    const { frame } = panel;
    const inputs = frame.locator('input[type=date]');
    const zone = frame.locator('.dates .zone');
    await panel.choose('30 d');
    await panel.reaches('ready');
    await frame.locator('.period', { hasText: /^Last 30 days.*plus .*, so far \(not counted\)/ }).waitFor();
    assert.equal(await zone.innerText(), 'US Pacific');
    await panel.choose('Hour');
    await frame.locator('.dates .zone', { hasText: 'local time' }).waitFor();
    // Today by the clock of whoever sits there.
    const today = (await inputs.nth(1).getAttribute('max'))!;
    assert.equal(today, dateInZone(Date.now(), localZone));
    for (const i of [1, 0]) {
      await inputs.nth(i).fill(today);
      await inputs.nth(i).blur();
    }
    await eventually('today alone is shown', async () => {
      const { rows } = await panel.table('ENDPOINT_REQUEST_COUNT');
      const hours = rows.map(([hour]) => hour!.replace(', so far', ''));
      return hours.at(-1)!.endsWith(' 00:00') && new Set(hours.map((hour) => hour.slice(0, -6))).size === 1;
    });
    assert.deepEqual(await panel.dates(), [today, today]);
    await panel.choose('Day');
    await panel.choose('30 d');
    await panel.reaches('ready');
  });

  it('keeps the dates within reach', async () => {
    const panel = await Panel.of(lab.page, worst);
    const dates = panel.frame.locator('input[type=date]');
    const [from = '', to = ''] = await panel.dates();
    const later = new Date(Date.parse(to) - 9 * 86_400_000).toISOString().slice(0, 10);
    await dates.nth(0).fill('2020-01-01');
    await dates.nth(0).blur();
    await panel.frame.locator('[role=alert]', { hasText: /^Choose days from / }).waitFor();
    await dates.nth(0).fill(later);
    await dates.nth(0).blur();
    await rowsBecome(panel, 10);
    assert.notEqual(from, later);
    assert.deepEqual(await panel.dates(), [later, to]);
    await panel.reaches('ready');
  });

  it('gives the figures of a card and its picture to the clipboard', async () => {
    const { page } = lab;
    const panel = await Panel.of(page, worst);
    const card = panel.frame.locator('section[data-metric=ENDPOINT_REQUEST_COUNT]');
    const copy = async (item: string): Promise<void> => {
      await card.getByRole('button', { name: 'Copy: Requests' }).click();
      await card.getByRole('menuitem', { name: item }).click();
    };
    await copy('Copy Figures');
    const head = (): Promise<string> =>
      page.evaluate(async () => (await navigator.clipboard.readText()).split('\n')[0] ?? '');
    await eventuallyEqual(head, 'Day\tRequests');
    await copy('Copy as Image');
    const kinds = (): Promise<string[]> =>
      page.evaluate(async () => (await navigator.clipboard.read()).flatMap(({ types }) => [...types]));
    await eventuallyEqual(kinds, ['image/png']);
  });

  it('opens a dashboard from the palette', async () => {
    const { page } = lab;
    await runCommand(page, 'Flowmeter: Open Dashboard…');
    await waitForQuickInput(page, 'Which flow?');
    await eventuallyEqual(async () => (await quickInputState(page))?.items[0]?.label, worst);
    await quickInput(page, 'Newsletter', { enter: false });
    await eventuallyEqual(
      async () => (await quickInputState(page))?.items.map(({ label }) => label),
      ['Newsletter sign-up'],
    );
    await page.keyboard.press('Enter');
    const panel = await Panel.of(page, 'Newsletter sign-up');
    await panel.reaches('ready');
    assert.match(await panel.text(), /Healthy — error rate/);
    assert.deepEqual(await editorTabs(page), [worst, 'Newsletter sign-up']);
  });

  it('opens one metric through its questions', async () => {
    const { page } = lab;
    await runCommand(page, 'Flowmeter: Open Metric…');
    await waitForQuickInput(page, 'Which flow?');
    await quickPick(page, 'Loan application');
    await waitForQuickInput(page, 'Which metric?');
    assert.match((await quickInputState(page))!.title, /Open Metric.*\(2\/4\)/);
    await quickPick(page, 'Latency');
    await waitForQuickInput(page, 'One point for each …');
    await quickPick(page, 'Hour');
    await waitForQuickInput(page, 'Which period?');
    await page.keyboard.press('Enter');
    const panel = await Panel.of(page, 'Loan application');
    await rowsBecome(panel, 24);
    await panel.reaches('ready');
    assert.equal(await panel.chosen('Granularity'), 'Hour');
    assert.equal(await panel.chosen('Period'), '24 h');
    await eventually('the section has the focus', () =>
      panel.frame
        .locator('section[data-metric=ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL]')
        .evaluate((section) => section.contains(document.activeElement)),
    );
  });

  it('is calm about a flow under 250 requests', async () => {
    const { page } = lab;
    const row = await flowRow(page, 'Partner onboarding');
    assert.equal(row.description, 'fewer than 250 requests');
    assert.deepEqual([row.icon, row.badge], ['question', '']);
    await runCommand(page, 'Flowmeter: Open Dashboard…');
    await waitForQuickInput(page, 'Which flow?');
    await quickPick(page, 'Partner onboarding');
    const panel = await Panel.of(page, 'Partner onboarding');
    await panel.reaches('not-enough-data');
    const text = await panel.text();
    assert.match(text, /Not judged — fewer than 250 requests/);
    assert.match(text, /Not enough data yet/);
    assert.doesNotMatch(text, /failed|wrong with|could not/i);
    assert.deepEqual(await notifications(page), []);
  });

  it('copies the id of a flow', async () => {
    const { page } = lab;
    await treeRow(page, worst).click();
    await runCommand(page, 'Flowmeter: Copy Flow ID');
    await eventuallyEqual(() => page.evaluate(() => navigator.clipboard.readText()), worstId);
  });

  it('saves what a dashboard shows as a CSV file', async () => {
    const { page } = lab;
    const file = path.join(lab.folder, 'figures.csv');
    await treeRow(page, worst).click();
    await runCommand(page, 'Flowmeter: Export as CSV…');
    await eventually('a name is proposed', async () =>
      /delivery-slot-\w+-\d{4}-\d\d-\d\d(-to-\d{4}-\d\d-\d\d)?\.csv$/.test((await quickInputState(page))?.value ?? ''),
    );
    await quickInput(page, file);
    await eventually('the file is told of', async () =>
      (await notifications(page)).some(({ message }) => message === 'Saved figures.csv.'),
    );
    const [head = '', ...lines] = (await readFile(file, 'utf8')).replace(/\r\n$/, '').split('\r\n');
    assert.match(head, /^flow_id,flow_name,granularity,begin,end,complete,requests,errors,error_rate,/);
    const shown = (await (await Panel.of(page, worst)).table('ENDPOINT_REQUEST_COUNT')).rows;
    assert.deepEqual(
      lines.map((line) => line.split(',')[6]).reverse(),
      shown.map(([, count]) => count?.replaceAll(',', '')),
    );
    assert.ok(lines.every((line) => line.startsWith(`${worstId},${worst},DAY,`)));
    // A second message of the same words takes the place of the first, and its button leads to its own file.
    await mkdir(path.join(lab.folder, 'later'));
    await runCommand(page, 'Flowmeter: Export as CSV…');
    await eventually(
      'a name is proposed',
      async () => (await quickInputState(page))?.value.includes('delivery-slot') === true,
    );
    const later = path.join(lab.folder, 'later', 'figures.csv');
    await quickInput(page, later, { enter: false });
    await eventually('the file is there', async () => {
      // The first Enter may only open the folder.
      if (await quickInputState(page)) await page.keyboard.press('Enter');
      return existsSync(later);
    });
    await eventuallyEqual(
      async () => (await notifications(page)).map(({ message }) => message),
      ['Saved figures.csv.'],
    );
    await pressNotificationButton(page, 'Open');
    await page.locator('.tab.active[aria-label^="figures.csv"]').waitFor();
    await page.locator('.monaco-breadcrumb-item', { hasText: /^later$/ }).waitFor();
  });

  it('saves the part of the period that a dashboard is zoomed into', async () => {
    const { page } = lab;
    const panel = await Panel.of(page, worst);
    await panel.reaches('ready');
    await panel.frame.locator('[data-metric=ENDPOINT_REQUEST_COUNT] [role=slider]').focus();
    for (const key of ['End', 'ArrowLeft', 'Shift+ArrowLeft', 'Shift+ArrowLeft', 'Enter'])
      await page.keyboard.press(key);
    await eventually(
      'three days are left',
      async () => (await panel.table('ENDPOINT_REQUEST_COUNT')).rows.length === 3,
    );
    const shown = (await panel.table('ENDPOINT_REQUEST_COUNT')).rows;
    await panel.frame.getByRole('button', { name: 'Export…' }).click();
    await waitForQuickInput(page, 'Which period?');
    await page.keyboard.press('Enter');
    await waitForQuickInput(page, 'Which kind of file?');
    await page.keyboard.press('Enter');
    await eventually('a name is proposed', async () =>
      /delivery-slot-day-\d{4}-\d\d-\d\d-to-\d{4}-\d\d-\d\d\.csv$/.test((await quickInputState(page))?.value ?? ''),
    );
    const file = path.join(lab.folder, 'part.csv');
    await quickInput(page, file);
    await eventually('the file is there', async () => existsSync(file));
    const [, ...lines] = (await readFile(file, 'utf8')).trimEnd().split('\r\n');
    assert.deepEqual(
      lines.map((line) => line.split(',')[6]).reverse(),
      shown.map(([, count]) => count?.replaceAll(',', '')),
    );
    await panel.frame.getByRole('button', { name: 'Whole period' }).click();
  });

  it('saves the figures of all flows as one file', async () => {
    const { page } = lab;
    const file = path.join(lab.folder, 'all.json');
    await runCommand(page, 'Flowmeter: Export All Flows…');
    await waitForQuickInput(page, 'Which period?');
    await page.keyboard.press('Enter');
    await waitForQuickInput(page, 'Which kind of file?');
    await quickPick(page, 'JSON');
    await eventually('a name is proposed', async () =>
      /demo-\S*day-\d{4}-\d\d-\d\d-to-\d{4}-\d\d-\d\d\.json$/.test((await quickInputState(page))?.value ?? ''),
    );
    await quickInput(page, file);
    await eventually('the file is told of', async () =>
      (await notifications(page)).some(({ message }) => message.startsWith('Saved all.json.')),
    );
    const { flows } = JSON.parse(await readFile(file, 'utf8')) as { flows: { name: string; intervals: unknown[] }[] };
    assert.deepEqual(flows.map(({ name }) => name).sort(), [...demoFlowNames].sort());
    assert.ok(flows.find(({ name }) => name === worst)!.intervals.length >= 30);
  });

  it('lists all flows in one overview, from which Enter opens a dashboard', async () => {
    const { page } = lab;
    await page.locator('.part.sidebar').hover();
    await page.locator('.part.sidebar a[aria-label="Open Overview"]').first().click();
    const overview = await webview(page, { title: overviewTitle });
    const names = overview.locator('table[data-overview] tr[data-flow] .flow .line:first-child');
    await eventuallyEqual(() => names.allInnerTexts(), [...demoFlowNames]);
    await overview.locator('table[data-overview] tr[data-flow]').first().focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    const compared = overview.locator('.comparison section');
    await eventuallyEqual(() => compared.first().locator('tbody tr').count(), 24);
    assert.equal(await compared.count(), metricNames.length);
    await lab.shoot('overview');
    await overview.locator('.comparison').getByText('Clear').click();
    await overview.locator('.counts button', { hasText: 'Healthy' }).click();
    await overview.getByLabel('Filter flows').fill('sign-up');
    await eventuallyEqual(() => names.allInnerTexts(), ['Newsletter sign-up']);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const panel = await Panel.of(page, 'Newsletter sign-up');
    await panel.reaches('ready');
    await eventually('the keyboard is there', () => panel.frame.locator('body').evaluate(() => document.hasFocus()));
    await page.locator(`.tab[aria-label^="${worst}"]`).click();
  });

  it('comes back after a reload of the window', async () => {
    const { page } = lab;
    await reloadWorkbench(page);
    await eventually('the tree is back', async () => (await labels(page)).includes(worst));
    await eventually('the status bar is back', async () => (await statusText(page)).startsWith(worst));
    const panel = await Panel.of(page, worst);
    await rowsBecome(panel, 10);
    await panel.reaches('ready');
    await page.locator(`.tab[aria-label^="${overviewTitle}"]`).click();
    const overview = await webview(page, { title: overviewTitle });
    await eventuallyEqual(
      () => overview.locator('table[data-overview] tr[data-flow] .flow .line:first-child').allInnerTexts(),
      ['Newsletter sign-up'],
    );
    assert.equal(await overview.getByLabel('Filter flows').inputValue(), 'sign-up');
  });

  it('forgets the account when it is removed', async () => {
    const { page } = lab;
    await runCommand(page, 'Flowmeter: Remove Account…');
    await answerDialog(page, 'Remove “Demo”?', 'Remove');
    await page.locator('.part.sidebar').getByRole('button', { name: 'Connect to WhatsApp' }).waitFor();
    await eventuallyEqual(async () => (await lab.settings())['flowmeter.accounts'], []);
    await statusItem(page, statusItemId).waitFor({ state: 'hidden' });
  });

  it('sent nothing, and its page kept to its policy', () => {
    assert.deepEqual(proxy.asked, []);
    assert.deepEqual(lab.troubles, []);
  });

  async function rowsBecome(panel: Panel, wanted: number): Promise<void> {
    await eventuallyEqual(async () => {
      const { rows } = await panel.table('ENDPOINT_REQUEST_COUNT');
      return rows.filter(([name]) => !name?.includes('so far')).length;
    }, wanted);
  }
});

/** Icon and badge of the demo flow at this place. */
function looks(index: number): { icon: string; badge: string } {
  if (index < 2) return { icon: 'error', badge: '✕' };
  if (index < 4) return { icon: 'warning', badge: '!!' };
  if (index === 4) return { icon: 'info', badge: '!' };
  if (index < 8) return { icon: 'pass', badge: '' };
  return { icon: index < 10 ? 'question' : 'archive', badge: '' };
}
