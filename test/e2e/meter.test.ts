/** The meter as a developer uses it: started in the editor, in front of an endpoint of one's own, looked at live. */
import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  clearNotifications,
  notifications,
  openView,
  quickInput,
  quickPick,
  reloadWorkbench,
  runCommand,
  setTheme,
  treeRow,
  treeRows,
  waitForQuickInput,
} from '../../scripts/editor/workbench';
import { signatureHeader } from '../../src/contract/endpoint';
import { signBody } from '../../src/recorder/bodySignature';
import { sealEnvelope } from '../../src/recorder/ping/envelope';
import { freePort } from '../fixtures/freePort';
import { sendMetaAlert, type MetaAlert } from '../fixtures/metaAlert';
import { startSampleEndpoint, type SampleEndpoint } from '../fixtures/sampleEndpoint';
import { rounds } from '../fixtures/soak';
import { flowRow, hoverText, labels, statusText } from './editorParts';
import { eventually, openLab, pictureOfFailure, type Lab } from './lab';
import { Panel } from './panel';

const flowId = '1204588317730952';
const flowName = 'Table booking';
const appSecret = '0123456789abcdef0123456789abcdef';
/** Of the app that sends the alerts, which may be another one. */
const alertSecret = 'fedcba9876543210fedcba9876543210';
/** How soon a request shall be seen. */
const liveMs = 5_000;
/** The meter's own patience after the last window. */
const graceMs = 30_000;

