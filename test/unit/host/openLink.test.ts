/** What links from strangers do: they open what is known, ask before anything else, and name nothing but a flow. */
import assert from 'node:assert/strict';
import type { QuickPickItem } from 'vscode';
import type { Account } from '../../../src/domain/account';
import type { CommandParts } from '../../../src/host/commands/commandParts';
import { FlowState } from '../../../src/state/flowState';
import { offerEditor } from '../../fixtures/bareEditor';
import { HandClock, settle } from '../state/handClock';
import { publishedFlow } from '../state/scriptedClient';
import { thresholds } from '../state/thresholds';

const shop: Account = { name: 'Shop', source: 'meta', businessAccountId: '1' };
const single: Account = { name: 'Single', source: 'server', baseUrl: 'https://a.example', flowIds: ['5'] };

interface Asked {
  title?: string;
  placeholder?: string;
  items: readonly QuickPickItem[];
  activeItems: readonly QuickPickItem[];
  accept(): void;
  hide(): void;
}

describe('A link to a flow', () => {
  let release: () => void;
  let state: FlowState;
  let accounts: readonly Account[];
  const asked: Asked[] = [];
  const opened: unknown[] = [];
  const done: unknown[] = [];
  let listed: readonly string[] = [];

  beforeEach(() => {
    asked.length = opened.length = done.length = 0;
    listed = [];
    const createQuickPick = (): Asked => {
      let onAccept = (): void => undefined;
      let onHide = (): void => undefined;
      const none = { dispose: (): void => undefined };
      const pick = {
        items: [],
        activeItems: [],
        accept: () => onAccept(),
        hide: () => onHide(),
        onDidAccept: (listener: () => void) => ((onAccept = listener), none),
        onDidHide: (listener: () => void) => ((onHide = listener), none),
        onDidChangeValue: () => none,
        onDidTriggerButton: () => none,
        show: () => undefined,
        dispose: () => undefined,
      };
      asked.push(pick);
      return pick;
    };
    const withProgress = async (_: unknown, work: () => Promise<void>): Promise<void> => work();
    const update = async (name: string, written: readonly Account[]): Promise<void> => {
      done.push(['write', name, written]);
      for (const { name: account, flowIds = [] } of written) list(account, ...flowIds);
    };
    const getConfiguration = (): unknown => ({ inspect: () => ({ globalValue: accounts }), update });
    release = offerEditor(undefined, {
      workspace: { getConfiguration },
      window: { createQuickPick, withProgress },
      commands: { executeCommand: async () => undefined },
      ThemeIcon: function ThemeIcon() {},
      l10n: {
        t: (message: string, ...args: readonly unknown[]) =>
          message.replace(/\{(\d)\}/g, (_, index) => String(args[Number(index)])),
      },
    });
    state = new FlowState(new HandClock(), { window: '24h', thresholds });
    setAccounts([]);
  });

  afterEach(() => {
    state.dispose();
    release();
  });

  function setAccounts(all: readonly Account[]): void {
    accounts = all;
    state.setAccounts(all);
  }

  function list(name: string, ...ids: string[]): void {
    state.setFlows(name, { flows: ids.map((id) => publishedFlow(id)), failures: [] });
  }

  async function open(path: string): Promise<void> {
    const { openLink } = await import('../../../src/host/commands/openLink');
    const refresh = async (reason: string, scope?: unknown): Promise<void> => {
      done.push(['read', reason, scope]);
      if (listed.length > 0) list('Shop', ...listed);
    };
    const parts = {
      state,
      settings: {
        get accounts() {
          return { value: { accounts } };
        },
      },
      panels: { show: (flow: unknown) => void opened.push(flow) },
      refresher: { refresh },
    } as unknown as CommandParts;
    await openLink(parts, { path });
  }

  /** The labels of the question that is open, the newest one. */
  async function labels(): Promise<string[]> {
    await settle();
    return asked.at(-1)?.items.map(({ label }) => label) ?? [];
  }

  async function choose(label: string): Promise<void> {
    const pick = asked.at(-1)!;
    pick.activeItems = pick.items.filter((one) => one.label === label);
    assert.equal(pick.activeItems.length, 1, label);
    pick.accept();
    await settle();
  }

  it('opens a flow that is known, and asks nothing', async () => {
    setAccounts([shop]);
    list('Shop', '11');
    await open('/flow/11');
    await open('/flow/11/');
    assert.deepEqual(
      opened,
      [1, 2].map(() => ({ accountName: 'Shop', flowId: '11' })),
    );
    assert.deepEqual([asked, done], [[], []]);
  });

  it('asks which account is meant where several have the flow', async () => {
    setAccounts([shop, single]);
    list('Shop', '5');
    list('Single', '5');
    const opening = open('/flow/5');
    assert.deepEqual(await labels(), ['Shop', 'Single']);
    await choose('Single');
    await opening;
    assert.deepEqual(opened, [{ accountName: 'Single', flowId: '5' }]);
  });

  it('reads and adds nothing of a flow that is not known before the person says so', async () => {
    setAccounts([shop, single]);
    const opening = open('/flow/11');
    const offered = ['Look for It in Your Accounts', 'Add It to “Single”', 'Connect to WhatsApp…'];
    assert.deepEqual(await labels(), offered);
    assert.equal(asked[0]!.title, 'Open Flow 11');
    asked[0]!.hide();
    await opening;
    assert.deepEqual([opened, done], [[], []]);
  });

  it('looks for it where it is told to, and says where it is not', async () => {
    setAccounts([shop]);
    let opening = open('/flow/11');
    await labels();
    await choose('Look for It in Your Accounts');
    assert.deepEqual(done, [['read', 'command', undefined]]);
    assert.equal(asked.at(-1)!.placeholder, 'None of your accounts has this flow.');
    assert.deepEqual(await labels(), ['Connect to WhatsApp…']);
    asked.at(-1)!.hide();
    await opening;
    assert.deepEqual(opened, []);
    listed = ['11'];
    opening = open('/flow/11');
    await labels();
    await choose('Look for It in Your Accounts');
    await opening;
    assert.deepEqual(opened, [{ accountName: 'Shop', flowId: '11' }]);
  });

  it('adds it to an account of single flows where it is told to', async () => {
    setAccounts([single]);
    const opening = open('/flow/11');
    await labels();
    await choose('Add It to “Single”');
    await opening;
    assert.deepEqual(done, [
      ['write', 'accounts', [{ ...single, flowIds: ['5', '11'] }]],
      ['read', 'view', { accountName: 'Single' }],
    ]);
    assert.deepEqual(opened, [{ accountName: 'Single', flowId: '11' }]);
  });

  it('leads to Connect where there is no account', async () => {
    const opening = open('/flow/11');
    assert.deepEqual(await labels(), ['Connect to WhatsApp…']);
    asked.at(-1)!.hide();
    await opening;
    assert.deepEqual(done, []);
  });

  const hostile = [
    ...['', '/', '/flow', '/flow/', '/flow/1/2', '/flows/1', '/flow/1?x', '/flow/../1', '/flow/1\n', '/flow/１２３'],
    ...[
      '/flow/-1',
      '/flow/1e3',
      '/flow/123456789012345678901',
      '/flow/$(sync)',
      '/FLOW/1',
      '/account/Shop',
      '/x/flow/1',
    ],
  ];
  for (const path of hostile) {
    it(`is refused where it is ${JSON.stringify(path)}`, async () => {
      setAccounts([shop]);
      list('Shop', '1', '11');
      await assert.rejects(open(path), { name: 'UserFacingError', message: /^Flowmeter cannot open the link “/ });
      assert.deepEqual([opened, asked, done], [[], [], []]);
    });
  }
});
