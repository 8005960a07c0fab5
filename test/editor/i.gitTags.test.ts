import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { commands, ConfigurationTarget, extensions, Uri, window, workspace, type WebviewPanel } from 'vscode';
import { commandIds } from '../../src/ids';
import type { OverviewSnapshot } from '../../src/presentation/overview/overviewProtocol';
import type { PanelMark, PanelSnapshot } from '../../src/presentation/panelProtocol';
import { eventually, readAccounts, reset, setUserSetting } from './stage';

const isoOf = (time: number): string => new Date(time).toISOString();

/** A time of whole seconds, as git keeps them. */
const begin = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;
/** With what git lets stand in a name: markup, an icon, and a sign that turns the rest around. */
const hostile = '<img/src=x>$(bug)\u202etxet';

interface GitExtension {
  readonly getAPI: (version: 1) => {
    readonly openRepository: (root: Uri) => Promise<{ readonly status: () => Promise<void> } | null>;
  };
}

describe('Marks from git', function () {
  const { createWebviewPanel } = window;
  const snapshots: (PanelSnapshot | OverviewSnapshot)[] = [];
  /** Speaks in the place of the newest page. */
  let say: (message: unknown) => void;
  let root: string;

  before(async function () {
    try {
      execFileSync('git', ['--version']);
    } catch {
      this.skip();
    }
    await reset();
    root = workspace.workspaceFolders![0]!.uri.fsPath;
    Object.assign(window, {
      createWebviewPanel: (...options: Parameters<typeof createWebviewPanel>) =>
        watched(createWebviewPanel.apply(window, options)),
    });
  });

  after(async () => {
    Object.assign(window, { createWebviewPanel });
    await setUserSetting('marksFromGit', undefined);
    await setGit(false);
    for (const name of ['shop', 'bistro']) rmSync(path.join(root, name), { recursive: true, force: true });
    await reset();
  });

  function watched(panel: WebviewPanel): WebviewPanel {
    const { postMessage, onDidReceiveMessage } = panel.webview;
    Object.defineProperties(panel.webview, {
      onDidReceiveMessage: {
        value: (listener: (message: unknown) => void) => {
          say = listener;
          return onDidReceiveMessage.call(panel.webview, listener);
        },
      },
      postMessage: {
        value: (message: PanelSnapshot | OverviewSnapshot) => {
          snapshots.push(message);
          return postMessage.call(panel.webview, message);
        },
      },
    });
    return panel;
  }

  async function setGit(isOn: boolean): Promise<void> {
    await workspace.getConfiguration('git').update('enabled', isOn, ConfigurationTarget.Global);
  }

  function git(repository: string, time: number, ...args: readonly string[]): string {
    const name = { GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@x', GIT_COMMITTER_NAME: 'C', GIT_COMMITTER_EMAIL: 'c@x' };
    const dates = { GIT_AUTHOR_DATE: isoOf(time - 60_000), GIT_COMMITTER_DATE: isoOf(time) };
    const env = { ...process.env, ...name, ...dates, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
    return execFileSync('git', ['-C', path.join(root, repository), ...args], { env, encoding: 'utf8' });
  }

  function repository(name: string): void {
    mkdirSync(path.join(root, name));
    git(name, begin, 'init', '--quiet');
  }

  function commit(repository: string, time: number): void {
    git(repository, time, 'commit', '--quiet', '--allow-empty', '-m', 'x');
  }

  const marksOf = (snapshot: PanelSnapshot | OverviewSnapshot | undefined): readonly PanelMark[] =>
    (snapshot?.type === 'overview' ? snapshot.comparison?.marks : snapshot?.marks) ?? [];
  const shown = (): readonly string[] =>
    marksOf(snapshots.at(-1)).flatMap(({ kind, time, text }) =>
      kind === 'git' ? [`${(time - begin) / 1000} ${text}`] : [],
    );
  const come = (what: string, expected: readonly string[]): Promise<void> =>
    eventually(`${what}: ${expected.join(', ')}`, () => JSON.stringify(shown()) === JSON.stringify(expected));

  it('are drawn once they are wanted, at the time of their commits, and follow what happens to the tags', async () => {
    repository('shop');
    commit('shop', begin);
    // Made later than the commit that it names.
    git('shop', begin + 500_000, 'tag', '-a', '-m', 'x', 'v1.4.1');
    commit('shop', begin + 60_000);
    git('shop', begin, 'tag', 'v1.4.2');
    git('shop', begin, 'tag', hostile);
    git('shop', begin, 'tag', 'no-commit', git('shop', begin, 'rev-parse', 'HEAD^{tree}').trim());

    const flowmeter = await readAccounts([{ name: 'Demo', source: 'demo' }]);
    const [flow] = flowmeter.flows();
    await commands.executeCommand(commandIds.openDashboard, { account: 'Demo', flowId: flow!.flowId });
    await eventually('the dashboard is drawn', () => snapshots.length > 0);
    await setGit(true);
    assert.deepEqual(shown(), []);

    await setUserSetting('marksFromGit', true);
    const first = ['0 v1.4.1', '60 <img/src=x>$\u2060(bug)txet', '60 v1.4.2'];
    await come('those that are there', first);

    commit('shop', begin + 120_000);
    git('shop', begin, 'tag', 'v1.4.3');
    git('shop', begin, 'tag', '--delete', hostile);
    await come('a new one, and none that is gone', ['0 v1.4.1', '60 v1.4.2', '120 v1.4.3']);

    repository('bistro');
    commit('bistro', begin + 90_000);
    git('bistro', begin, 'tag', 'v7');
    const extension = extensions.getExtension<GitExtension>('vscode.git')!.exports;
    const second = await extension.getAPI(1).openRepository(Uri.file(path.join(root, 'bistro')));
    const both = ['0 v1.4.1 (shop)', '60 v1.4.2 (shop)', '90 v7 (bistro)', '120 v1.4.3 (shop)'];
    await come('those of a second repository', both);

    await commands.executeCommand('workbench.action.closeAllEditors');
    await commands.executeCommand(commandIds.openOverview);
    await eventually('the overview is drawn', () => snapshots.at(-1)?.type === 'overview');
    const keys = flowmeter.flows().map(({ flowId }) => `${flowId}@Demo`);
    say({ type: 'compare', keys: keys.slice(0, 2), range: '24h' });
    await come('those in the charts of compared flows', both);
    git('bistro', begin, 'tag', 'v8');
    await second?.status();
    await come('a new one there', [...both.slice(0, 3), '90 v8 (bistro)', both[3]!]);

    await setUserSetting('marksFromGit', false);
    await come('none that is not wanted', []);
  });
});
