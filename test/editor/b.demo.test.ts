import assert from 'node:assert/strict';
import { commands, env, TabInputWebview, window } from 'vscode';
import { commandIds, viewIds } from '../../src/ids';
import { levelOrder } from '../../src/domain/health';
import { api, eventually, Messages, Prompts, reset, setUserSetting, userAccounts } from './stage';

function panels(viewType: string): string[] {
  return window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .filter(({ input }) => input instanceof TabInputWebview && input.viewType.endsWith(viewType))
    .map(({ label }) => label);
}

function dashboards(): string[] {
  return panels(viewIds.panel);
}

describe('Demo data', () => {
  let prompts: Prompts;
  let messages: Messages;

  before(async () => {
    await reset();
    prompts = new Prompts();
    messages = new Messages(({ buttons }) => buttons.find((title) => title === 'Remove'));
  });

  after(async () => {
    prompts.restore();
    messages.restore();
    await reset();
  });

  it('comes with one command, once', async () => {
    await commands.executeCommand(commandIds.useDemo);
    await commands.executeCommand(commandIds.useDemo);
    assert.deepEqual(userAccounts(), [{ name: 'Demo', source: 'demo' }]);
    const flowmeter = await api();
    await eventually('the flows are read', () => flowmeter.flows().length >= 8);
    await flowmeter.whenReady();
    const levels = flowmeter.flows().map(({ level }) => level);
    assert.deepEqual([...new Set(levels)], [...levelOrder], 'every level, worst first');
    await eventually('a dashboard is open', () => dashboards().length > 0);
    assert.deepEqual(dashboards(), [flowmeter.flows()[0]!.name], 'of the worst flow, once');
  });

  it('opens one dashboard for each flow', async () => {
    const [worst, second] = (await api()).flows();
    assert.ok(worst && second);
    await commands.executeCommand(commandIds.openDashboard, { account: worst.account, flowId: worst.flowId });
    await eventually('a dashboard is open', () => dashboards().length === 1);
    assert.deepEqual(dashboards(), [worst.name]);
    await commands.executeCommand(commandIds.openDashboard, { account: second.account, flowId: second.flowId });
    await commands.executeCommand(commandIds.openDashboard, {
      account: worst.account,
      flowId: worst.flowId,
      metric: 'ENDPOINT_AVAILABILITY',
    });
    await eventually('there are two dashboards', () => dashboards().length === 2);
    assert.deepEqual(dashboards().sort(), [worst.name, second.name].sort());
  });

  it('shows what rows open in one tab, which gives way to the next until it is kept', async () => {
    await commands.executeCommand('workbench.action.closeAllEditors');
    await eventually('no dashboard is open', () => dashboards().length === 0);
    const flows = (await api()).flows();
    const names = flows.map(({ name }) => name);
    const click = async (i: number): Promise<void> => {
      const { account, flowId } = flows[i]!;
      await commands.executeCommand(commandIds.openDashboard, { account, flowId, preview: true });
    };
    const areOpen = (...expected: readonly (string | undefined)[]): Promise<void> =>
      eventually(`${expected.join(', ')} are open`, () => dashboards().sort().join() === [...expected].sort().join());
    await click(0);
    await areOpen(names[0]);
    await click(1);
    await areOpen(names[1]);
    await commands.executeCommand(commandIds.keepOpen);
    await click(2);
    await areOpen(names[1], names[2]);
    await click(3);
    // The second click of a double click.
    await click(3);
    await areOpen(names[1], names[3]);
    await click(4);
    await areOpen(names[1], names[3], names[4]);
    await commands.executeCommand('workbench.action.pinEditor');
    await eventually('it is pinned', () => window.tabGroups.activeTabGroup.tabs.some(({ isPinned }) => isPinned));
    await click(5);
    await areOpen(names[1], names[3], names[4], names[5]);
    await click(4);
    await eventually('it is in front', () => window.tabGroups.activeTabGroup.activeTab?.label === names[4]);
    await commands.executeCommand('workbench.action.unpinEditor');
  });

  it('names the account in the title where there are several', async () => {
    const [worst] = (await api()).flows();
    const isOpen = (title: string | undefined): Promise<void> =>
      eventually(`${title} is open`, () => dashboards()[0] === title);
    await commands.executeCommand('workbench.action.closeAllEditors');
    await commands.executeCommand(commandIds.openDashboard, { account: 'Demo', flowId: worst?.flowId });
    await isOpen(worst?.name);
    await setUserSetting('accounts', [
      { name: 'Demo', source: 'demo' },
      { name: 'Shop', source: 'demo' },
    ]);
    await isOpen(`${worst?.name} · Demo`);
    await setUserSetting('accounts', [{ name: 'Demo', source: 'demo' }]);
    await isOpen(worst?.name);
  });

  it('opens one overview, which stays beside the dashboards', async () => {
    await commands.executeCommand('workbench.action.closeAllEditors');
    await commands.executeCommand(commandIds.openOverview);
    await eventually('it is open', () => panels(viewIds.overview).length === 1);
    const [worst] = (await api()).flows();
    await commands.executeCommand(commandIds.openDashboard, { account: 'Demo', flowId: worst?.flowId });
    await eventually('a dashboard is open', () => dashboards().length === 1);
    await commands.executeCommand(commandIds.openOverview);
    await eventually('it is in front', () => window.tabGroups.activeTabGroup.activeTab?.label === 'Flowmeter Overview');
    assert.deepEqual([panels(viewIds.overview).length, dashboards().length], [1, 1]);
  });

  it('asks which flow, the worst one first, and Enter takes it', async () => {
    await commands.executeCommand('workbench.action.closeAllEditors');
    await eventually('no dashboard is open', () => dashboards().length === 0);
    const opening = commands.executeCommand(commandIds.openDashboard);
    const prompt = await prompts.next('Which flow?');
    assert.ok('items' in prompt);
    const { flows } = { flows: (await api()).flows() };
    assert.equal(prompt.items[1]?.label, flows[0]?.name);
    assert.equal(prompt.items.filter(({ kind }) => kind !== -1).length, flows.length, 'each flow is offered once');
    await prompts.enter();
    await opening;
    await eventually('its dashboard is open', () => dashboards()[0] === flows[0]?.name);
  });

  it('finds a flow by its id and by its level', async () => {
    const opening = commands.executeCommand(commandIds.openDashboard);
    const prompt = await prompts.next('Which flow?');
    assert.ok('items' in prompt && prompt.matchOnDescription);
    const words: Readonly<Record<string, string>> = { critical: 'Critical', warning: 'Warning', unknown: 'Not judged' };
    for (const { name, flowId, level } of (await api()).flows()) {
      const description = prompt.items.find(({ label }) => label === name)?.description ?? '';
      assert.ok(description.includes(flowId), description);
      assert.ok(description.startsWith(words[level] ?? ''), description);
    }
    await prompts.escape();
    await opening;
  });

  it('asks flow, metric, granularity and period, and Enter takes the defaults', async () => {
    await commands.executeCommand('workbench.action.closeAllEditors');
    const opening = commands.executeCommand(commandIds.openMetric);
    for (const word of ['Which flow?', 'Which metric?', 'One point for each', 'Which period?']) {
      const prompt = await prompts.next(word);
      assert.equal(prompt.totalSteps, 4, word);
      await prompts.enter();
    }
    await opening;
    await eventually('a dashboard is open', () => dashboards().length === 1);
  });

  it('goes back a step, and keeps what was chosen', async () => {
    const opening = commands.executeCommand(commandIds.openMetric);
    await prompts.next('Which flow?');
    await prompts.enter();
    await prompts.choose('Which metric?', 'Latency');
    await prompts.next('One point for each');
    await prompts.back();
    const metric = await prompts.next('Which metric?');
    assert.ok('activeItems' in metric);
    assert.equal(metric.activeItems[0]?.label, 'Latency');
    await prompts.escape();
    await opening;
  });

  it('copies a flow’s id, and says that no shell can ask for demo data', async () => {
    const [flow] = (await api()).flows();
    assert.ok(flow);
    await commands.executeCommand(commandIds.copyFlowId, { account: flow.account, flowId: flow.flowId });
    assert.equal(await env.clipboard.readText(), flow.flowId);
    await commands.executeCommand(commandIds.copyAsCurl, { account: flow.account, flowId: flow.flowId });
    assert.equal(await env.clipboard.readText(), flow.flowId, 'a request that cannot work is not copied');
    await eventually('the person is told', () => messages.shown.length > 0);
    assert.match(messages.shown.splice(0)[0]!.text, /no shell.*node dist\/flowmeter\.js serve --store demo/);
  });

  it('refreshes all, one account, or one flow without a word', async () => {
    const [flow] = (await api()).flows();
    assert.ok(flow);
    await commands.executeCommand(commandIds.refresh);
    await commands.executeCommand(commandIds.refresh, { account: flow.account });
    await commands.executeCommand(commandIds.refresh, { account: flow.account, flowId: flow.flowId });
    assert.deepEqual(messages.shown, []);
  });

  it('goes with its dashboards when the account is removed', async () => {
    await commands.executeCommand(commandIds.disconnect);
    assert.deepEqual(
      messages.shown.map(({ text }) => text),
      ['Remove “Demo”?'],
    );
    assert.deepEqual(userAccounts(), []);
    const flowmeter = await api();
    await eventually('the flows are gone', () => flowmeter.flows().length === 0);
    await eventually('the dashboards are closed', () => dashboards().length === 0);
    await commands.executeCommand(commandIds.openOverview);
    await eventually('the overview is there all the same', () => panels(viewIds.overview).length === 1);
  });

  it('takes no name that an entry has which cannot be read just now: secrets go by it', async () => {
    const slips = [{ name: 'Demo', source: 'meta', businessAccountId: '1', apiVersion: '26.0' }, { source: 'demo' }];
    await setUserSetting('accounts', slips);
    await commands.executeCommand(commandIds.useDemo);
    assert.deepEqual(userAccounts(), [...slips, { name: 'Demo 2', source: 'demo' }]);
  });
});
