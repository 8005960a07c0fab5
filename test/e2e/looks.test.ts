/** How it looks: pictures in out/screenshots/e2e, each with a check for what no picture may show. */
import assert from 'node:assert/strict';
import {
  clearNotifications,
  openView,
  quickInput,
  quickPick,
  reloadWorkbench,
  runCommand,
  setTheme,
  statusItem,
  treeRow,
  treeRows,
  waitForQuickInput,
} from '../../scripts/editor/workbench';
import { demoBusinessAccountId } from '../../src/domain/account';
import { statusItemId } from '../../src/ids';
import { addDemo, hoverText } from './editorParts';
import { eventually, openLab, pictureOfFailure, type Lab } from './lab';
import { Panel } from './panel';
import { serve, type Served } from './serve';
import { leftovers, readable } from './texts';
import { answer, questionCount, refusal, type WizardAnswers } from './wizard';

const flow = 'Table booking';
/** High enough for a whole dashboard. */
const wide = { width: 1600, height: 1260 };
const token = 'looks-first-token';
const renewed = 'looks-second-token';

const themes = {
  light: 'Light Modern',
  'hc-dark': 'Dark High Contrast',
  'hc-light': 'Light High Contrast',
  'dark-2026': 'Dark 2026',
  'light-2026': 'Light 2026',
  dark: 'Dark Modern',
} as const;

