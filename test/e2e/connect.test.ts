/** Connecting to a server of the API that wants a token: the right one, a wrong one, an expired one, and a pause. */
import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import {
  clearNotifications,
  notifications,
  openView,
  pressNotificationButton,
  quickInput,
  quickInputState,
  quickPick,
  runCommand,
  treeRow,
  treeRows,
  waitForQuickInput,
} from '../../scripts/editor/workbench';
import { demoBusinessAccountId } from '../../src/domain/account';
import { addDays } from '../../src/contract/calendar';
import { createFormats } from '../../src/presentation/formats';
import { assertFilesWithout, assertProcessesWithout, assertWithout } from '../fixtures/canary';
import { answerDialog, demoFlowsRead, demoRowNames, flowRow, labels, statusText } from './editorParts';
import { eventually, eventuallyEqual, openLab, pictureOfFailure, zone, type Lab } from './lab';
import { Panel } from './panel';
import { openProxy, type Proxy } from './proxy';
import { serve, type Served } from './serve';
import { readable } from './texts';
import { answer, goBack, questionCount, refusal, wizardClosed, type WizardAnswers } from './wizard';

const clock = '2026-03-12T14:18:00Z';
const right = 'EAAcanaryRightToken0123456789abcdef';
const wrong = 'EAAcanaryWrongToken0123456789abcdef';
const expired = 'EAAcanaryExpiredToken0123456789abc';
const renewed = 'EAAcanaryNewToken0123456789abcdefgh';
const formats = createFormats('en', zone);
const flow = { name: 'Table booking', id: '1204588317730952' };

