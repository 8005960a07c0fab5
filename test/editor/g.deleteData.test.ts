import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { commands } from 'vscode';
import { demoBusinessAccountId, type Account } from '../../src/domain/account';
import { commandIds } from '../../src/ids';
import { readOwner } from '../../src/meter/folder';
import { writeMeterSettings } from '../../src/meter/settings';
import { readStartStamp } from '../../src/process/startStamp';
import { freePort } from '../fixtures/freePort';
import { startRecordingServer, type RecordingServer } from './recordingServer';
import {
  api,
  eventually,
  Messages,
  pause,
  Prompts,
  readAccounts,
  reset,
  setUserSetting,
  showFlows,
  userAccounts,
} from './stage';

/** Where the editor under test keeps the files of the extension. */
const ownFiles = path.join(
  path.dirname(process.env['FLOWMETER_TEST_RESULT'] ?? ''),
  ...['user', 'User', 'globalStorage', 'flowmeter.flowmeter'],
);

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

describe('Delete All Flowmeter Data…', () => {
  let server: RecordingServer;
  let accounts: readonly Account[];
  let prompts: Prompts;
  let messages: Messages;
  let button: string | undefined;

  before(async () => {
    await reset();
    prompts = new Prompts();
    messages = new Messages(() => button);
    server = await startRecordingServer();
    accounts = [
      { name: 'Shop', source: 'server', businessAccountId: demoBusinessAccountId, baseUrl: server.url },
      { name: 'Demo', source: 'demo' },
    ];
    await readAccounts(accounts);
    const setting = commands.executeCommand(commandIds.setToken, { account: 'Shop' });
    await prompts.type('Access token', server.token);
    await setting;
    await mkdir(ownFiles, { recursive: true });
    await writeFile(path.join(ownFiles, 'kept.json'), '{}');
  });

  after(async () => {
    prompts.restore();
    messages.restore();
    await reset();
    await server.close();
  });

  it('asks first, and without a yes deletes nothing', async () => {
    await commands.executeCommand(commandIds.deleteData);
    assert.deepEqual(
      messages.shown.map(({ text, buttons }) => [text, buttons]),
      [['Delete all Flowmeter data?', ['Delete']]],
    );
    await eventually('finished days are kept', () => existsSync(path.join(ownFiles, 'history')));
    // A mute is kept in a file, too.
    const flowmeter = await api();
    const muted = flowmeter.flows().find(({ account }) => account === 'Shop')!;
    await setUserSetting('notify', 'critical');
    await eventually('the flow is muted', async () => {
      await commands.executeCommand(commandIds.muteFlow, muted);
      return existsSync(path.join(ownFiles, 'notices', 'told.json'));
    });
    await commands.executeCommand(commandIds.unmuteFlow, muted);
    assert.ok(!existsSync(path.join(ownFiles, 'notices', 'told.json')), 'nothing is left to keep');
    await commands.executeCommand(commandIds.muteFlow, muted);
    assert.deepEqual(userAccounts(), accounts);
    assert.ok(existsSync(path.join(ownFiles, 'kept.json')));
    await commands.executeCommand(commandIds.refresh, { account: 'Shop' });
    assert.equal(server.heard.at(-1)?.token, server.token);
  });

  it('takes marks along, which follow and go with their account until then', async () => {
    const flowmeter = await api();
    const { flowId } = flowmeter.flows().find(({ account }) => account === 'Demo')!;
    const kept = async (): Promise<readonly string[]> => {
      const text = await readFile(path.join(ownFiles, 'marks', 'marks.json'), 'utf8').catch(() => '{"marks":[]}');
      const { marks } = JSON.parse(text) as { marks: { account: string; flow?: string; text: string }[] };
      return marks.map((mark) => `${mark.text} ${mark.account} ${mark.flow ?? 'all'}`);
    };
    const add = async (account: string, text: string, time: string, scope: string): Promise<void> => {
      const adding = commands.executeCommand(commandIds.addMark, { account, flowId });
      if ((await kept()).some((mark) => mark.includes(account))) await prompts.choose('Add a mark, or', 'New mark');
      await prompts.type('What happened?', text);
      await prompts.type('When?', time);
      await prompts.choose('charts of which flows', scope);
      await adding;
    };
    await add('Demo', 'v1.4.2', '2026-03-12 14:18', 'This flow');
    await add('Demo', '$(bug) moved', '00:00', 'All flows of “Demo”');
    assert.deepEqual(await kept(), [`v1.4.2 Demo ${flowId}`, '$(bug) moved Demo all']);
    const removing = commands.executeCommand(commandIds.addMark, { account: 'Demo', flowId });
    await prompts.choose('Add a mark, or', 'v1.4.2');
    await removing;
    assert.deepEqual(await kept(), ['$(bug) moved Demo all']);
    const renaming = commands.executeCommand(commandIds.renameAccount, { account: 'Demo' });
    await prompts.type('Another name', 'Trial');
    await renaming;
    assert.deepEqual(await kept(), ['$(bug) moved Trial all']);
    button = 'Remove';
    await commands.executeCommand(commandIds.disconnect, { account: 'Trial' });
    button = undefined;
    assert.deepEqual(await kept(), []);
    await readAccounts(accounts);
    await add('Demo', 'v2', '00:00', 'This flow');
    assert.deepEqual(await kept(), [`v2 Demo ${flowId}`]);
  });

  it('deletes accounts, tokens and files', async () => {
    button = 'Delete';
    await commands.executeCommand(commandIds.deleteData);
    button = undefined;
    assert.deepEqual(userAccounts(), []);
    assert.ok(!existsSync(ownFiles), 'no file is left');
    const flowmeter = await api();
    await eventually('no flow is left', () => flowmeter.flows().length === 0);
    // An account of the same name and address finds no token.
    const asked = server.heard.length;
    await setUserSetting('accounts', accounts.slice(0, 1));
    await showFlows();
    await commands.executeCommand(commandIds.refresh);
    assert.equal(server.heard.length, asked);
    assert.ok(messages.shown.some(({ text }) => text.includes('“Shop” has no access token')));
  });

  it('stops a running meter, and takes its files along for good', async () => {
    const folder = path.join(ownFiles, 'meter');
    const port = await freePort();
    await mkdir(folder, { recursive: true });
    await writeMeterSettings(folder, { port, zone: 'UTC', flows: [{ id: '1', upstream: 'http://127.0.0.1:9/flow' }] });
    await setUserSetting('accounts', [{ name: 'Meter', source: 'meter' }]);
    await showFlows();
    await commands.executeCommand(commandIds.refresh);
    await eventually('the meter runs', () => listens(port));
    assert.ok(existsSync(path.join(folder, 'token')));
    const receiving = commands.executeCommand(commandIds.receiveAlerts);
    await prompts.choose('An app has one callback URL', 'No Other Program Receives Webhooks of This App');
    await prompts.type('with which Meta signs', '0123456789abcdef0123456789abcdef');
    await receiving;
    const again = commands.executeCommand(commandIds.receiveAlerts);
    await prompts.next('Meta’s alerts are received');
    await prompts.escape();
    await again;
    button = 'Delete';
    await commands.executeCommand(commandIds.deleteData);
    button = undefined;
    assert.deepEqual(userAccounts(), []);
    assert.equal(await listens(port), false);
    assert.ok(!existsSync(ownFiles), 'no file is left');
    // Whoever still wrote would do so within its heartbeat.
    await pause(2_500);
    assert.ok(!existsSync(ownFiles), 'no file comes back');
    assert.equal(await listens(port), false);
    // A meter of the same name finds no secret.
    await setUserSetting('accounts', [{ name: 'Meter', source: 'meter' }]);
    const asking = commands.executeCommand(commandIds.receiveAlerts);
    await prompts.choose('An app has one callback URL', 'No Other Program Receives Webhooks of This App');
    const box = await prompts.next('with which Meta signs');
    assert.ok('prompt' in box && !box.prompt?.includes('current one'));
    await prompts.escape();
    await asking;
    await reset();
  });

  it('ends a meter that is frozen, before its files are deleted', async () => {
    const folder = path.join(ownFiles, 'meter');
    const port = await freePort();
    await mkdir(folder, { recursive: true });
    await writeMeterSettings(folder, { port, zone: 'UTC', flows: [{ id: '1', upstream: 'http://127.0.0.1:9/flow' }] });
    await setUserSetting('accounts', [{ name: 'Meter', source: 'meter' }]);
    await showFlows();
    await commands.executeCommand(commandIds.refresh);
    await eventually('the meter runs', () => listens(port));
    let pid = 0;
    await eventually('its record is whole', async () => {
      const owner = await readOwner(folder);
      pid = owner?.pid ?? 0;
      return owner?.startStamp !== undefined;
    });
    process.kill(pid, 'SIGSTOP');
    button = 'Delete';
    await commands.executeCommand(commandIds.deleteData);
    button = undefined;
    // One that was killed is listed until the system has taken note of it.
    await eventually('its process is gone', async () => [undefined, 'ended'].includes(await readStartStamp(pid)));
    assert.equal(await listens(port), false);
    assert.ok(!existsSync(ownFiles), 'no file is left');
    await reset();
  });

  it('has nothing to delete the second time, and says so to nobody', async () => {
    button = 'Delete';
    messages.shown.length = 0;
    await commands.executeCommand(commandIds.deleteData);
    button = undefined;
    assert.equal(messages.shown.length, 1, 'only the question');
    assert.deepEqual(userAccounts(), []);
  });
});
