/** A server that is up to something: its names are made to draw, link and run, and it sends the token back everywhere. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import {
  commands,
  env,
  Uri,
  window,
  type Disposable,
  type QuickPick,
  type QuickPickItem,
  type WebviewPanel,
} from 'vscode';
import { demoBusinessAccountId, type Account } from '../../src/domain/account';
import { createHttpClient } from '../../src/client/httpClient';
import { ArrangementStore } from '../../src/host/storage/arrangementStore';
import { FlowRows } from '../../src/host/views/tree';
import { commandIds } from '../../src/ids';
import { FlowState } from '../../src/state/flowState';
import { Refresher } from '../../src/state/refresher';
import { memento } from '../fixtures/memento';
import { assertFilesWithout, assertProcessesWithout, assertWithout, canary } from '../fixtures/canary';
import { rounds } from '../fixtures/soak';
import { thresholds } from '../unit/state/thresholds';
import { startRecordingServer, type RecordingServer } from './recordingServer';
import { api, eventually, Messages, Prompts, reset, setUserSetting, showFlows } from './stage';
import { systemClock } from '../../src/util/clock';

const dataDir = path.dirname(process.env['FLOWMETER_TEST_RESULT'] ?? '');
const exported = path.join(dataDir, 'hostile.csv');

const names = [
  '[click](command:workbench.action.quit)',
  '<img src=x onerror=alert(1)>',
  '$(sync~spin) \u202Egnp.exe\u2066',
  '`**bold**` | a | b |\n# head',
  '"><script>alert(1)</script>',
  "=cmd|' /C calc'!A1",
  '@SUM(1+1)*cmd',
  `${'x'.repeat(10_000)}\u0000`,
  '../../etc/passwd',
  `echo ${canary}`,
  `\u200b\ufeff${encodeURIComponent(canary)}`,
  `&lt;b&gt; ${Buffer.from(canary).toString('base64')}`,
];

/** What each dashboard was given, and a way to speak in the place of its page. */
interface SeenPanel {
  readonly panel: WebviewPanel;
  readonly given: unknown[];
  say: (message: unknown) => void;
}