describe('Flowmeter with a meter', () => {
  let lab: Lab;
  let endpoint: SampleEndpoint;
  let port: number;

  before(async () => {
    endpoint = await startSampleEndpoint({ appSecret });
    port = await freePort();
    lab = await openLab({ viewport: { width: 1400, height: 900 } });
    await writeFile(path.join(lab.folder, 'public.pem'), endpoint.publicPem);
    await openView(lab.page, 'Flowmeter');
  });

  afterEach(async function () {
    await pictureOfFailure(lab, this.currentTest);
  });

  after(async () => {
    const pid = await ownerPid();
    await lab?.close();
    if (pid !== undefined && isAlive(pid)) process.kill(pid, 'SIGTERM');
    await endpoint?.close();
  });

  it('starts by one command, which asks what it needs', async () => {
    const { page } = lab;
    await runCommand(page, 'Flowmeter: Start Meter…');
    await quickInput(page, flowId, { prompt: 'ID of the flow' });
    await quickInput(page, flowName, { prompt: 'A name for the flow' });
    await quickInput(page, `${endpoint.url}/flow`, { prompt: 'URL of the endpoint' });
    await waitForQuickInput(page, 'its public key');
    await quickPick(page, 'Choose a PEM File…');
    await waitForQuickInput(page, 'Key of the endpoint');
    await quickPick(page, 'public.pem');
    await waitForQuickInput(page, 'How are availability checks sent?');
    await quickPick(page, 'Signed with the app secret');
    await quickInput(page, appSecret, { prompt: 'App secret' });
    await quickInput(page, String(port), { prompt: 'Port on this computer' });
    await treeRow(page, 'Recording').waitFor();
    await eventually('the flow is listed', async () => (await labels(page)).includes(flowName));
    await eventually('it says where requests go', async () =>
      (await notifications(page)).some(({ message }) => message.includes(`http://127.0.0.1:${port}/${flowId}`)),
    );
    assert.match(await meterDescription(), new RegExp(`^port ${port} · \\d+ requests?$`));
    await clearNotifications(page);
  });

  it('shows the first request within five seconds, wherever it looks', async () => {
    const { page } = lab;
    await runCommand(page, 'Flowmeter: Open Dashboard…');
    await waitForQuickInput(page, 'Which flow?');
    await quickPick(page, flowName);
    const panel = await Panel.of(page, flowName);
    await eventually('the dashboard has asked', async () => (await panel.states()).every((one) => one !== 'loading'));
    await send();
    await within('the row of the meter counts it', async () => (await meterDescription()).endsWith(' 1 request'));
    await within('the dashboard shows it', async () => (await panel.figure('ENDPOINT_REQUEST_COUNT')) === '1');
  });

  it('changes tree, status bar and dashboard while requests come', async () => {
    const { page } = lab;
    const panel = await Panel.of(page, flowName);
    for (let i = 0; i < 39; i++) await send();
    await within('the row of the meter counts them', async () => (await meterDescription()).endsWith(' 40 requests'));
    await within('the dashboard shows them', async () => (await panel.figure('ENDPOINT_REQUEST_COUNT')) === '40');
    // The row may have been read in between, when there were too few requests to judge.
    await within('the flow is healthy', async () => {
      const { description, icon } = await flowRow(page, flowName);
      return /0% errors · p90/.test(description) && icon === 'pass';
    });
    await within('the status bar tells', async () => (await statusText(page)) !== '–');
    await panel.reach(['ready', 'ready', 'ready', 'ready', await stateOfChecks(panel)]);
    assert.match(await panel.text(), /\bms\b/);
  });

  it('shows the availability checks in the status bar', async () => {
    const { page } = lab;
    // The first check comes within a tenth of the minute between two.
    await eventually('a check is seen', async () => (await statusText(page)).includes('100%'), 20_000);
    const panel = await Panel.of(page, flowName);
    await panel.reaches('ready');
    await setTheme(page, 'Dark Modern');
    await panel.drawn();
    await lab.shoot('meter-dashboard');
  });

  it('receives Meta’s alerts once it is set up, and shows them within five seconds', async () => {
    const { page } = lab;
    const before = await flowRow(page, flowName);
    await runCommand(page, "Flowmeter: Receive Meta's Alerts…");
    // What it would do to a bot is said before anything else.
    await waitForQuickInput(page, 'your bot gets no messages');
    await lab.shoot('meter-alerts-callback');
    await quickPick(page, 'No Other Program Receives Webhooks of This App');
    await quickInput(page, alertSecret, { prompt: 'with which Meta signs its alerts' });
    await eventually('it says what is to be entered at Meta', async () =>
      (await notifications(page)).some(({ message }) => message.includes(`your tunnel to http://127.0.0.1:${port}`)),
    );
    await lab.shoot('meter-alerts-set-up');
    await clearNotifications(page);

    assert.equal(await sendAlert('ACTIVATED', appSecret), 403);
    await within('the row of the meter warns', async () => (await meterRow()).icon === 'warning');
    assert.match(
      await hoverText(page, treeRow(page, 'Recording'), 'Since its start'),
      /signed with another app secret/,
    );
    await lab.shoot('meter-alert-refused');
    assert.equal(await sendAlert('ACTIVATED', alertSecret), 200);
    await within('the flow is judged by it', async () => (await flowRow(page, flowName)).icon === 'warning');
    await within('the row of the meter is content', async () => (await meterRow()).icon === 'record');
    const words = 'Meta’s alert: error rate of the endpoint 14%, threshold 10%';
    const panel = await Panel.of(page, flowName);
    await within('the dashboard says so', async () => (await panel.text()).includes(words));
    await panel.drawn();
    assert.match(await hoverText(page, treeRow(page, flowName), 'Last 24 hours'), new RegExp(words));
    await lab.shoot('meter-alert');

    assert.equal(await sendAlert('DEACTIVATED', alertSecret), 200);
    await within('the flow is as before', async () => (await flowRow(page, flowName)).icon === before.icon);
    await within('the dashboard too', async () => !(await panel.text()).includes(words));
  });

  it('takes a further flow while it runs', async () => {
    const { page } = lab;
    await runCommand(page, 'Flowmeter: Add Flow to Meter…');
    await quickInput(page, '77', { prompt: 'ID of the flow' });
    await quickInput(page, 'Newsletter', { prompt: 'A name for the flow' });
    await quickInput(page, 'http://127.0.0.1:9/nobody', { prompt: 'URL of the endpoint' });
    await waitForQuickInput(page, 'its public key');
    await quickPick(page, 'No availability checks');
    await eventually('it is listed', async () => (await labels(page)).includes('Newsletter'));
    await clearNotifications(page);
    for (let i = 0; i < 25; i++) {
      const response = await fetch(`http://127.0.0.1:${port}/77`, { method: 'POST', body: '{}' });
      assert.ok(response.status >= 500);
      await response.arrayBuffer();
    }
    await within('it is critical', async () => (await flowRow(page, 'Newsletter')).icon === 'error');
    await within('the status bar names it', async () => (await statusText(page)).startsWith('Newsletter'));
    await lab.shoot('meter-trouble');
  });

  it('keeps the tooltip that a person reads while the row of another flow changes', async () => {
    const { page } = lab;
    await hoverText(page, treeRow(page, flowName), 'Last 24 hours');
    const card = await page.locator('.monaco-hover:visible', { hasText: 'Last 24 hours' }).elementHandle();
    await lab.shoot('meter-tooltip');
    for (let i = 0; i < 3; i++) {
      const before = await meterDescription();
      await (await fetch(`http://127.0.0.1:${port}/77`, { method: 'POST', body: '{}' })).arrayBuffer();
      await within('the row of the meter counts it', async () => (await meterDescription()) !== before);
    }
    assert.ok(await card?.isVisible());
    assert.equal(await page.locator('.monaco-hover:visible').count(), 1);
  });

  it('stops by one command, and says so', async () => {
    const { page } = lab;
    const pid = (await ownerPid())!;
    await runCommand(page, 'Flowmeter: Stop Meter');
    await treeRow(page, 'Meter stopped').waitFor();
    await eventually('its process is gone', async () => !isAlive(pid));
    await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
    await lab.shoot('meter-stopped');
  });

  it('has everything that it measured after a reload of the window', async () => {
    const { page } = lab;
    await reloadWorkbench(page);
    await openView(page, 'Flowmeter');
    await treeRow(page, 'Recording').waitFor();
    await treeRow(page, flowName).waitFor();
    await eventually('the figures are back', async () =>
      (await flowRow(page, flowName)).description.includes('errors'),
    );
    const panel = await Panel.of(page, flowName);
    await eventually('so is the dashboard', async () => (await panel.figure('ENDPOINT_REQUEST_COUNT')) === '40');
  });

  it('is the same process after reloads, and ends with the last window', async function () {
    const { page } = lab;
    this.timeout(rounds(120_000, 600_000));
    // A window that goes while its page is loading complains; until now there was no reason to.
    assert.deepEqual(lab.troubles, []);
    await eventually('it runs', async () => (await ownerPid()) !== undefined);
    const pid = await ownerPid();
    for (let round = 0; round < rounds(3, 20); round++) {
      await reloadWorkbench(page);
      await treeRow(page, 'Recording').waitFor();
      assert.equal(await ownerPid(), pid);
    }
    assert.deepEqual(await meterProcesses(), [pid]);
    await page.goto('about:blank');
    await eventually('no process is left', async () => (await meterProcesses()).length === 0, graceMs + 20_000);
    await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
    const left = (await readdir(meterFolder())).filter((name) => !/^(keys|meter\.(json|db)|token)$/.test(name));
    assert.deepEqual(left, []);
    assert.equal((await stat(path.join(meterFolder(), 'token'))).mode & 0o777, 0o600);
  });

  it('never wrote down an app secret', async () => {
    for (const entry of await readdir(lab.dataDir, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const text = await readFile(path.join(entry.parentPath, entry.name)).catch(() => Buffer.alloc(0));
      for (const secret of [appSecret, alertSecret]) {
        assert.ok(!text.includes(secret), path.join(entry.parentPath, entry.name));
      }
    }
  });

  /** One request as WhatsApp sends it, through the meter. */
  async function send(): Promise<void> {
    const { body } = sealEnvelope(JSON.stringify({ version: '3.0', action: 'INIT' }), endpoint.publicKey);
    const response = await fetch(`http://127.0.0.1:${port}/${flowId}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [signatureHeader]: signBody(body, appSecret) },
      body,
    });
    await response.arrayBuffer();
    assert.equal(response.status, 200);
  }

  /** The status with which the meter answers an alert as Meta sends it. */
  function sendAlert(state: MetaAlert['state'], secret: string): Promise<number> {
    return sendMetaAlert({ port, flowId, state, appSecret: secret });
  }

  function within(what: string, condition: () => Promise<boolean>): Promise<void> {
    return eventually(what, condition, liveMs);
  }

  async function meterDescription(): Promise<string> {
    return (await meterRow()).description;
  }

  async function meterRow(): Promise<{ readonly description: string; readonly icon: string }> {
    const row = (await treeRows(lab.page)).find(({ label }) => label === 'Recording');
    return row ?? { description: '', icon: '' };
  }

  async function stateOfChecks(panel: Panel): Promise<string> {
    return (await panel.states())[4]!;
  }

  function meterFolder(): string {
    return path.join(lab.dataDir, 'user', 'User', 'globalStorage', 'flowmeter.flowmeter', 'meter');
  }

  async function ownerPid(): Promise<number | undefined> {
    const text = await readFile(path.join(meterFolder(), 'owner.json'), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as { pid: number }).pid;
  }

  /** Processes that run with this editor's meter folder as their argument. */
  async function meterProcesses(): Promise<number[]> {
    const found: number[] = [];
    for (const name of await readdir('/proc').catch(() => [])) {
      if (!/^\d+$/.test(name)) continue;
      const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
      if (line.includes('meter.js') && line.includes(meterFolder())) found.push(Number(name));
    }
    return found;
  }
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
