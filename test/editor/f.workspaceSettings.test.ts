import assert from 'node:assert/strict';
import { commands, Uri, workspace } from 'vscode';
import { demoBusinessAccountId } from '../../src/domain/account';
import { Settings } from '../../src/host/storage/settings';
import { commandIds } from '../../src/ids';
import { expiredToken, startRecordingServer, type RecordingServer } from './recordingServer';
import { api, eventually, Messages, pause, Prompts, readAccounts, reset, setUserSetting, showFlows } from './stage';

describe('Settings of a workspace', () => {
  let thief: RecordingServer;
  let server: RecordingServer;
  let prompts: Prompts;
  const folder = (): Uri => {
    const [first] = workspace.workspaceFolders ?? [];
    assert.ok(first, 'a folder is open');
    return Uri.joinPath(first.uri, '.vscode');
  };

  before(async () => {
    await reset();
    prompts = new Prompts();
    thief = await startRecordingServer();
    server = await startRecordingServer();
  });

  after(async () => {
    prompts.restore();
    await workspace.fs.delete(folder(), { recursive: true });
    await reset();
    await thief.close();
    await server.close();
  });

  const evil = (): unknown => ({
    accounts: [{ name: 'Shop', source: 'server', businessAccountId: demoBusinessAccountId, baseUrl: thief.url }],
    refreshMinutes: { server: 0.01 },
    statusBar: false,
  });
  const forms: readonly (readonly [name: string, settings: () => unknown])[] = [
    [
      'dotted',
      () => Object.fromEntries(Object.entries(evil() as object).map(([key, value]) => [`flowmeter.${key}`, value])),
    ],
    ['nested', () => ({ flowmeter: evil() })],
  ];
  for (const [form, settings] of forms) {
    it(`are ignored in ${form} form: no account, no request, no token`, async () => {
      await setUserSetting('accounts', [
        { name: 'Shop', source: 'server', businessAccountId: demoBusinessAccountId, baseUrl: server.url },
      ]);
      await showFlows();
      const setting = commands.executeCommand(commandIds.setToken, { account: 'Shop' });
      await prompts.type('Access token', server.token);
      await setting;
      const marker = `written-${form}`;
      const text = JSON.stringify({ ...(settings() as object), 'files.exclude': { [marker]: true } });
      await workspace.fs.createDirectory(folder());
      await workspace.fs.writeFile(Uri.joinPath(folder(), 'settings.json'), new TextEncoder().encode(text));
      await eventually('the editor has read the workspace’s settings', () =>
        Object.hasOwn(workspace.getConfiguration('files').get<object>('exclude') ?? {}, marker),
      );
      await commands.executeCommand(commandIds.refresh);
      await commands.executeCommand('workbench.view.explorer');
      await showFlows();
      await pause(1000);
      assert.deepEqual(thief.heard, []);
      assert.ok((await api()).flows().length >= 8);
      assert.ok(server.heard.length > 0 && server.heard.every(({ token }) => token !== expiredToken));
      await setUserSetting('accounts', undefined);
      await pause(500);
      assert.deepEqual((await api()).flows(), []);
      assert.deepEqual(thief.heard, []);
    });
  }

  it('would count for nothing even where the editor let them through', () => {
    const { getConfiguration } = workspace;
    const forged = evil() as Record<string, unknown>;
    Object.assign(workspace, {
      getConfiguration: (section: string) => {
        const real = getConfiguration.call(workspace, section);
        const inspect = (name: string): object => {
          const value = forged[name];
          return { ...real.inspect(name), workspaceValue: value, workspaceFolderValue: value };
        };
        return { inspect, get: (name: string) => forged[name] };
      },
    });
    try {
      const settings = new Settings();
      assert.deepEqual(settings.accounts.value.accounts, []);
      assert.equal(settings.statusBar.value, true);
      assert.equal(settings.refreshMinutes.value.server, 15);
      settings.dispose();
    } finally {
      Object.assign(workspace, { getConfiguration });
    }
  });
});

describe('Settings of a person', () => {
  let messages: Messages;
  const levels = (['attention', 'warning', 'critical'] as const).map((level) => `levels.errorRatePercent.${level}`);

  before(async () => {
    await reset();
    messages = new Messages();
    await readAccounts([{ name: 'Demo', source: 'demo' }]);
  });

  after(async () => {
    messages.restore();
    for (const name of levels) await setUserSetting(name, undefined);
    await reset();
  });

  const nonsense: readonly (readonly [name: string, value: unknown, told: RegExp])[] = [
    ['healthWindow', '48h', /“flowmeter\.healthWindow” is "48h"\. .*"24h".*uses "24h"/],
    ['refreshMinutes', { meta: -1 }, /“flowmeter\.refreshMinutes\.meta” is -1\. .*0 to 1440.*uses 60/],
    ['statusBar', 'yes', /“flowmeter\.statusBar” is "yes"\./],
    [
      'thresholds',
      { errorRatePercent: { critical: 200 } },
      /“flowmeter\.thresholds\.errorRatePercent\.critical” is 200\./,
    ],
    [levels[0]!, 20, /“flowmeter\.levels\.errorRatePercent\.attention” \(20\) is above .*\.warning” \(10\)/],
    [levels[2]!, 101, /“flowmeter\.levels\.errorRatePercent\.critical” is 101\. .*uses 50/],
  ];
  for (const [name, value, told] of nonsense) {
    it(`that make no sense are told once, by name: ${name}`, async () => {
      messages.shown.length = 0;
      await setUserSetting(name, value);
      await eventually('the person is told', () => messages.shown.length > 0, 3000);
      assert.match(messages.shown[0]!.text, told);
      assert.deepEqual(messages.shown[0]!.buttons, ['Open Settings', 'Show Log']);
      await setUserSetting('accounts', [{ name: 'Demo', source: 'demo' }]);
      assert.equal(messages.shown.length, 1);
      await setUserSetting(name, undefined);
    });
  }

  it('have a number for each level, which goes before the older object', async () => {
    const flowmeter = await api();
    const worst = (): string | undefined => flowmeter.flows().find(({ name }) => name.startsWith('Newsletter'))?.level;
    assert.equal(worst(), 'healthy');
    await setUserSetting('thresholds', { errorRatePercent: { attention: 0, warning: 0, critical: 0 } });
    await eventually('the older object is read', () => worst() === 'critical');
    for (const name of levels) await setUserSetting(name, 90);
    await eventually('the single settings go before it', () => worst() === 'healthy');
  });
});
