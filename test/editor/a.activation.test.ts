import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import path from 'node:path';
import { commands, extensions, window, workspace } from 'vscode';
import { demoBusinessAccountId, type Account } from '../../src/domain/account';
import { commandIds, settingNames, settingsSection } from '../../src/ids';
import { startRecordingServer, type RecordingServer } from './recordingServer';
import { api, eventually, pause, reset, setUserSetting, showFlows } from './stage';

/** The product's own files, as far as this process has loaded them. */
function loadedFiles(): string[] {
  const dist = path.join(extensions.getExtension('flowmeter.flowmeter')!.extensionPath, 'dist', path.sep);
  return Object.keys(require.cache).filter((file) => file.startsWith(dist));
}

function loadedNames(): string[] {
  return loadedFiles().map((file) => path.basename(file));
}

/** What may be loaded at activation, in bytes: by who has accounts too, for whom the parts come right after it. */
const activationBudget = 100 * 1024;
const loadedAtStart = ['extension.js', 'parts.js'];

describe('Activation', () => {
  let server: RecordingServer;

  before(async () => {
    server = await startRecordingServer();
  });

  after(async () => {
    await reset();
    await server.close();
  });

  it('registers every command, and loads one small file', async () => {
    await api();
    assert.deepEqual(loadedNames(), ['extension.js']);
    const known = new Set(await commands.getCommands(true));
    for (const id of Object.values(commandIds)) assert.ok(known.has(id), id);
  });

  it('has a default for every setting', () => {
    const settings = workspace.getConfiguration(settingsSection);
    for (const name of Object.values(settingNames))
      assert.notEqual(settings.inspect(name)?.defaultValue, undefined, name);
  });

  it('fetches and starts nothing without an account, even when the view is shown', async () => {
    await showFlows();
    await commands.executeCommand(commandIds.refresh);
    await pause(300);
    assert.deepEqual(loadedNames(), [...loadedAtStart, 'commandTable.js']);
    const atStart = loadedFiles().filter((file) => loadedAtStart.includes(path.basename(file)));
    const bytes = atStart.reduce((sum, file) => sum + statSync(file).size, 0);
    assert.ok(bytes <= activationBudget, `${bytes} bytes are loaded at activation`);
    assert.deepEqual((await api()).flows(), []);
  });

  it('sends nothing of an account that nobody looks at, and reads it once somebody does', async () => {
    await commands.executeCommand('workbench.view.explorer');
    await setUserSetting('statusBar', false);
    const account: Account = {
      name: 'Waiting',
      source: 'server',
      businessAccountId: demoBusinessAccountId,
      baseUrl: server.url,
    };
    await setUserSetting('accounts', [account]);
    await pause(500);
    await showFlows();
    // The account has no token yet, so a look at it says so and still sends nothing.
    await pause(500);
    assert.deepEqual(server.heard, []);
    assert.equal(extensions.getExtension('flowmeter.flowmeter')?.isActive, true);
    assert.equal(window.tabGroups.activeTabGroup.tabs.length, 0);
    await eventually('it has been looked at', async () => await api().then((one) => one.whenReady().then(() => true)));
  });
});
