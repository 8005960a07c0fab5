import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import manifest from '../../../package.json';
import texts from '../../../package.nls.json';
import { accountSources } from '../../../src/domain/account';
import { parseAccounts } from '../../../src/host/storage/accountSettings';
import { meterContextValues } from '../../../src/presentation/rows/meterRow';
import { commandIds, extensionId, settingNames, settingsSection, viewIds } from '../../../src/ids';

const { contributes, capabilities, activationEvents } = manifest;
const properties: Readonly<Record<string, { readonly scope: string; readonly default?: unknown }>> =
  contributes.configuration.properties;
const contextKeys = [
  'ready',
  'hasAccounts',
  'hasTokenAccounts',
  'hasMeter',
  'hasDemo',
  'hasReadVerdict',
  'hasPreview',
  'hasFilter',
  'hasPinned',
  'hasHidden',
  'showsHidden',
].map((key) => `flowmeter.${key}`);
const contextValues = [
  ...['flow', 'audible', 'muted', 'metric', 'curl', 'meta', 'pinned', 'hidden', 'account', 'tokenAccount', 'trouble'],
  ...Object.values(meterContextValues),
];

describe('package.json', () => {
  it('declares the commands of ids.ts, each with category and title', () => {
    assert.deepEqual(contributes.commands.map(({ command }) => command).sort(), Object.values(commandIds).sort());
    for (const { command, category, title } of contributes.commands) {
      assert.equal(category, 'Flowmeter', command);
      assert.equal(title, `%command.${command.slice('flowmeter.'.length)}%`);
    }
  });

  it('hides no command from the palette: where an account is missing, it leads to one', () => {
    assert.deepEqual(
      contributes.commands.flatMap((one) => ('enablement' in one ? [one.command] : [])),
      [
        commandIds.keepOpen,
        ...[commandIds.clearFilter, commandIds.unpinFlow, commandIds.unhideFlow],
        ...[commandIds.showHidden, commandIds.hideHidden],
        commandIds.hideStatusBar,
      ],
      'only what has nothing to keep, to hide or to take back, whatever the accounts',
    );
    assert.ok(!('commandPalette' in contributes.menus));
  });

  it('titles commands that ask something with an ellipsis, and only those', () => {
    const asking = [
      ...[
        'connect',
        'disconnect',
        'renameAccount',
        'setToken',
        'removeToken',
        'openDashboard',
        'openMetric',
        'exportCsv',
        'exportJson',
        'exportAll',
        'deleteData',
      ],
      ...['addMark', 'startMeter', 'addMeterFlow', 'pingEndpoint', 'receiveAlerts', 'groupBy', 'filterFlows'],
    ];
    for (const name of Object.keys(commandIds)) {
      const title = (texts as Record<string, string>)[`command.${name}`] ?? '';
      assert.equal(title.endsWith('…'), asking.includes(name), title);
      assert.ok(!title.includes('...'), title);
    }
  });

  it('offers in menus what exists, under conditions that exist', () => {
    const known = new Set<string>(Object.values(commandIds));
    const { menus, keybindings, viewsWelcome, commands, walkthroughs } = contributes;
    for (const { command } of [...Object.values(menus).flat(), ...keybindings]) assert.ok(known.has(command), command);
    const conditions = JSON.stringify([menus, keybindings, viewsWelcome, commands, walkthroughs]);
    for (const [key] of conditions.matchAll(/flowmeter\.(ready|(?:has|shows)[A-Z]\w+)/g))
      assert.ok(contextKeys.includes(key), key);
    for (const [, words] of conditions.matchAll(/viewItem =~ \/\\\\\\\\b\(?([\w|]+)\)?\\\\\\\\b\//g)) {
      for (const word of words!.split('|')) assert.ok(contextValues.includes(word), word);
    }
  });

  it('offers in the menu of an account what is about all of it', () => {
    const ofAccount = contributes.menus['view/item/context'].filter(({ when }) => when.includes('\\baccount\\b'));
    assert.deepEqual(
      ofAccount.map(({ command }) => command),
      [commandIds.exportAll, commandIds.refresh, commandIds.renameAccount, commandIds.disconnect],
    );
  });

  it('offers in the menu of a metric what its flow offers of it', () => {
    const offered = contributes.menus['view/item/context'].filter(({ when }) => /\bmetric\b/.test(when));
    assert.deepEqual(
      offered.map(({ command }) => command),
      [
        commandIds.openDashboard,
        commandIds.refresh,
        commandIds.exportCsv,
        commandIds.exportJson,
        commandIds.copyFlowId,
      ],
    );
  });

  it('has a text for every key, and a use for every text', () => {
    const used = [...JSON.stringify(manifest).matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key!);
    assert.deepEqual([...new Set(used)].sort(), Object.keys(texts).sort());
    for (const [key, text] of Object.entries(texts)) assert.ok(text.trim(), key);
  });

  it('offers the ways in where there is no account', () => {
    const links = [...texts['welcome.noAccounts'].matchAll(/\[([^\]]+)\]\(command:([\w.]+)[?)]/g)];
    assert.deepEqual(
      links.map(([, label, command]) => [label, command]),
      [
        ['Connect to WhatsApp', commandIds.connect],
        ['Try with Demo Data', commandIds.useDemo],
        ['Start Meter', commandIds.startMeter],
        ['Get Started', 'workbench.action.openWalkthrough'],
      ],
    );
    const [walkthrough] = contributes.walkthroughs;
    const query = encodeURIComponent(JSON.stringify(`${manifest.publisher}.${manifest.name}#${walkthrough!.id}`));
    assert.ok(texts['welcome.noAccounts'].includes(`openWalkthrough?${query}`));
  });

  it('has a walkthrough whose steps each have one action, a picture, and a sign that they are done', () => {
    const [walkthrough] = contributes.walkthroughs;
    const known = new Set<string>(Object.values(commandIds));
    for (const { id, description, media, completionEvents } of walkthrough!.steps) {
      const text = (texts as Record<string, string>)[description.slice(1, -1)]!;
      const actions = [...text.matchAll(/\]\(command:([\w.]+)\)/g)].map(([, command]) => command!);
      assert.ok(actions.length === 1 && known.has(actions[0]!), id);
      assert.match(readFileSync(media.svg, 'utf8'), /var\(--vscode-/, id);
      // No verdict tells the beginning of what it names.
      assert.doesNotMatch(text, /since when/, id);
      assert.deepEqual(
        completionEvents.map((event) => contextKeys.includes(event.replace('onContext:', ''))),
        [true],
        id,
      );
    }
  });

  it('lets no workspace set anything', () => {
    const levels = Object.keys(properties).filter((name) => name.startsWith(`${settingsSection}.levels.`));
    const single = Object.values(settingNames).filter((name) => name !== settingNames.levels);
    const names = [...single.map((name) => `${settingsSection}.${name}`), ...levels];
    assert.deepEqual(Object.keys(properties).sort(), [...names].sort());
    for (const [name, { scope }] of Object.entries(properties)) assert.equal(scope, 'application', name);
    assert.equal(capabilities.untrustedWorkspaces.supported, 'limited');
    assert.deepEqual([...capabilities.untrustedWorkspaces.restrictedConfigurations].sort(), [...names].sort());
  });

  it('has the defaults that are promised', () => {
    assert.deepEqual(
      Object.fromEntries(
        Object.entries(properties).map(([name, one]) => [name.slice(settingsSection.length + 1), one.default]),
      ),
      {
        accounts: [],
        refreshMinutes: { meta: 60, server: 15, demo: 15, meter: 1 },
        healthWindow: '24h',
        'levels.errorRatePercent.attention': 5,
        'levels.errorRatePercent.warning': 10,
        'levels.errorRatePercent.critical': 50,
        'levels.p90Seconds.attention': 1,
        'levels.p90Seconds.warning': 5,
        'levels.p90Seconds.critical': 7,
        'levels.availabilityPercent.critical': 90,
        thresholds: undefined,
        statusBar: true,
        notify: 'off',
        historyDays: 1095,
        marksFromGit: false,
      },
    );
  });

  it('describes accounts as they are read', () => {
    const { items } = contributes.configuration.properties['flowmeter.accounts'];
    assert.deepEqual(items.properties.source.enum, [...accountSources]);
    const all = {
      name: 'A',
      source: 'server',
      businessAccountId: '1',
      flowIds: ['2'],
      baseUrl: 'https://a.example',
      apiVersion: 'v1.0',
    };
    assert.deepEqual(Object.keys(items.properties).sort(), Object.keys(all).sort());
    assert.deepEqual(parseAccounts([all]), { accounts: [all], problems: [] });
  });

  it('wakes up for its view, its panels, its links and the end of the start, and for nothing else', () => {
    assert.deepEqual(activationEvents, [
      'onStartupFinished',
      ...[viewIds.panel, viewIds.overview].map((id) => `onWebviewPanel:${id}`),
      'onUri',
    ]);
    assert.equal(`${manifest.publisher}.${manifest.name}`, extensionId, 'the name in links');
    assert.deepEqual(
      contributes.views.flowmeter.map(({ id }) => id),
      [viewIds.flows],
    );
    assert.equal(contributes.viewsContainers.activitybar[0]?.id, viewIds.container);
  });
});