describe('The looks of Flowmeter', () => {
  let lab: Lab;
  let served: Served | undefined;
  let answers: WizardAnswers;

  before(async () => {
    lab = await openLab({ viewport: wide, settings: { 'workbench.colorTheme': themes.dark } });
  });

  afterEach(async function () {
    await pictureOfFailure(lab, this.currentTest);
  });

  after(async () => {
    await lab?.close();
    await served?.stop();
  });

  it('empty view', async () => {
    const { page } = lab;
    await openView(page, 'Flowmeter');
    await page.locator('.part.sidebar').getByRole('button', { name: 'Connect to WhatsApp' }).waitFor();
    await picture('welcome');
  });

  it('tree and its cards', async () => {
    const { page } = lab;
    await addDemo(page);
    await picture('tree');
    await hoverText(page, treeRow(page, flow), 'Last 24 hours');
    await picture('tooltip-row', undefined, { pointer: true });
    await hoverText(page, statusItem(page, statusItemId), 'Critical —');
    await picture('tooltip-status', undefined, { pointer: true });
  });

  for (const [name, theme] of Object.entries(themes)) {
    it(`dashboard, ${theme}`, async () => {
      const { page } = lab;
      await setTheme(page, theme);
      const panel = await open(flow);
      await panel.frame.locator(`body[data-vscode-theme-name="${theme}"]`).waitFor();
      await ready(panel);
      await picture(`dashboard-${name}`, panel);
    });
  }

  it('dashboard by the hour, of a lifetime, and as tables', async () => {
    const panel = await Panel.of(lab.page, flow);
    await panel.choose('24 h');
    // On two days of four weeks nobody checks this endpoint.
    await eventually('the page has settled', async () => !(await panel.states()).includes('loading'));
    await panel.drawn();
    await picture('dashboard-24h', panel);
    await panel.choose('Lifetime');
    await ready(panel);
    await picture('dashboard-lifetime', panel);
    await panel.choose('Day');
    await ready(panel);
    const toggles = panel.frame.getByRole('button', { name: /^Table: / });
    for (const toggle of await toggles.all()) await toggle.click();
    await picture('dashboard-tables', panel);
    for (const toggle of await toggles.all()) await toggle.click();
  });

  it('hover card of a chart', async () => {
    const panel = await Panel.of(lab.page, flow);
    const chart = panel.frame.locator('section[data-metric=ENDPOINT_REQUEST_ERROR_RATE] canvas').first();
    await chart.hover({ position: { x: 120, y: 60 }, force: true });
    await picture('dashboard-hover', panel, { pointer: true });
  });

  it('flow under 250 requests', async () => {
    const panel = await open('Partner onboarding');
    await panel.reaches('not-enough-data');
    await picture('not-enough-data', panel);
  });

  it('flows without figures', async () => {
    for (const [name, title] of [
      ['no-endpoint', 'Contact us'],
      ['draft', 'Product survey'],
    ] as const) {
      const panel = await open(title);
      await eventually('the page has settled', async () => !(await panel.states()).includes('loading'));
      await picture(name, panel);
    }
  });

  it('narrow panel', async () => {
    const { page } = lab;
    const panel = await open(flow);
    await runCommand(page, 'View: Toggle Primary Side Bar Visibility');
    // The activity bar takes 48, the borders of the editor a few; the whole page is to be in the picture.
    await page.setViewportSize({ width: 380, height: 2850 });
    await ready(panel);
    const { width } = (await panel.frame.locator('html').boundingBox())!;
    assert.ok(width <= 330, `${width} is not narrow`);
    await picture('dashboard-narrow', panel);
    await page.setViewportSize({ width: 760, height: 2400 });
    await ready(panel);
    await picture('dashboard-medium', panel);
    await page.setViewportSize({ width: 1000, height: 1700 });
    await ready(panel);
    await picture('dashboard-two-columns', panel);
    await page.setViewportSize(wide);
    await openView(page, 'Flowmeter');
  });

  it('bigger type', async () => {
    const panel = await open(flow);
    const resize = (size: string): Promise<void> =>
      panel.frame.locator('html').evaluate((html, value) => html.style.setProperty('--vscode-font-size', value), size);
    await resize('18px');
    await lab.page.setViewportSize({ width: 1600, height: 2100 });
    await ready(panel);
    await picture('dashboard-big-type', panel);
    await resize('13px');
    await lab.page.setViewportSize(wide);
  });

  it('questions', async () => {
    const { page } = lab;
    await runCommand(page, 'Flowmeter: Open Dashboard…');
    await waitForQuickInput(page, 'Which flow?');
    await picture('question-flow');
    await page.keyboard.press('Escape');
    served = await serve({ token });
    answers = { url: served.url, businessAccountId: demoBusinessAccountId, name: 'Bistro Nord', token };
    await answer(page, answers, questionCount - 1);
    await picture('question-token');
    await quickInput(page, 'wrong-token');
    await refusal(page, 'not valid');
    await picture('question-token-refused');
    await page.keyboard.press('Escape');
  });

  it('several accounts, and a token that has expired', async () => {
    const { page } = lab;
    await runCommand(page, 'View: Close All Editors');
    await answer(page, answers);
    await treeRow(page, answers.name).waitFor();
    await eventually('the flows are read', async () =>
      (await treeRows(page)).slice(14).some(({ description }) => description.includes('p90')),
    );
    const row = treeRow(page, flow).nth(1);
    await row.locator('.monaco-tl-twistie').click();
    await treeRow(page, 'Requests').click();
    const panel = await Panel.of(page, flow);
    await ready(panel);
    await picture('two-accounts', panel);

    await restart({ token: renewed, expiredToken: token });
    await runCommand(page, 'Flowmeter: Refresh');
    await treeRow(page, 'Token expired').waitFor();
    await panel.reaches('stale');
    await picture('token-expired', panel);
    await clearNotifications(page);
    await reloadWorkbench(page);
    await treeRow(page, 'Token expired').waitFor();
    const again = await Panel.inView(page);
    await again.reaches('error');
    await clearNotifications(page);
    await picture('token-expired-reloaded', again);
  });

  it('a pause', async () => {
    const { page } = lab;
    await runCommand(page, 'Flowmeter: Set Access Token…');
    await quickInput(page, renewed, { prompt: 'Access token, sent only to 127.0.0.1:' });
    await treeRow(page, 'Token expired').waitFor({ state: 'detached' });
    const panel = await Panel.of(page, flow);
    await ready(panel);
    await restart({ token: renewed, rateLimit: 0 });
    await runCommand(page, 'Flowmeter: Refresh');
    await eventually('the pause is told of', async () =>
      (await treeRows(page)).some(({ label }) => label.startsWith('Paused by the server’s API limit until')),
    );
    await panel.frame.getByText(/asks for a pause/).waitFor();
    await picture('throttled', panel);
  });

  it('kept to its policy', () => {
    assert.deepEqual(lab.troubles, []);
  });

  async function open(title: string): Promise<Panel> {
    const { page } = lab;
    await runCommand(page, 'Flowmeter: Open Dashboard…');
    await waitForQuickInput(page, 'Which flow?');
    await quickPick(page, title);
    return Panel.of(page, title);
  }

  async function ready(panel: Panel): Promise<void> {
    await panel.reaches('ready');
    await panel.drawn();
  }

  async function restart(options: { token: string; expiredToken?: string; rateLimit?: number }): Promise<void> {
    const { port } = served!;
    await served!.stop();
    served = await serve({ ...options, port });
  }

  async function picture(name: string, panel?: Panel, { pointer = false } = {}): Promise<void> {
    const { page } = lab;
    if (!pointer) {
      // Where nothing reacts to it.
      await page.mouse.move(page.viewportSize()!.width / 2, page.viewportSize()!.height - 2);
      await page.locator('.monaco-hover:visible').first().waitFor({ state: 'hidden' });
    }
    await panel?.frame.locator('html').evaluate((html) => html.scrollTo(0, 0));
    await lab.shoot(name);
    for (const text of await readable(lab.page)) assert.doesNotMatch(text, leftovers, name);
    if (panel) assert.deepEqual(await panel.cutOff(), [], name);
  }
});