describe('Flowmeter with a server that wants a token', () => {
  let lab: Lab;
  let proxy: Proxy;
  let served: Served;
  let answers: WizardAnswers;

  before(async () => {
    proxy = await openProxy();
    served = await serve({ token: right, expiredToken: expired, clock });
    answers = { url: served.url, businessAccountId: demoBusinessAccountId, name: 'Bistro Nord', token: right };
    lab = await openLab({ settings: { 'http.proxy': proxy.url, 'http.proxySupport': 'override' } });
    await openView(lab.page, 'Flowmeter');
    await lab.page.locator('.part.sidebar').getByRole('button', { name: 'Connect to WhatsApp' }).waitFor();
  });

  afterEach(async function () {
    await pictureOfFailure(lab, this.currentTest);
  });

  after(async () => {
    await lab?.close();
    await served?.stop();
    await proxy?.close();
  });

  it('changes nothing when Escape is pressed, whatever was asked', async () => {
    const { page } = lab;
    for (let count = 0; count < questionCount; count++) {
      await answer(page, answers, count);
      const { title } = (await quickInputState(page))!;
      assert.match(title, new RegExp(`^Connect to WhatsApp.*\\(${count + 1}/\\d\\)`));
      await page.keyboard.press('Escape');
      await wizardClosed(page);
    }
    await nothingStored();
  });

  it('keeps what was typed on the way back', async () => {
    const { page } = lab;
    await answer(page, answers, questionCount - 1);
    await goBack(page);
    await waitForQuickInput(page, 'A name of your choice');
    assert.equal((await quickInputState(page))?.value, answers.name);
    await goBack(page);
    await waitForQuickInput(page, 'ID of the WhatsApp Business Account');
    assert.equal((await quickInputState(page))?.value, demoBusinessAccountId);
    await goBack(page);
    await waitForQuickInput(page, 'Which flows?');
    await goBack(page);
    await waitForQuickInput(page, 'Base URL of the server');
    assert.equal((await quickInputState(page))?.value, served.url);
    await page.keyboard.press('Escape');
    await wizardClosed(page);
    await nothingStored();
  });

  it('says at once what is wrong with an address or an id', async () => {
    const { page } = lab;
    await answer(page, answers, 1);
    await quickInput(page, 'http://flows.example.com', { enter: false });
    await refusal(page, 'https');
    await quickInput(page, served.url);
    await waitForQuickInput(page, 'Which flows?');
    await quickPick(page, 'Single flows, by their ids');
    await waitForQuickInput(page, 'IDs of flows');
    await quickInput(page, '12x');
    await refusal(page, 'digits only');
    await page.keyboard.press('Escape');
    await wizardClosed(page);
  });

  it('tells of Meta out of reach, and asks nobody else', async () => {
    const { page } = lab;
    await runCommand(page, 'Flowmeter: Connect to WhatsApp…');
    await waitForQuickInput(page, 'Where are your flows?');
    await quickPick(page, 'Meta');
    await waitForQuickInput(page, 'Which flows?');
    await quickPick(page, 'All flows of a WhatsApp Business Account');
    await quickInput(page, '102290129340398', { prompt: 'ID of the WhatsApp Business Account' });
    await quickInput(page, 'At Meta', { prompt: 'A name of your choice' });
    await quickInput(page, right, { prompt: 'whatsapp_business_messaging' });
    await refusal(page, 'Meta could not be reached');
    await page.keyboard.press('Escape');
    await wizardClosed(page);
    assert.ok(proxy.asked.length > 0);
    assert.deepEqual([...new Set(proxy.asked)], ['CONNECT graph.facebook.com:443']);
    await nothingStored();
  });

  it('ends the wait for a server that hangs at a press of Cancel, and keeps the question', async () => {
    const { page } = lab;
    const open = new Set<Socket>();
    const silent = createServer((socket) => open.add(socket.on('close', () => open.delete(socket)).resume()));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    await answer(page, { ...answers, url: `http://${address}` });
    await refusal(page, `Waiting for ${address} to answer`);
    await page.locator('.quick-input-titlebar [aria-label^="Cancel"]').click();
    await eventually('nothing is asked any more', async () => Promise.resolve(open.size === 0));
    await waitForQuickInput(page, 'Access token, sent only to 127.0.0.1:');
    assert.doesNotMatch((await quickInputState(page))!.message, /Waiting/);
    await page.keyboard.press('Escape');
    await wizardClosed(page);
    silent.close();
    await nothingStored();
  });

  it('refuses a wrong and an expired token, and takes the right one', async () => {
    const { page } = lab;
    await answer(page, { ...answers, token: wrong });
    assert.match(await refusal(page, 'not valid'), /refused the token of “Bistro Nord”. Enter another one/);
    assert.equal((await quickInputState(page))?.masked, true);
    await nothingStored();
    await quickInput(page, expired);
    await refusal(page, 'expired');
    await nothingStored();
    await quickInput(page, right);
    await wizardClosed(page);
    await eventuallyEqual(() => labels(page), [...demoRowNames], 30_000);
    await eventuallyEqual(
      async () => (await lab.settings())['flowmeter.accounts'],
      [{ name: 'Bistro Nord', source: 'server', businessAccountId: demoBusinessAccountId, baseUrl: served.url }],
    );
  });

  it('shows in its tables what the server sends', async () => {
    const { page } = lab;
    await eventually('the flow is read', async () => (await flowRow(page, flow.name)).description.includes('errors'));
    await runCommand(page, 'Flowmeter: Open Dashboard…');
    await waitForQuickInput(page, 'Which flow?');
    await quickPick(page, flow.name);
    const panel = await Panel.of(page, flow.name);
    await panel.reaches('ready');
    const [from, to] = await panel.dates();
    const { rows } = await panel.table('ENDPOINT_REQUEST_COUNT');
    const shown = rows.map(([, count]) => Number(count?.replaceAll(',', ''))).reverse();
    assert.deepEqual(shown.slice(0, 30), await sent('ENDPOINT_REQUEST_COUNT', from, addDays(to, 1)));
    assert.match(await panel.text(), new RegExp(`Server at ${new URL(served.url).host}`));
  });

  it('keeps the old token when a new one is refused', async () => {
    const { page } = lab;
    const before = await secrets();
    await runCommand(page, 'Flowmeter: Set Access Token…');
    await quickInput(page, wrong, { prompt: 'Access token, sent only to 127.0.0.1:' });
    await refusal(page, 'not valid');
    await page.keyboard.press('Escape');
    await wizardClosed(page);
    assert.equal(await secrets(), before);
    const asked = Date.now();
    await runCommand(page, 'Flowmeter: Refresh');
    await eventually('the flows are read again', async () => {
      const { ariaLabel } = await flowRow(page, flow.name);
      return [asked, Date.now()].some((at) => ariaLabel.endsWith(`fetched ${formats.clock(at)}`));
    });
    assert.deepEqual(await notifications(page), []);
  });

  it('asks once for a new token when the old one has expired', async () => {
    const { page } = lab;
    await restart({ token: renewed, expiredToken: right });
    await runCommand(page, 'Flowmeter: Refresh');
    await eventuallyEqual(
      async () => (await notifications(page)).map(({ message }) => message),
      ['The access token of “Bistro Nord” has expired.'],
    );
    await treeRow(page, 'Token expired').waitFor();
    await eventuallyEqual(() => statusText(page), 'Token expired');
    const panel = await Panel.of(page, flow.name);
    await panel.frame.getByText('The access token has expired').first().waitFor();
    await pressNotificationButton(page, 'Set Access Token…');
    await quickInput(page, renewed, { prompt: 'Access token, sent only to 127.0.0.1:' });
    await treeRow(page, 'Token expired').waitFor({ state: 'detached' });
    await panel.reaches('ready');
    // The read under the new token ends here, not in the middle of what comes next.
    await demoFlowsRead(page);
  });

  it('waits where the server asks for a pause', async () => {
    const { page } = lab;
    await restart({ token: renewed, rateLimit: 0 });
    await clearNotifications(page);
    await runCommand(page, 'Flowmeter: Refresh');
    // The pause lasts an hour: from 23:00 on its end has a date before the time.
    await eventually('the pause is told of', async () =>
      (await treeRows(page)).some(({ label }) =>
        /^Paused by the server’s API limit until (\S.*, )?\d\d:\d\d$/.test(label),
      ),
    );
    const panel = await Panel.of(page, flow.name);
    await panel.frame.getByText(/asks for a pause/).waitFor();
    await eventually('the figures stay', async () => /% errors/.test((await flowRow(page, flow.name)).description));
    // The server knows the token, or it would have refused it.
    await clearNotifications(page);
    await runCommand(page, 'Flowmeter: Set Access Token…');
    await quickInput(page, renewed, { prompt: 'Access token, sent only to 127.0.0.1:' });
    await eventually('the token is said to be stored, and when reading goes on', async () =>
      (await notifications(page)).some(({ message }) => /stored.* at .*\d\d:\d\d/.test(message)),
    );
    await clearNotifications(page);
  });

  it('says what is missing once the token is removed', async () => {
    const { page } = lab;
    const before = (await secrets()) ?? '';
    await runCommand(page, 'Flowmeter: Remove Access Token…');
    await answerDialog(page, 'Remove the access token of “Bistro Nord”?', 'Remove');
    await treeRow(page, 'Token missing').waitFor();
    await eventuallyEqual(() => statusText(page), 'Token missing');
    // It is encrypted, but as long as what it holds.
    await eventually('the secret is gone', async () => ((await secrets()) ?? '').length < before.length - right.length);
  });

  it('never showed or wrote down a token', async () => {
    const { page } = lab;
    await runCommand(page, 'Flowmeter: Show Log');
    await page.locator('.part.panel .view-lines').waitFor();
    const frames = await Promise.all(page.frames().map((frame) => frame.content().catch(() => '')));
    const inBrowser = await page.evaluate(async () => JSON.stringify([localStorage, sessionStorage, document.cookie]));
    const texts = [...frames, ...(await readable(page)), inBrowser, JSON.stringify(await lab.settings())];
    for (const token of [right, wrong, expired, renewed]) {
      for (const text of texts) assertWithout(token, 'the editor', text);
      assert.ok(assertFilesWithout(token, lab.dataDir) > 10);
      assertProcessesWithout(token);
    }
    assert.notEqual(await lab.log(), '');
    assert.deepEqual(lab.troubles, []);
  });

  async function restart(options: { token: string; expiredToken?: string; rateLimit?: number }): Promise<void> {
    await served.stop();
    served = await serve({ ...options, port: served.port, clock });
  }

  /** Where a served editor keeps its encrypted secrets. */
  function secrets(): Promise<string | null> {
    return lab.page.evaluate(() => localStorage.getItem('secrets.provider'));
  }

  async function nothingStored(): Promise<void> {
    assert.equal((await lab.settings())['flowmeter.accounts'], undefined);
    assert.equal(await secrets(), null);
    assert.deepEqual(await treeRows(lab.page), []);
    assert.deepEqual(await notifications(lab.page), []);
  }

  async function sent(metric: string, since: string, until: string): Promise<number[]> {
    const fields = `metric.name(${metric}).granularity(DAY).since(${since}).until(${until})`;
    const response = await fetch(`${served.url}/v26.0/${flow.id}?fields=${fields}`, {
      headers: { authorization: `Bearer ${right}` },
    });
    const { metric: answered } = (await response.json()) as {
      metric: { data_points: { data: { value: number }[] }[] };
    };
    return answered.data_points.map(({ data }) => data[0]!.value);
  }
});
