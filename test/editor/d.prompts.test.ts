import assert from 'node:assert/strict';
import { commands } from 'vscode';
import { demoBusinessAccountId, type Account } from '../../src/domain/account';
import { commandIds } from '../../src/ids';
import { startRecordingServer, type RecordingServer } from './recordingServer';
import { Messages, Prompts, readAccounts, reset, setUserSetting, userAccounts } from './stage';

describe('Escape', () => {
  let server: RecordingServer;
  let accounts: readonly Account[];
  let prompts: Prompts;
  let messages: Messages;

  before(async () => {
    await reset();
    prompts = new Prompts();
    messages = new Messages();
    server = await startRecordingServer();
    const shared = { source: 'server', businessAccountId: demoBusinessAccountId, baseUrl: server.url } as const;
    accounts = [
      { name: 'One', ...shared },
      { name: 'Two', ...shared },
      { name: 'Demo', source: 'demo' },
    ];
    await readAccounts(accounts);
    for (const account of ['One', 'Two']) {
      const setting = commands.executeCommand(commandIds.setToken, { account });
      await prompts.type('Access token', server.token);
      await setting;
    }
  });

  after(async () => {
    prompts.restore();
    messages.restore();
    await reset();
    await server.close();
  });

  const questions: readonly (readonly [id: string, argument: unknown, words: readonly string[]])[] = [
    [commandIds.connect, undefined, ['Where are your flows?']],
    [commandIds.setToken, undefined, ['Which account?']],
    [commandIds.setToken, { account: 'One' }, ['Access token']],
    [commandIds.removeToken, undefined, ['Which account?']],
    [commandIds.disconnect, undefined, ['Which account?']],
    [commandIds.openDashboard, undefined, ['Which flow?']],
    [commandIds.openMetric, undefined, ['Which flow?']],
  ];
  for (const [id, argument, words] of questions) {
    it(`changes nothing in ${id}${argument ? ' of an account' : ''}`, async () => {
      const asked = server.heard.length;
      const running = commands.executeCommand(id, argument);
      for (const word of words) await prompts.next(word);
      await prompts.escape();
      await running;
      assert.deepEqual(userAccounts(), accounts);
      assert.equal(server.heard.length, asked);
    });
  }

  it('changes nothing where a dialog is closed', async () => {
    await commands.executeCommand(commandIds.disconnect, { account: 'One' });
    await commands.executeCommand(commandIds.removeToken, { account: 'One' });
    assert.deepEqual(
      messages.shown.map(({ buttons }) => buttons),
      [['Remove'], ['Remove']],
    );
    assert.deepEqual(userAccounts(), accounts);
    await commands.executeCommand(commandIds.refresh, { account: 'One' });
    assert.equal(server.heard.at(-1)?.token, server.token);
  });

  it('changes nothing in the last step either, with everything typed', async () => {
    const running = commands.executeCommand(commandIds.connect);
    await prompts.choose('Where are your flows?', 'Another server of this API');
    await prompts.type('Base URL', server.url);
    await prompts.choose('Which flows?', 'Single flows, by their ids');
    await prompts.type('IDs of flows', '1339508127746021');
    await prompts.type('A name', 'Three');
    const box = await prompts.next('Access token');
    box.value = server.token;
    await prompts.escape();
    await running;
    assert.deepEqual(userAccounts(), accounts);
    await setUserSetting('accounts', accounts);
  });
});

describe('Commands without an account', () => {
  let prompts: Prompts;

  before(async () => {
    await reset();
    prompts = new Prompts();
  });

  after(async () => {
    prompts.restore();
    await reset();
  });

  const needy = ['disconnect', 'setToken', 'removeToken', 'refresh', 'openDashboard', 'openMetric'] as const;
  for (const name of [...needy, 'copyFlowId', 'copyAsCurl', 'exportCsv', 'exportJson', 'exportAll'] as const) {
    it(`lead to Connect: ${name}`, async () => {
      await commands.executeCommand(commandIds[name]);
      await prompts.choose('Connect one first.', 'Connect to WhatsApp…');
      await prompts.next('Where are your flows?');
      await prompts.escape();
    });
  }

  it('lead to a meter where one is needed', async () => {
    for (const name of ['stopMeter', 'receiveAlerts'] as const) {
      await commands.executeCommand(commandIds[name]);
      await prompts.choose('There is no meter yet.', 'Start Meter…');
      await prompts.next('ID of the flow');
      await prompts.escape();
    }
  });
});
