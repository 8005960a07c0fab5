import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { commands, env, window, type InputBox } from 'vscode';
import { demoBusinessAccountId } from '../../src/domain/account';
import { commandIds } from '../../src/ids';
import { expiredToken, secondToken, startRecordingServer, type Fault, type RecordingServer } from './recordingServer';
import { api, eventually, Messages, pause, Prompts, reset, setUserSetting, showFlows, userAccounts } from './stage';

const wrongToken = 'EAAwrong000token000wrong000token';

describe('Accounts and tokens', () => {
  let server: RecordingServer;
  let prompts: Prompts;
  let messages: Messages;

  before(async () => {
    await reset();
    prompts = new Prompts();
    messages = new Messages(({ buttons }) => buttons.find((title) => title === 'Remove'));
    server = await startRecordingServer();
  });

  after(async () => {
    prompts.restore();
    messages.restore();
    await reset();
    await server.close();
  });

  /** Answers the wizard up to the token. */
  async function answerUpToToken(name: string): Promise<void> {
    await prompts.choose('Where are your flows?', 'Another server of this API');
    await prompts.type('Base URL', server.url);
    await prompts.choose('Which flows?', 'All flows of a WhatsApp Business Account');
    await prompts.type('WhatsApp Business Account', demoBusinessAccountId);
    await prompts.type('A name', name);
  }

  /** How often the list of flows was read; a token that is tried asks for one flow only. */
  function listings(): number {
    return server.heard.filter(({ path }) => path.includes('/flows?') && !/[?&]limit=1(&|$)/.test(path)).length;
  }

  it('stores nothing before the token works, and keeps what was typed', async () => {
    const connecting = commands.executeCommand(commandIds.connect);
    await answerUpToToken('Shop');
    const box = await prompts.next('Access token');
    assert.ok('password' in box);
    assert.equal(box.password, true);
    for (const [token, words] of [
      [wrongToken, /token/i],
      [expiredToken, /expired/],
    ] as const) {
      box.value = token;
      await prompts.enter();
      await eventually(`${token} is refused`, () => words.test(String(box.validationMessage ?? '')) && box.enabled);
      assert.deepEqual(userAccounts(), []);
    }
    assert.ok(!String(box.validationMessage).includes(expiredToken));
    await prompts.back();
    const name = await prompts.next('A name');
    assert.equal(name.value, 'Shop');
    await prompts.enter();
    // As it stands in the header that it was copied from.
    await prompts.type('Access token', `  Bearer ${server.token} `);
    await connecting;
    assert.deepEqual(userAccounts(), [
      { name: 'Shop', source: 'server', businessAccountId: demoBusinessAccountId, baseUrl: server.url },
    ]);
    const flowmeter = await api();
    await eventually('its flows are read', () => flowmeter.flows().length >= 8);
    assert.ok(flowmeter.flows().every(({ account }) => account === 'Shop'));
  });

  it('copies a request with a variable in place of the token', async () => {
    const [flow] = (await api()).flows();
    assert.ok(flow);
    await commands.executeCommand(commandIds.copyAsCurl, { account: flow.account, flowId: flow.flowId });
    const text = await env.clipboard.readText();
    assert.ok(
      text.startsWith(`printf 'header = "Authorization: Bearer %s"' "$WHATSAPP_TOKEN" | curl -K - '${server.url}/`),
    );
    assert.ok(text.includes(`/v26.0/${flow.flowId}?`));
    assert.match(text, /fields=metric\.name\(ENDPOINT_REQUEST_COUNT\)[^']*'$/);
  });

  it('says what is wrong as a person types, and takes no name twice', async () => {
    const connecting = commands.executeCommand(commandIds.connect);
    await prompts.choose('Where are your flows?', 'Another server of this API');
    const address = await prompts.type('Base URL', 'http://example.com');
    assert.ok('validationMessage' in address);
    await eventually('plain http is refused', () => String(address.validationMessage).includes('https'));
    address.value = server.url;
    await prompts.enter();
    await prompts.choose('Which flows?', 'Single flows, by their ids');
    const ids = await prompts.type('IDs of flows', '12 ab');
    assert.ok('validationMessage' in ids);
    await eventually('letters are refused', () => String(ids.validationMessage).includes('digits'));
    ids.value = '1339508127746021, 12';
    await prompts.enter();
    const name = await prompts.type('A name', 'Shop');
    assert.ok('validationMessage' in name);
    await eventually('the name is taken', () => String(name.validationMessage).includes('already'));
    await prompts.escape();
    await connecting;
  });

  it('says what it waits for while a server hangs, and why one could not be reached', async () => {
    const open = new Set<Socket>();
    const silent = createServer((socket) => open.add(socket.on('close', () => open.delete(socket)).resume()));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const told = ({ validationMessage: message }: InputBox): string =>
      typeof message === 'object' ? message.message : (message ?? '');
    const askToken = async (): Promise<InputBox> => {
      await prompts.choose('Where are your flows?', 'Another server of this API');
      await prompts.type('Base URL', `http://127.0.0.1:${port}`);
      await prompts.choose('Which flows?', 'All flows of a WhatsApp Business Account');
      await prompts.type('WhatsApp Business Account', demoBusinessAccountId);
      await prompts.type('A name', 'Hanging');
      return (await prompts.type('Access token', secondToken)) as InputBox;
    };
    const hanging = commands.executeCommand(commandIds.connect);
    const box = await askToken();
    await eventually('it waits', () => told(box) === `Waiting for 127.0.0.1:${port} to answer…` && open.size > 0);
    assert.ok(box.busy && box.buttons.some(({ tooltip }) => tooltip === 'Cancel'));
    await prompts.escape();
    await hanging;
    await eventually('nothing is asked any more', () => open.size === 0);
    silent.close();

    const refused = commands.executeCommand(commandIds.connect);
    const again = await askToken();
    await eventually('it says why', () =>
      told(again).includes('it refuses the connection. Check that the server runs'),
    );
    assert.ok(!again.busy && !again.buttons.some(({ tooltip }) => tooltip === 'Cancel'));
    await prompts.escape();
    await refused;
    assert.equal((userAccounts() as object[]).length, 1);
  });

  it('offers Meta’s own pages where an id or a token of Meta is asked for, and only there', async () => {
    const connecting = commands.executeCommand(commandIds.connect);
    const links = (prompt: Awaited<ReturnType<Prompts['next']>>): string[] =>
      prompt.buttons.flatMap(({ tooltip }) => (tooltip?.startsWith('Open ') ? [tooltip] : []));
    await prompts.choose('Where are your flows?', 'Meta');
    await prompts.choose('Which flows?', 'All flows of a WhatsApp Business Account');
    assert.deepEqual(links(await prompts.type('WhatsApp Business Account', '123')), ['Open WhatsApp Manager']);
    assert.deepEqual(links(await prompts.type('A name', 'Meta')), []);
    assert.equal(links(await prompts.next('Access token')).length, 2);
    await prompts.escape();
    await connecting;
  });

  it('lets a token replace the old one only where it works, and then reads exactly once', async () => {
    await showFlows();
    await (await api()).whenReady();
    const setting = commands.executeCommand(commandIds.setToken);
    const box = await prompts.type('Access token', wrongToken);
    assert.ok('validationMessage' in box);
    await eventually('it is refused', () => Boolean(box.validationMessage) && box.enabled);
    await prompts.escape();
    await setting;
    await commands.executeCommand(commandIds.refresh);
    assert.equal(server.heard.at(-1)?.token, server.token, 'the old token stays');

    const before = listings();
    const replacing = commands.executeCommand(commandIds.setToken, { account: 'Shop' });
    await prompts.type('Access token', secondToken);
    await replacing;
    await pause(500);
    assert.equal(listings(), before + 1);
    assert.equal(server.heard.at(-1)?.token, secondToken);
  });

  it('never sends a token to another address than the one it was entered for', async () => {
    const other = await startRecordingServer();
    try {
      const [account] = userAccounts() as object[];
      await setUserSetting('accounts', [{ ...account, baseUrl: other.url }]);
      await showFlows();
      await commands.executeCommand(commandIds.refresh);
      assert.deepEqual(other.heard, []);
      await setUserSetting('accounts', [account]);
      await commands.executeCommand(commandIds.refresh);
      assert.equal(server.heard.at(-1)?.token, secondToken);
    } finally {
      await other.close();
    }
  });

  it('stops at a refused token, says so once, and goes on with a new one', async () => {
    messages.shown.length = 0;
    server.fault = {
      status: 400,
      body: { error: { message: 'x', type: 'OAuthException', code: 190, error_subcode: 463 } },
    };
    await commands.executeCommand(commandIds.refresh);
    await eventually('the person is told', () => messages.shown.length > 0);
    assert.ok(messages.shown.every(({ text }) => text === 'The access token of “Shop” has expired.'));
    assert.ok(messages.shown[0]?.buttons.includes('Set Access Token…'));
    const asked = server.heard.length;
    await commands.executeCommand('workbench.view.explorer');
    await showFlows();
    await pause(300);
    assert.equal(server.heard.length, asked, 'a look at the view asks nothing');
    server.fault = null;
    const setting = commands.executeCommand(commandIds.setToken, { account: 'Shop' });
    await prompts.type('Access token', server.token);
    await setting;
    assert.equal(server.heard.at(-1)?.token, server.token);
  });

  /** A short pause, so that what is stored can be seen at work. */
  function limit(status: number, error: object): Fault {
    return {
      status,
      body: { error: { message: 'x', type: 'OAuthException', ...error } },
      headers: { 'retry-after': '2' },
    };
  }

  /** The token of what is asked once the pause is over. */
  async function tokenAfterPause(): Promise<string | undefined> {
    server.fault = null;
    const asked = server.heard.length;
    await eventually('the pause is over', async () => {
      await commands.executeCommand(commandIds.refresh);
      return server.heard.length > asked;
    });
    return server.heard.at(-1)?.token;
  }

  for (const [name, fault] of [
    ['the limit of an app (code 4)', limit(400, { code: 4 })],
    ['the limit of a business account (code 80008)', limit(400, { code: 80008, error_subcode: 2494055 })],
    ['HTTP 429 without a code', { status: 429, body: {}, headers: { 'retry-after': '2' } }],
  ] as const) {
    it(`stores a token that is answered with ${name}, and no other meanwhile`, async () => {
      const old = await tokenAfterPause();
      const other = old === secondToken ? server.token : secondToken;
      messages.shown.length = 0;
      server.fault = fault;
      const refusing = commands.executeCommand(commandIds.setToken, { account: 'Shop' });
      const refused = await prompts.type('Access token', expiredToken);
      assert.ok('validationMessage' in refused);
      await eventually(
        'it is refused',
        () => /expired/.test(String(refused.validationMessage ?? '')) && refused.enabled,
      );
      await prompts.escape();
      await refusing;
      assert.ok(messages.shown.every(({ text }) => !text.includes('is stored')));
      assert.equal(await tokenAfterPause(), old, 'the old token stays');

      server.fault = fault;
      const setting = commands.executeCommand(commandIds.setToken, { account: 'Shop' });
      await prompts.type('Access token', other);
      await setting;
      const told = messages.shown.find(({ text }) => text.startsWith('The access token of “Shop” is stored.'));
      assert.match(told?.text ?? '', /asks for a pause\. Too many requests; reading goes on at .*\d:\d\d/);
      assert.equal(await tokenAfterPause(), other);
    });
  }

  /** The account, renamed by hand. */
  async function renameByHand(name: string, more: object = {}): Promise<void> {
    const [account] = userAccounts() as object[];
    await setUserSetting('accounts', [{ ...account, ...more, name }]);
    await showFlows();
  }

  it('renames an account with its token and its dashboards, and takes no name twice', async () => {
    const flowmeter = await api();
    const { flowId, name } = flowmeter.flows()[0]!;
    const tabs = (): string[] => window.tabGroups.all.flatMap((group) => group.tabs.map(({ label }) => label));
    await commands.executeCommand(commandIds.openDashboard, { account: 'Shop', flowId });
    await eventually('the dashboard is open', () => tabs().includes(name));
    const [account] = userAccounts() as object[];
    await setUserSetting('accounts', [account, { name: 'Taken', source: 'none' }]);
    const renaming = commands.executeCommand(commandIds.renameAccount, { account: 'Shop' });
    const box = await prompts.type('Another name', 'tAKEN');
    assert.ok('validationMessage' in box);
    await eventually('the name is taken', () => String(box.validationMessage).includes('already'));
    box.value = 'Store';
    await prompts.enter();
    await renaming;
    await setUserSetting('accounts', [{ ...account, name: 'Store' }]);
    await commands.executeCommand(commandIds.refresh);
    assert.ok(flowmeter.flows().length >= 8 && flowmeter.flows().every((flow) => flow.account === 'Store'));
    assert.equal(server.heard.at(-1)?.token, secondToken);
    assert.deepEqual(
      tabs().filter((label) => label === name),
      [name],
    );
    await commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('offers the token of its former name to an account that was renamed by hand, for the same server only', async () => {
    const other = await startRecordingServer();
    try {
      await renameByHand('Shop', { baseUrl: other.url });
      const elsewhere = commands.executeCommand(commandIds.setToken);
      await prompts.next('Access token');
      await prompts.escape();
      await elsewhere;
      await renameByHand('Shop', { baseUrl: server.url });
      const setting = commands.executeCommand(commandIds.setToken);
      await prompts.choose('Which token?', 'Use the token of “Store”');
      await setting;
      await commands.executeCommand(commandIds.refresh);
      assert.equal(server.heard.at(-1)?.token, secondToken);
      assert.deepEqual(other.heard, []);
    } finally {
      await other.close();
    }
  });

  it('removes a token, and then asks nothing any more', async () => {
    await commands.executeCommand(commandIds.removeToken, { account: 'Shop' });
    const asked = server.heard.length;
    messages.shown.length = 0;
    await commands.executeCommand(commandIds.refresh);
    assert.equal(server.heard.length, asked);
    assert.ok(messages.shown.some(({ text }) => text.includes('“Shop” has no access token')));
  });

  it('removes an account with its token', async () => {
    const setting = commands.executeCommand(commandIds.setToken, { account: 'Shop' });
    await prompts.type('Access token', server.token);
    await setting;
    const account = (userAccounts() as object[])[0];
    await commands.executeCommand(commandIds.disconnect);
    assert.deepEqual(userAccounts(), []);
    const asked = server.heard.length;
    await setUserSetting('accounts', [account]);
    await showFlows();
    await commands.executeCommand(commandIds.refresh);
    assert.equal(server.heard.length, asked, 'an account of the same name finds no token');
  });

  it('removes an account with the tokens of its former addresses', async () => {
    const other = await startRecordingServer();
    const at = ({ url }: RecordingServer): object => ({
      name: 'Moved',
      source: 'server',
      businessAccountId: demoBusinessAccountId,
      baseUrl: url,
    });
    const move = (where: RecordingServer): Promise<void> => setUserSetting('accounts', [at(where)]);
    const setTokenAt = async (where: RecordingServer): Promise<void> => {
      await move(where);
      const setting = commands.executeCommand(commandIds.setToken, { account: 'Moved' });
      await prompts.type('Access token', where.token);
      await setting;
      assert.equal(where.heard.at(-1)?.token, where.token);
    };
    try {
      await setTokenAt(server);
      await setTokenAt(other);
      await move(server);
      await commands.executeCommand(commandIds.disconnect, { account: 'Moved' });
      assert.deepEqual(userAccounts(), []);
      for (const where of [other, server]) {
        const asked = where.heard.length;
        await move(where);
        await showFlows();
        await commands.executeCommand(commandIds.refresh);
        assert.equal(where.heard.length, asked, 'no token is left that could be sent');
      }
    } finally {
      await other.close();
    }
  });
});
