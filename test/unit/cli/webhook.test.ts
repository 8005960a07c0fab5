/** Meta's webhooks at the command line as it is shipped: what was answered with 200 is in the file, whatever happens. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { signBody } from '../../../src/recorder/bodySignature';
import { openMeterStore } from '../../../src/store/openMeterStore';
import { buildProgram } from '../../fixtures/program';
import { send } from '../recorder/stage';

const flow = '1204588317730952';
const seconds = Math.floor(Date.now() / 1000);

function warning(text: string): string {
  const value = { event: 'FLOW_VERSION_EXPIRY_WARNING', flow_id: flow, warning: text };
  return JSON.stringify({ entry: [{ time: seconds, changes: [{ field: 'flows', value }] }] });
}

describe('command line: Meta’s webhooks', function () {
  this.timeout(60_000);
  let folder: string;
  let program: string;
  const running = new Set<ChildProcess>();
  const inFolder = (name: string): string => path.join(folder, name);

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'flowmeter-webhook-'));
    program = await buildProgram(folder);
    writeFileSync(inFolder('secret'), 'hush\n', { mode: 0o600 });
    writeFileSync(inFolder('verify'), 'verify-me\n', { mode: 0o600 });
  });

  after(() => {
    for (const child of running) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  async function record(store: string): Promise<{ child: ChildProcess; url: string; said: () => string }> {
    const args = ['--store', store, '--flow', `${flow}=http://127.0.0.1:1/`, '--port', '0'];
    const secrets = ['--app-secret-file', 'secret', '--verify-token-file', 'verify'];
    const child = spawn(process.execPath, [program, 'record', ...args, ...secrets], { cwd: folder, stdio: 'pipe' });
    running.add(child);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    for (;;) {
      const found = /^recording on (\S+)$/m.exec(said);
      if (found) return { child, url: found[1]!, said: () => said };
      await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
      assert.equal(child.exitCode, null, said);
    }
  }

  async function post(url: string, body: string, agent: Agent | false = false): Promise<number> {
    const headers = { 'x-hub-signature-256': signBody(body, 'hush') };
    return (await send(`${url}/webhook`, { body, headers, agent })).status;
  }

  function textsIn(file: string): ReadonlySet<string> {
    const database = new DatabaseSync(inFolder(file), { readOnly: true });
    const texts = database.prepare('SELECT text FROM notices').all();
    database.close();
    return new Set(texts.map(({ text }) => text as string));
  }

  it('lose nothing that was answered with 200, though SIGTERM comes at once', async () => {
    const { child, url } = await record('term.db');
    const agent = new Agent({ keepAlive: true, maxSockets: 100 });
    const exited = once(child, 'exit');
    const taken = new Set<string>();
    const sent = Array.from({ length: 1000 }, async (_, i) => {
      const text = `notice ${i}`;
      const status = await post(url, warning(text), agent).catch(() => 0);
      if (status !== 200) return;
      taken.add(text);
      if (taken.size === 300) child.kill('SIGTERM');
    });
    await Promise.all(sent);
    agent.destroy();
    const [code] = (await exited) as [number | null];
    assert.equal(code, 0);
    assert.ok(taken.size >= 300, String(taken.size));
    const stored = textsIn('term.db');
    assert.deepEqual(
      [...taken].filter((text) => !stored.has(text)),
      [],
    );
  });

  it('answer 503 while another program holds the file, and 200 once it lets go', async () => {
    const { child, url } = await record('locked.db');
    const holder = new DatabaseSync(inFolder('locked.db'), { timeout: 10_000 });
    holder.exec('BEGIN IMMEDIATE');
    const statuses = await Promise.all(['a', 'b', 'c'].map((text) => post(url, warning(text))));
    assert.deepEqual(statuses, [503, 503, 503]);
    holder.exec('ROLLBACK');
    holder.close();
    assert.equal(await post(url, warning('a')), 200);
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
    assert.ok(textsIn('locked.db').has('a'));
  });

  it('leave the flow as Meta saw it last, whatever came late or twice, and tell all of an alert', async () => {
    const { child, url } = await record('order.db');
    const at = async (second: number, value: object): Promise<void> => {
      const changes = [{ field: 'flows', value: { flow_id: flow, ...value } }];
      assert.equal(await post(url, JSON.stringify({ entry: [{ time: seconds + second, changes }] })), 200);
    };
    const status = (second: number, from: string, to: string): Promise<void> =>
      at(second, { event: 'FLOW_STATUS_CHANGE', old_status: from, new_status: to, reason: `since ${from}` });
    const errors = [{ error_type: 'TIMEOUT', error_rate: 8.1, error_count: 12 }];
    const alert = (second: number, state: string): Promise<void> =>
      at(second, { event: 'ENDPOINT_ERROR_RATE', alert_state: state, threshold: 10, error_rate: 12, errors });
    await status(60, 'THROTTLED', 'PUBLISHED');
    await status(0, 'PUBLISHED', 'THROTTLED');
    await status(60, 'THROTTLED', 'PUBLISHED');
    await status(0, 'PUBLISHED', 'THROTTLED');
    await alert(540, 'DEACTIVATED');
    await alert(0, 'ACTIVATED');
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
    const store = await openMeterStore({ file: inFolder('order.db') });
    assert.equal((await store.readFlow(flow))!.fields.status, 'PUBLISHED');
    const alerts = await store.readAlerts(flow);
    await store.close();
    assert.deepEqual(
      alerts.map(({ type, state, until }) => [type, state, until === undefined ? undefined : until / 1000 - seconds]),
      [
        ['FLOW_STATUS_CHANGE', 'DEACTIVATED', 60],
        ['ENDPOINT_ERROR_RATE', 'DEACTIVATED', 540],
        ['FLOW_STATUS_CHANGE', 'DEACTIVATED', 60],
      ],
    );
    assert.deepEqual(alerts[1]!.errors, [{ type: 'timeout_error', count: 12, rate: 8.1 }]);
    assert.equal(alerts[0]!.reason, 'since THROTTLED');
  });

  it('print few lines, whatever they hold', async () => {
    const { child, url, said } = await record('empty.db');
    const body = JSON.stringify({ entry: Array(250_000).fill({}) });
    assert.equal(await post(url, body), 200);
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
    assert.match(said(), /webhook passed over: an entry without changes \(250000 times\)/);
    assert.ok(said().split('\n').length < 10, said().slice(0, 500));
  });
});
