/** Meta's alerts at the editor's meter, whose secrets come, change and go while it runs. */
import assert from 'node:assert/strict';
import { readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { meterBusinessAccountId } from '../../../src/domain/account';
import { alertsField, parseAlertsAnswer, type MeterAlert } from '../../../src/contract/alert';
import { signatureHeader } from '../../../src/contract/endpoint';
import type { AlertSecrets } from '../../../src/domain/meterState';
import type { MeterSupervisor } from '../../../src/meter/meterSupervisor';
import { signBody } from '../../../src/recorder/bodySignature';
import { flowId, MeterFixture, running, until } from './meterFixture';
import { defaultApiVersion } from '../../../src/contract/routes';

const verifyToken = 'the-verify-token-of-this-test';
const appSecret = 'the-app-secret-of-this-test';

function notice(state: 'ACTIVATED' | 'DEACTIVATED', id = flowId): string {
  const value = { event: 'ENDPOINT_ERROR_RATE', flow_id: id, alert_state: state, error_rate: 14, threshold: 10 };
  const time = Math.floor(Date.now() / 1000);
  return JSON.stringify({ entry: [{ id: '1', time, changes: [{ field: 'flows', value }] }] });
}

describe('Meta’s alerts at the meter', () => {
  let fixture: MeterFixture;
  /** What this window's person has set up. */
  let alerts: AlertSecrets | undefined;
  let supervisor: MeterSupervisor;

  beforeEach(async () => {
    fixture = await MeterFixture.open();
    alerts = undefined;
    supervisor = window();
    supervisor.start();
    await running(supervisor);
  });

  afterEach(async () => {
    await fixture.close();
  });

  function window(appSecrets: Readonly<Record<string, string>> = {}): MeterSupervisor {
    return fixture.supervisor({ secrets: async () => ({ appSecrets, ...(alerts ? { alerts } : {}) }) });
  }

  async function setUp(secrets: AlertSecrets = { verifyToken, appSecret }): Promise<void> {
    alerts = secrets;
    await supervisor.shareSecrets();
  }

  async function shake(token = verifyToken): Promise<string> {
    const query = `hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=1158201444`;
    const response = await fetch(`http://127.0.0.1:${fixture.port}/webhook?${query}`);
    return `${response.status} ${(await response.text()).trim()}`;
  }

  async function send(body: string, signature = signBody(body, appSecret)): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${fixture.port}/webhook`, {
      method: 'POST',
      body,
      headers: { [signatureHeader]: signature },
    });
    await response.text();
    return response.status;
  }

  async function stored(): Promise<readonly MeterAlert[]> {
    assert.ok(supervisor.state.kind === 'running');
    const response = await fetch(`${supervisor.state.url}/${defaultApiVersion}/${flowId}?fields=${alertsField}`, {
      headers: { authorization: `Bearer ${await fixture.token()}` },
    });
    return parseAlertsAnswer(await response.json(), flowId);
  }

  it('knock at a path like any unknown one, until they are set up', async () => {
    const unknown = await fetch(`http://127.0.0.1:${fixture.port}/webhooks`);
    const answer = `${unknown.status} ${(await unknown.text()).trim()}`;
    assert.match(answer, /^404 /);
    assert.equal(await shake(), answer);
    assert.equal(await send(notice('ACTIVATED')), 404);
    await setUp();
    assert.equal(await shake(), '200 1158201444');
    assert.equal(await send(notice('ACTIVATED')), 200);
    await running(supervisor, ({ takesAlerts }) => takesAlerts === true);
  });

  it('are stored with their flow, which is told to be changed', async () => {
    await setUp();
    const revision = (): number =>
      (supervisor.state.kind === 'running' &&
        supervisor.state.report.flows.find(({ id }) => id === flowId)?.revision) ||
      0;
    assert.equal(revision(), 0);
    assert.equal(await send(notice('ACTIVATED')), 200);
    await until('the flow has changed', () => revision() > 0);
    assert.deepEqual(
      (await stored()).map(({ type, state, text }) => [type, state, text]),
      [['ENDPOINT_ERROR_RATE', 'ACTIVATED', 'error rate of the endpoint 14%, threshold 10%']],
    );
    const before = revision();
    assert.equal(await send(notice('DEACTIVATED')), 200);
    await until('it has changed again', () => revision() > before);
    assert.deepEqual(
      (await stored()).map(({ state }) => state),
      ['DEACTIVATED'],
    );
    // An alert is no request.
    assert.ok(supervisor.state.kind === 'running');
    assert.equal(supervisor.state.report.requests, 0);
  });

  it('are passed over, without a note, where they concern a flow that nobody measures', async () => {
    await setUp();
    assert.equal(await send(notice('ACTIVATED', '7')), 200);
    assert.equal(await send(notice('ACTIVATED')), 200);
    await until('the known flow has its alert', async () => (await stored()).length === 1);
    assert.ok(supervisor.state.kind === 'running');
    const response = await fetch(
      `${supervisor.state.url}/${defaultApiVersion}/${meterBusinessAccountId}/flows?fields=id`,
      {
        headers: { authorization: `Bearer ${await fixture.token()}` },
      },
    );
    const { data } = (await response.json()) as { data: readonly { id: string }[] };
    assert.deepEqual(data, [{ id: flowId }]);
    assert.deepEqual(supervisor.state.report.notes, []);
  });

  it('are kept for the flows that it measures in a file that is begun while it runs', async () => {
    await setUp();
    await rm(path.join(fixture.folder, 'meter.db'));
    assert.equal(await send(notice('ACTIVATED')), 200);
    await until('the alert is stored', async () => (await stored()).length === 1);
    // Where the journal was not empty, it is told too that this was set aside.
    const begun = /meter\.db was deleted while it was in use: a new file was begun\.$/;
    await running(supervisor, ({ notes }) => notes.some((note) => begun.test(note)));
    assert.ok(supervisor.state.kind === 'running');
    const response = await fetch(`${supervisor.state.url}/${defaultApiVersion}/${flowId}?fields=endpoint_uri`, {
      headers: { authorization: `Bearer ${await fixture.token()}` },
    });
    assert.deepEqual(await response.json(), { id: flowId, endpoint_uri: fixture.upstream });
  });

  it('leave a note where their signature is wrong, until one is right', async () => {
    await setUp({ verifyToken, appSecret: 'mistyped' });
    assert.equal(await send(notice('ACTIVATED')), 403);
    const { report } = await running(supervisor, ({ notes }) => notes.length > 0);
    assert.equal(report.notes.length, 1);
    assert.match(report.notes[0]!, /signed with another app secret .* else a stranger sent it/);
    // That the token is right says nothing of the app secret, and another window says nothing new.
    assert.equal(await shake(), '200 1158201444');
    await supervisor.shareSecrets();
    await fixture.record();
    await running(supervisor, ({ requests, notes }) => requests === 1 && notes.length === 1);
    await setUp();
    await running(supervisor, ({ notes }) => notes.length === 0);
    assert.equal(await send(notice('ACTIVATED'), signBody('other', appSecret)), 403);
    await running(supervisor, ({ notes }) => notes.length === 1);
    assert.equal(await send(notice('ACTIVATED')), 200);
    await running(supervisor, ({ notes }) => notes.length === 0);
    assert.equal((await stored()).length, 1);
  });

  it('leave a note where the verify token is wrong, until one is right', async () => {
    await setUp();
    for (const wrong of ['another', appSecret, '']) assert.match(await shake(wrong), /^403 /, wrong);
    const { report } = await running(supervisor, ({ notes }) => notes.length > 0);
    assert.match(report.notes.join(), /its verify token does not match.* otherwise somebody else tried/);
    assert.equal(await shake(), '200 1158201444');
    await running(supervisor, ({ notes }) => notes.length === 0);
  });

  it('go on to the program of the address that was given, and leave a note while it is away', async () => {
    const bot = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(201).end('taken'));
    });
    await new Promise<void>((done) => bot.listen(0, '127.0.0.1', done));
    const botPort = (bot.address() as AddressInfo).port;
    await setUp({ verifyToken, appSecret, forwardUrl: `http://127.0.0.1:${botPort}/hook?key=s3cret` });
    assert.equal(await send(notice('ACTIVATED')), 201);
    assert.equal((await stored()).length, 1);
    await new Promise((done) => bot.close(done));
    assert.equal(await send(notice('ACTIVATED')), 502);
    const { report } = await running(supervisor, ({ notes }) => notes.length > 0);
    assert.match(report.notes.join(), /could not be passed on.*does not answer/);
    assert.ok(!JSON.stringify(report).includes('s3cret'));
    await new Promise<void>((done) => bot.listen(botPort, '127.0.0.1', done));
    assert.equal(await send(notice('ACTIVATED')), 201);
    await running(supervisor, ({ notes }) => notes.length === 0);
    bot.closeAllConnections();
    bot.close();
  });

  it('leave a note where more than alerts comes and no other program gets it, until an address is given', async () => {
    await setUp();
    const messages = JSON.stringify({ entry: [{ changes: [{ field: 'messages', value: {} }] }] });
    assert.equal(await send(messages), 200);
    const { report } = await running(supervisor, ({ notes }) => notes.length > 0);
    assert.match(report.notes.join(), /Meta sends more than alerts to the meter, such as messages/);
    await setUp({ verifyToken, appSecret, forwardUrl: `http://127.0.0.1:${fixture.port}/webhook` });
    await running(supervisor, ({ notes }) => notes.length === 0);
    assert.equal(await send(messages), 508);
    const circle = await running(supervisor, ({ notes }) => notes.length > 0);
    assert.match(circle.report.notes.join(), /leads back to the meter/);
  });

  it('leave no note of strangers who know nothing of a webhook', async () => {
    await setUp();
    const url = `http://127.0.0.1:${fixture.port}/webhook`;
    for (const method of ['GET', 'POST', 'PUT']) {
      const response = await fetch(url, { method });
      await response.text();
      assert.ok(response.status >= 400, method);
    }
    await fixture.record();
    await running(supervisor, ({ requests, notes }) => requests === 1 && notes.length === 0);
  });

  it('are taken again after a new start, and by a window that takes over', async () => {
    await setUp();
    await supervisor.stop();
    supervisor.start();
    await running(supervisor, ({ takesAlerts }) => takesAlerts === true);
    assert.equal(await shake(), '200 1158201444');
    const other = window();
    other.start();
    const { report } = await running(other, ({ successionRank: place }) => place === 1);
    supervisor.dispose();
    process.kill(report.pid, 'SIGKILL');
    await running(other, ({ pid, takesAlerts }) => pid !== report.pid && takesAlerts === true);
    assert.equal(await send(notice('ACTIVATED')), 200);
  });

  it('go on where a window comes that knows other secrets only, and end where a person ends them', async () => {
    await setUp();
    alerts = undefined;
    const other = window({ [flowId]: 'with which checks are signed' });
    other.start();
    await running(other);
    assert.equal(await shake(), '200 1158201444');
    assert.equal(await supervisor.forgetAlerts(), true);
    assert.match(await shake(), /^404 /);
    assert.equal(await send(notice('ACTIVATED')), 404);
    await running(supervisor, ({ takesAlerts }) => takesAlerts === false);
  });

  it('leave their secrets in no file, no argument, no report and no answer', async () => {
    await setUp();
    const seen = [await shake(), await shake('wrong')];
    assert.equal(await send(notice('ACTIVATED'), signBody('other', appSecret)), 403);
    const { report } = await running(supervisor, ({ notes }) => notes.length > 0);
    assert.equal(await send(notice('ACTIVATED')), 200);
    await until('the alert is stored', async () => (await stored()).length === 1);
    seen.push(JSON.stringify(report), JSON.stringify(await stored()), JSON.stringify(supervisor.state));
    for (const place of ['cmdline', 'environ']) {
      seen.push(await readFile(`/proc/${report.pid}/${place}`, 'latin1').catch(() => ''));
    }
    await supervisor.stop();
    for (const name of await readdir(fixture.folder)) {
      seen.push(await readFile(path.join(fixture.folder, name), 'latin1').catch(() => ''));
    }
    for (const text of seen) assert.ok(!text.includes(verifyToken) && !text.includes(appSecret), text);
  });
});