describe('A hostile server', () => {
  let server: RecordingServer;
  let account: Account;
  let prompts: Prompts;
  let messages: Messages;
  const panels: SeenPanel[] = [];
  const { createWebviewPanel, showSaveDialog } = window;

  before(async () => {
    await reset();
    prompts = new Prompts();
    messages = new Messages();
    Object.assign(window, {
      createWebviewPanel: (...options: Parameters<typeof createWebviewPanel>) =>
        watched(createWebviewPanel.apply(window, options)),
      showSaveDialog: () => Promise.resolve(Uri.file(exported)),
    });
    server = await startRecordingServer();
    let index = 0;
    server.rewrite = (body, target) => {
      if (!target.includes('/flows')) return body.replace(/"id":"\d+"/, (id) => `${id},"echo":"${canary}"`);
      return body.replace(/"name":"[^"]*"/g, () => `"name":${JSON.stringify(names[index++ % names.length])}`);
    };
    account = { name: 'Shop', source: 'server', businessAccountId: demoBusinessAccountId, baseUrl: server.url };
    await setUserSetting('accounts', [account]);
    await showFlows();
    const flowmeter = await api();
    await flowmeter.whenReady();
    const setting = commands.executeCommand(commandIds.setToken, { account: 'Shop' });
    await prompts.type('Access token', canary);
    await setting;
    await eventually('its flows are read', () => flowmeter.flows().length >= 8);
  });

  after(async () => {
    Object.assign(window, { createWebviewPanel, showSaveDialog });
    prompts.restore();
    messages.restore();
    await reset();
    await server.close();
  });

  function watched(panel: WebviewPanel): WebviewPanel {
    const seen: SeenPanel = { panel, given: [], say: () => assert.fail('the page is not listened to') };
    const { webview } = panel;
    const { onDidReceiveMessage, postMessage } = webview;
    const html = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(webview) as object, 'html');
    Object.defineProperties(webview, {
      onDidReceiveMessage: {
        value: (listener: (message: unknown) => void): Disposable => {
          seen.say = listener;
          return onDidReceiveMessage.call(webview, listener);
        },
      },
      postMessage: {
        value: (message: unknown) => {
          seen.given.push(message);
          return postMessage.call(webview, message);
        },
      },
      html: {
        get: () => html?.get?.call(webview) as unknown,
        set: (text: string) => {
          seen.given.push(text);
          html?.set?.call(webview, text);
        },
      },
    });
    panels.push(seen);
    return panel;
  }

  it('draws, links and runs nothing in rows, tooltips and questions', async () => {
    const state = new FlowState(systemClock, { window: '24h', thresholds });
    const log: string[] = [];
    const refresher = new Refresher({
      state,
      clock: systemClock,
      minutes: { meta: 60, server: 15, demo: 15, meter: 1 },
      log: {
        info: (text) => log.push(text),
        warn: (text) => log.push(text),
        error: (thrown) => assert.fail(String(thrown)),
      },
      connect: async () => createHttpClient({ account, token: canary, log: (line) => log.push(line) }),
    });
    try {
      refresher.setAccounts([account]);
      await refresher.refresh('command');
      const rows = new FlowRows(
        state,
        { state: { kind: 'off' } },
        { mutedUntil: () => undefined },
        new ArrangementStore(memento(), state, { error: (thrown) => assert.fail(String(thrown)) }),
      );
      const roots = rows.getChildren();
      assert.ok(roots.length >= 8);
      for (const node of [...roots, ...roots.flatMap((root) => rows.getChildren(root))]) {
        const item = await rows.getTreeItem(node);
        const label = String(item.label);
        assert.doesNotMatch(label, /[\p{Cc}\u200b\u202a-\u202e\u2066-\u2069\ufeff]|\$\(/u);
        assert.ok(label.length <= 110, label.slice(0, 150));
        assertWithout(canary, 'a row', inspect(item, { depth: Infinity, maxStringLength: Infinity }));
      }
      assertWithout(canary, 'a line of the log', log.join('\n'));
    } finally {
      refresher.dispose();
      state.dispose();
    }
    const opening = commands.executeCommand(commandIds.openDashboard);
    const pick = (await prompts.next('Which flow?')) as QuickPick<QuickPickItem>;
    const flows = pick.items.filter(({ description }) => description !== undefined);
    assert.ok(flows.length >= 8);
    for (const { label } of flows) {
      assert.doesNotMatch(label, /[\p{Cc}\u200b\u202a-\u202e\u2066-\u2069\ufeff]|\$\(/u);
      assert.ok(label.length <= 110);
    }
    assertWithout(canary, 'a question', inspect(pick.items, { depth: Infinity, maxStringLength: Infinity }));
    await prompts.enter();
    await opening;
    await eventually('the dashboard got its figures', () =>
      panels.some(({ given }) => given.some((one) => typeof one === 'object')),
    );
    for (const tab of window.tabGroups.all.flatMap(({ tabs }) => tabs)) {
      assert.ok(tab.label.length <= 110 && !/[\p{Cc}\u202a-\u202e]/u.test(tab.label), tab.label.slice(0, 150));
    }
  });

  it('gets nothing done by whatever its page says', async () => {
    const { say, given } = panels.at(-1)!;
    const heard = server.heard.length;
    const before = given.length;
    const run: unknown[] = [];
    const { executeCommand } = commands;
    Object.assign(commands, {
      executeCommand: (id: string) => {
        run.push(id);
        return Promise.resolve(undefined);
      },
    });
    try {
      const word = fc.constantFrom('type', 'name', 'view', 'command', '__proto__', 'constructor', 'toString', 'args');
      const value = fc.oneof(
        fc.anything({ withNullPrototype: true, withMap: true, withDate: true }),
        fc.constantFrom('action', 'eval', 'command', 'flowmeter.disconnect', 'workbench.action.quit', 'format'),
        fc.constantFrom('__proto__', 'constructor', 'hasOwnProperty', 'valueOf'),
      );
      const message = fc.oneof(value, fc.dictionary(word, value));
      fc.assert(
        fc.property(message, (sent) => {
          // What a page may ask for is another test's subject.
          const type = (sent as { type?: unknown } | null | undefined)?.type;
          fc.pre(!['ready', 'setView', 'export'].includes(type as string));
          say(sent);
        }),
        { numRuns: rounds(1_000, 20_000) },
      );
      for (const name of ['__proto__', 'constructor', 'toString', 'disconnect', 'flowmeter.disconnect']) {
        say({ type: 'action', name });
      }
    } finally {
      Object.assign(commands, { executeCommand });
    }
    assert.deepEqual(run, []);
    assert.equal(server.heard.length, heard);
    assert.equal(given.length, before);
  });

  it('finds its names harmless in an exported file', async () => {
    await commands.executeCommand(commandIds.exportCsv);
    await eventually('the file is written', () => messages.shown.some(({ text }) => text.includes('hostile.csv')));
    const text = await readFile(exported, 'utf8');
    assert.match(text, /^flow_id,flow_name,/);
    for (const cell of text.split(/[\r\n,]+/)) assert.doesNotMatch(cell, /^"?[=+@]/, cell);
  });

  it('never sees the token anywhere but in the header of its requests', async () => {
    assert.ok(server.heard.some(({ token }) => token === canary));
    for (const { path: target } of server.heard) assertWithout(canary, 'an address', target);
    await commands.executeCommand(commandIds.copyAsCurl);
    const clipboard = [await env.clipboard.readText()];
    await commands.executeCommand(commandIds.copyFlowId);
    clipboard.push(await env.clipboard.readText());
    server.fault = {
      status: 400,
      body: { error: { message: canary, type: canary, code: 190, error_user_msg: canary } },
    };
    await commands.executeCommand(commandIds.refresh);
    await eventually('the person is told', () => messages.shown.some(({ text }) => text.includes('access token')));
    server.fault = { status: 500, body: { error: { message: canary, code: 2, fbtrace_id: canary, type: 'x' } } };
    await commands.executeCommand(commandIds.refresh);
    const thrown: unknown[] = [];
    for (const id of Object.values(commandIds).filter((one) => !/connect|Token|Meter|deleteData|ping/i.test(one))) {
      for (const argument of [{ account: canary, flowId: canary }, canary]) {
        await Promise.race([
          Promise.resolve(commands.executeCommand(id, argument)).catch((error: unknown) => thrown.push(error)),
          new Promise((resolve) => setTimeout(resolve, 150)),
        ]);
        await prompts.escape();
      }
    }
    server.fault = null;
    const sinks: Readonly<Record<string, unknown>> = {
      messages: messages.shown,
      clipboard,
      thrown,
      panels: panels.map(({ given, panel }) => [given, panel.title]),
      flows: window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label)),
      process: [process.argv, process.env, process.title, process.execArgv],
      report: process.report.getReport(),
    };
    for (const [name, value] of Object.entries(sinks)) {
      const options = { depth: Infinity, maxStringLength: Infinity, maxArrayLength: Infinity, showHidden: true };
      assertWithout(canary, name, inspect(value, options));
      assertWithout(canary, name, JSON.stringify(value) ?? '');
    }
    assert.ok(assertFilesWithout(canary, dataDir) > 3, 'there were files to look at');
    assertProcessesWithout(canary);
  });
});
