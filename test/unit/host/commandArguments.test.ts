/** What other extensions and links hand to commands: anything may come, and nothing but ids is taken for one. */
import assert from 'node:assert/strict';
import type { CommandParts } from '../../../src/host/commands/commandParts';
import { FlowState } from '../../../src/state/flowState';
import { offerEditor } from '../../fixtures/bareEditor';
import { HandClock } from '../state/handClock';
import { thresholds } from '../state/thresholds';

const breakOuts = [
  '1; touch /tmp/owned',
  "1'; Start-Process calc; '",
  '../../me/accounts',
  '1?fields=access_token&x=',
  '1\n2',
  '١٢٣',
  '123456789012345678901',
  '',
];

describe('An argument of a command', () => {
  let release: () => void;
  let state: FlowState;
  const copied: string[] = [];
  const opened: unknown[] = [];
  const pages: string[] = [];

  beforeEach(() => {
    copied.length = opened.length = pages.length = 0;
    const clipboard = { writeText: async (text: string): Promise<void> => void copied.push(text) };
    const openExternal = async (page: string): Promise<void> => void pages.push(page);
    release = offerEditor(undefined, {
      env: { language: 'en', uriScheme: 'vscode-insiders', clipboard, openExternal },
      Uri: { parse: (text: string) => text },
    });
    state = new FlowState(new HandClock(), { window: '24h', thresholds });
    state.setAccounts([{ name: 'Shop', source: 'meta', businessAccountId: '1' }]);
  });

  afterEach(() => {
    state.dispose();
    release();
  });

  async function run(argument: unknown, onlyManager = false): Promise<void> {
    const { Targets } = await import('../../../src/host/commands/targets');
    const { copyAsCurl, copyFlowId } = await import('../../../src/host/commands/copy');
    const { copyLink, openInManager } = await import('../../../src/host/commands/links');
    const { openDashboard } = await import('../../../src/host/commands/open');
    const tree = { view: { selection: [] } };
    const panels = { active: undefined, show: (flow: unknown) => void opened.push(flow) };
    const refresher = { refresh: async () => undefined };
    const targets = new Targets(state, tree as never, panels as never, { place: 'tree' } as never);
    const connections = { addressOf: async () => ({ baseUrl: 'https://graph.facebook.com', version: 'v26.0' }) };
    const parts = { targets, state, panels, refresher, connections } as unknown as CommandParts;
    const all = onlyManager ? [openInManager] : [copyFlowId, copyAsCurl, copyLink, openInManager, openDashboard];
    for (const command of all) {
      // Without a flow a person is asked, and there is none to pick here.
      await command(parts, argument).catch((thrown: unknown) =>
        assert.equal((thrown as Error).name, 'UserFacingError'),
      );
    }
  }

  it('copies and opens the flow whose id it names', async () => {
    await run({ account: 'Shop', flowId: '11' });
    assert.equal(copied[0], '11');
    assert.match(copied[1]!, /'https:\/\/graph\.facebook\.com\/v26\.0\/11\?fields=metric\.name\(/);
    assert.equal(copied[2], 'vscode-insiders://flowmeter.flowmeter/flow/11');
    assert.deepEqual(opened, [{ accountName: 'Shop', flowId: '11' }]);
  });

  it('leads to the list of flows of its account in WhatsApp Manager, and nowhere for other sources', async () => {
    const list = 'https://business.facebook.com/wa/manage/flows/';
    await run({ account: 'Shop' }, true);
    state.setAccounts([
      { name: 'Shop', source: 'meta', flowIds: ['11', '12'] },
      { name: 'Demo', source: 'demo' },
    ]);
    await run({ account: 'Shop', flowId: '11' }, true);
    const flow = { id: '11', name: 'Booking', businessAccount: { id: '77' } };
    state.setFlows('Shop', { flows: [{ id: '12', name: 'Other' }, flow], failures: [] });
    await run({ account: 'Shop', flowId: '12' }, true);
    await run({ account: 'Shop', flowId: '11' }, true);
    await run({ account: 'Shop' }, true);
    await run({ account: 'Demo' }, true);
    assert.deepEqual(pages, [`${list}?waba_id=1`, list, list, `${list}?waba_id=77`, `${list}?waba_id=77`]);
  });

  for (const id of breakOuts) {
    it(`brings ${JSON.stringify(id)} into no clipboard and no dashboard`, async () => {
      await run({ account: 'Shop', flowId: id });
      await run({ kind: 'flow', account: { account: { name: 'Shop' } }, figures: { flow: { id } } });
      assert.deepEqual([...copied, ...opened], []);
      assert.ok(pages.every((page) => page === 'https://business.facebook.com/wa/manage/flows/?waba_id=1'));
    });
  }

  it('counts as none where it only looks like a row', async () => {
    for (const more of [{}, { account: null }, { account: 'Shop' }, { account: { account: null } }]) {
      await run({ kind: 'flow', ...more });
    }
    await run({ kind: 'flow', account: { account: { name: 'Shop' } }, figures: { flow: null } });
    assert.deepEqual([...copied, ...opened], []);
  });
});
