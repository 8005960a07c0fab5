import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { commands, env, extensions, Uri, window, type QuickPick, type QuickPickItem } from 'vscode';
import { commandIds } from '../../src/ids';
import { assertFilesWithout, assertProcessesWithout, canary } from '../fixtures/canary';
import { freePort } from '../fixtures/freePort';
import { sendMetaAlert, type MetaAlert } from '../fixtures/metaAlert';
import { startSampleEndpoint, type SampleEndpoint } from '../fixtures/sampleEndpoint';
import { api, eventually, Messages, Prompts, reset, setUserSetting, showFlows, userAccounts } from './stage';

const flowId = '1204588317730952';
/** Looked for in every spelling, wherever it could have got to. */
const appSecret = canary;
/** Of the app that sends the alerts, which may be another one. */
const alertSecret = 'fedcba9876543210fedcba9876543210';

/** Where the editor under test keeps what belongs to the meter. */
const ownFiles = path.join(
  path.dirname(process.env['FLOWMETER_TEST_RESULT'] ?? ''),
  ...['user', 'User', 'globalStorage', 'flowmeter.flowmeter', 'meter'],
);

describe('The meter', () => {
  let prompts: Prompts;
  let messages: Messages;
  let endpoint: SampleEndpoint;
  let port: number;
  let folder: string;
  let pem: Uri;
  /** The button that the person presses, where a message has it. */
  let pressed: string | undefined;
  let verifyToken: string;
  const openDialog = window.showOpenDialog;

  before(async () => {
    await reset();
    prompts = new Prompts();
    messages = new Messages(({ buttons }) => buttons.find((title) => ['Remove', pressed].includes(title)));
    endpoint = await startSampleEndpoint({ appSecret });
    port = await freePort();
    folder = await mkdtemp(path.join(tmpdir(), 'flowmeter-pem-'));
    pem = Uri.file(path.join(folder, 'public.pem'));
    await writeFile(pem.fsPath, endpoint.publicPem);
    await writeFile(path.join(folder, 'notes.txt'), 'no key');
  });

  after(async () => {
    Object.assign(window, { showOpenDialog: openDialog });
    await commands.executeCommand(commandIds.stopMeter);
    prompts.restore();
    messages.restore();
    await reset();
    await endpoint.close();
    await rm(folder, { recursive: true });
  });

  /** Whoever picks a file is this. */
  function pickFile(file: Uri | undefined): void {
    Object.assign(window, { showOpenDialog: async () => (file ? [file] : undefined) });
  }

  /** The questions of the first start, each with its answer. */
  const questions: readonly (() => Promise<unknown>)[] = [
    () => prompts.type('ID of the flow', flowId),
    () => prompts.type('A name for the flow', 'Table booking'),
    () => prompts.type('URL of the endpoint', `${endpoint.url}/flow`),
    () => prompts.choose('its public key', 'Choose a PEM File…'),
    () => prompts.choose('How are availability checks sent?', 'Signed with the app secret'),
    // Not one of Meta's, so it is asked again.
    async () => {
      const box = await prompts.type('App secret', appSecret);
      await eventually('it is asked again', () => 'validationMessage' in box && box.validationMessage !== undefined);
      await prompts.enter();
      return box;
    },
    () => prompts.type('Port on this computer', String(port)),
  ];
  const words = [
    'ID of the flow',
    'A name for the flow',
    'URL of the endpoint',
    'its public key',
    'How are availability checks sent?',
    'App secret',
    'Port on this computer',
  ];

  async function listens(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
  }

  /** What of a meter lies in the editor's storage. */
  function meterFiles(): Promise<string[]> {
    return readdir(ownFiles, { recursive: true }).catch(() => []);
  }

  /** The endpoint refuses what is not signed, which is an answer like any other and counts as served. */
  async function send(): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${port}/${flowId}`, { method: 'POST', body: '{}' });
    await response.arrayBuffer();
    return response.status;
  }

  /** The status with which the meter answers Meta's handshake. */
  async function shake(token: string): Promise<number> {
    const query = `hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=1158201444`;
    const response = await fetch(`http://127.0.0.1:${port}/webhook?${query}`);
    await response.arrayBuffer();
    return response.status;
  }

  /** The status with which the meter answers an alert as Meta sends it. */
  function tell(state: MetaAlert['state'], secret: string): Promise<number> {
    return sendMetaAlert({ port, flowId, state, appSecret: secret });
  }

  it('changes nothing when Escape is pressed, whatever was asked', async () => {
    pickFile(pem);
    for (let count = 0; count < questions.length; count++) {
      const starting = commands.executeCommand(commandIds.startMeter);
      for (const answer of questions.slice(0, count)) await answer();
      await prompts.next(words[count]!);
      await prompts.escape();
      await starting;
    }
    assert.deepEqual(userAccounts(), []);
    assert.deepEqual(await meterFiles(), []);
    assert.equal(await listens(), false);
    assert.deepEqual(messages.shown, []);
  });

  it('says at once what is wrong with an id, an address, a key and a port', async () => {
    const starting = commands.executeCommand(commandIds.startMeter);
    const id = await prompts.type('ID of the flow', '12x');
    assert.ok('validationMessage' in id);
    await eventually('letters are refused', () => String(id.validationMessage).includes('digits only'));
    id.value = flowId;
    await prompts.enter();
    await questions[1]!();
    const url = await prompts.type('URL of the endpoint', 'ftp://x');
    assert.ok('validationMessage' in url);
    await eventually('ftp is refused', () => String(url.validationMessage).includes('http://'));
    url.value = 'http://127.0.0.1:8700/42';
    await prompts.enter();
    await eventually('a circle is refused', () => String(url.validationMessage).includes('loop'));
    url.value = `${endpoint.url}/flow`;
    await prompts.enter();
    pickFile(Uri.file(path.join(folder, 'notes.txt')));
    await questions[3]!();
    const again = (await prompts.next('The file cannot be used')) as QuickPick<QuickPickItem>;
    pickFile(undefined);
    again.activeItems = [again.items[0]!];
    await prompts.enter();
    await prompts.choose('The file cannot be used', 'No availability checks');
    const portBox = await prompts.type('Port on this computer', '70000');
    assert.ok('validationMessage' in portBox);
    await eventually('the port is refused', () => String(portBox.validationMessage).includes('65535'));
    portBox.value = new URL(endpoint.url).port;
    await prompts.enter();
    await eventually('that of the endpoint is refused', () => String(portBox.validationMessage).includes('endpoint'));
    await prompts.escape();
    await starting;
    assert.deepEqual(userAccounts(), []);
  });

  it('starts with the first flow, counts its requests, and its checks are signed', async () => {
    pickFile(pem);
    messages.shown.length = 0;
    const starting = commands.executeCommand(commandIds.startMeter);
    for (const answer of questions) await answer();
    await starting;
    assert.deepEqual(userAccounts(), [{ name: 'Meter', source: 'meter' }]);
    assert.deepEqual(
      messages.shown.map(({ text }) => text),
      [
        `Send the flow’s requests to http://127.0.0.1:${port}/${flowId}: the meter counts them and passes them on to your endpoint.`,
      ],
    );
    const flowmeter = await api();
    await eventually('the flow is listed', () => flowmeter.flows().some(({ name }) => name === 'Table booking'));
    for (let i = 0; i < 30; i++) assert.equal(await send(), 432);
    // Error rate and latency are enough to judge; the check adds availability.
    await eventually('it is judged', () => flowmeter.flows()[0]?.level === 'healthy');
    await eventually('a check came, and its signature was right', () =>
      endpoint.seen.some(({ headers }) => headers['x-hub-signature-256'] !== undefined),
    );
  });

  it('keeps the app secret out of every file, and out of arguments and environment of every process', async () => {
    const files = await meterFiles();
    assert.ok(files.includes('meter.json') && files.includes('meter.db') && files.includes('owner.json'));
    assert.ok(assertFilesWithout(appSecret, path.join(ownFiles, '..', '..', '..', '..')) > files.length);
    // This process, the meter's, and those of the editor.
    if (process.platform === 'linux') assert.ok(assertProcessesWithout(appSecret) > 4);
  });

  it('pings the endpoint of a row, and says in one line what came of it', async () => {
    messages.shown.length = 0;
    await commands.executeCommand(commandIds.pingEndpoint, { account: 'Meter', flowId });
    assert.match(messages.shown[0]?.text ?? '', /^127\.0\.0\.1:\d+ is active: it answered the ping in \d+ ms\.$/);
    assert.deepEqual(messages.shown[0]?.buttons, ['Show Steps']);
  });

  it('pings an endpoint that the meter does not know', async () => {
    messages.shown.length = 0;
    const pinging = commands.executeCommand(commandIds.pingEndpoint);
    await prompts.choose('Which endpoint?', 'Another endpoint…');
    await prompts.type('URL of the endpoint', `${endpoint.url}/flow`);
    await prompts.choose('its public key', 'Choose a PEM File…');
    await prompts.type('App secret', '');
    await pinging;
    assert.match(
      messages.shown[0]?.text ?? '',
      /failed the ping: Signature refused \(HTTP 432\): give the app secret\.$/,
    );
  });

  it('takes a further flow, without a pause', async () => {
    const adding = commands.executeCommand(commandIds.addMeterFlow);
    await prompts.type('ID of the flow', '77');
    await prompts.type('A name for the flow', '');
    await prompts.type('URL of the endpoint', `${endpoint.url}/flow`);
    await prompts.choose('its public key', 'No availability checks');
    await adding;
    const flowmeter = await api();
    await eventually('both flows are listed', () => flowmeter.flows().length === 2);
    const response = await fetch(`http://127.0.0.1:${port}/77`, { method: 'POST', body: '{}' });
    assert.equal(response.status, 432);
  });

  it('loses a mark that was set from the shell where a person removes it in the editor', async () => {
    const { extensionPath } = extensions.getExtension('flowmeter.flowmeter')!;
    const store = ['mark', '--store', path.join(ownFiles, 'meter.db')];
    const mark = (...args: readonly string[]): string =>
      execFileSync(process.execPath, [path.join(extensionPath, 'dist', 'flowmeter.js'), ...store, ...args], {
        encoding: 'utf8',
      });
    mark('v1.4.2', '--flow', flowId);
    mark('v1.4.3');
    const removing = commands.executeCommand(commandIds.addMark, { account: 'Meter', flowId });
    const picks = (await prompts.next('remove one')) as QuickPick<QuickPickItem>;
    assert.deepEqual(
      picks.items.map(({ label, description = '' }) => [label, ...description.split(' · ').slice(1)].join(', ')),
      ['New mark', 'Remove', 'v1.4.3, all flows, kept by the meter', 'v1.4.2, kept by the meter'],
    );
    picks.activeItems = [picks.items.at(-1)!];
    await prompts.enter();
    await removing;
    assert.deepEqual(
      mark('--list')
        .trim()
        .split('\n')
        .map((line) => line.split('\t').at(-1)),
      ['v1.4.3'],
    );
  });

  it('receives no alert of Meta’s before a person wants it, nor after Escape', async () => {
    const asking = commands.executeCommand(commandIds.receiveAlerts);
    // What it would do to a bot is said before anything else.
    await prompts.next('your bot gets no messages');
    await prompts.escape();
    await asking;
    assert.equal(await shake('x'), 404);
  });

  it('receives Meta’s alerts once the app secret is known, and says where Meta’s webhook is to be pointed', async () => {
    messages.shown.length = 0;
    pressed = 'Copy Verify Token';
    const asking = commands.executeCommand(commandIds.receiveAlerts);
    await prompts.choose('An app has one callback URL', 'No Other Program Receives Webhooks of This App');
    await prompts.type('with which Meta signs', alertSecret);
    await asking;
    pressed = undefined;
    assert.equal(messages.shown.length, 1);
    const { text, buttons } = messages.shown[0]!;
    assert.ok(text.includes(`your tunnel to http://127.0.0.1:${port}, with /webhook at its end`), text);
    assert.deepEqual(buttons, ['Copy Verify Token', 'Copy Local Address']);
    verifyToken = await env.clipboard.readText();
    assert.match(verifyToken, /^[\w-]{43}$/);
    assert.equal(await shake(verifyToken), 200);
    for (const wrong of ['x', alertSecret, appSecret]) assert.equal(await shake(wrong), 403);
  });

  it('judges a flow by Meta’s alerts at once', async () => {
    const flowmeter = await api();
    const level = (): unknown => flowmeter.flows().find((flow) => flow.flowId === flowId)?.level;
    assert.equal(await tell('ACTIVATED', appSecret), 403);
    assert.equal(await tell('ACTIVATED', alertSecret), 200);
    await eventually('the alert counts', () => level() === 'warning', 5_000);
    assert.equal(await tell('DEACTIVATED', alertSecret), 200);
    await eventually('its end counts', () => level() === 'healthy', 5_000);
  });

  it('keeps its verify token when that is asked for again, and when the app secret is changed', async () => {
    await env.clipboard.writeText('');
    const copying = commands.executeCommand(commandIds.receiveAlerts);
    await prompts.choose('What do you want to do?', 'Copy Verify Token');
    await copying;
    assert.equal(await env.clipboard.readText(), verifyToken);
    for (const [typed, valid] of [
      [appSecret, appSecret],
      ['', appSecret],
      [alertSecret, alertSecret],
    ] as const) {
      const changing = commands.executeCommand(commandIds.receiveAlerts);
      await prompts.choose('What do you want to do?', 'Change…');
      await prompts.choose('An app has one callback URL', 'No Other Program Receives Webhooks of This App');
      const box = await prompts.type('Leave it empty to keep the current one', typed);
      assert.ok('password' in box && box.password);
      if (typed === appSecret) await prompts.enter();
      await changing;
      assert.equal(await tell('DEACTIVATED', valid), 200);
      assert.equal(await shake(verifyToken), 200);
    }
  });

  it('passes everything on to a bot, whose answer Meta hears', async () => {
    const got: string[] = [];
    const bot = createHttpServer((request, response) => {
      request.on('data', (chunk: Buffer) => got.push(chunk.toString()));
      request.on('end', () => response.writeHead(201).end());
    }).listen(0, '127.0.0.1');
    await once(bot, 'listening');
    const url = `http://127.0.0.1:${(bot.address() as AddressInfo).port}/webhook`;
    for (const choice of ['Pass Everything On to My Program…', 'No Other Program Receives Webhooks of This App']) {
      const changing = commands.executeCommand(commandIds.receiveAlerts);
      await prompts.choose('What do you want to do?', 'Change…');
      await prompts.choose('An app has one callback URL', choice);
      if (choice.startsWith('Pass')) {
        const box = await prompts.type('The callback URL of your own program', `http://localhost:${port}/webhook`);
        assert.ok('validationMessage' in box && /the meter itself/.test(String(box.validationMessage)));
        box.value = url;
        await prompts.enter();
      }
      await prompts.type('Leave it empty to keep the current one', '');
      await changing;
      assert.equal(await tell('DEACTIVATED', alertSecret), choice.startsWith('Pass') ? 201 : 200);
    }
    bot.close();
    assert.equal(got.length, 1);
    assert.match(got[0]!, /"field":"flows"/);
  });

  it('receives alerts after it was stopped and started', async () => {
    await commands.executeCommand(commandIds.stopMeter);
    await commands.executeCommand(commandIds.startMeter, { account: 'Meter' });
    assert.equal(await shake(verifyToken), 200);
  });

  it('keeps verify token and app secret of the alerts out of every file', async () => {
    for (const file of await readdir(path.join(ownFiles, '..', '..'), { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const text = await readFile(path.join(file.parentPath, file.name), 'latin1').catch(() => '');
      assert.ok(!text.includes(verifyToken) && !text.includes(alertSecret), file.name);
    }
  });

  it('receives alerts until a person ends that, and the next time with another verify token', async () => {
    const stopping = commands.executeCommand(commandIds.receiveAlerts);
    await prompts.choose('What do you want to do?', 'Stop Receiving');
    await stopping;
    assert.equal(await shake(verifyToken), 404);
    pressed = 'Copy Verify Token';
    const asking = commands.executeCommand(commandIds.receiveAlerts);
    await prompts.choose('An app has one callback URL', 'No Other Program Receives Webhooks of This App');
    // The one that signs checks is the only one that is known.
    await prompts.type('Leave it empty to keep the current one', '');
    await asking;
    pressed = undefined;
    assert.equal(await shake(verifyToken), 403);
    assert.equal(await shake(await env.clipboard.readText()), 200);
    assert.equal(await tell('DEACTIVATED', appSecret), 200);
  });

  it('offers the secrets of its former name after a rename in settings.json, and takes them', async () => {
    const token = await env.clipboard.readText();
    for (const [from, to] of [
      ['Meter', 'Shop meter'],
      ['Shop meter', 'Meter'],
    ] as const) {
      pressed = `Use the Secrets of “${from}”`;
      messages.shown.length = 0;
      // The meter that runs has its secrets still; the next one asks for them.
      await setUserSetting('accounts', [{ name: to, source: 'meter' }]);
      await commands.executeCommand(commandIds.stopMeter);
      await commands.executeCommand(commandIds.startMeter, { account: to });
      const offer = (): (typeof messages.shown)[0] | undefined =>
        messages.shown.find(({ buttons }) => buttons.includes(pressed!));
      await eventually('they are offered', () => offer() !== undefined);
      assert.match(offer()!.text, new RegExp(`^“${to}” has no app secret .* “${from}”, .* is still here\\.$`));
      await eventually('it receives alerts as before', async () => (await shake(token)) === 200);
    }
    pressed = undefined;
  });

  it('stops, and starts again from its row without a question, with everything it measured', async () => {
    await commands.executeCommand(commandIds.stopMeter);
    assert.equal(await listens(), false);
    await showFlows();
    const asked = prompts.count;
    await commands.executeCommand(commandIds.startMeter, { account: 'Meter' });
    assert.equal(prompts.count, asked);
    assert.equal(await listens(), true);
    const flowmeter = await api();
    await eventually('it is judged as before', () => flowmeter.flows().some(({ level }) => level === 'healthy'));
  });

  it('names a port that another program has, and takes another', async () => {
    await commands.executeCommand(commandIds.stopMeter);
    const stranger = createServer((socket) => socket.destroy());
    await new Promise<void>((done) => stranger.listen(port, '127.0.0.1', done));
    try {
      messages.shown.length = 0;
      await commands.executeCommand(commandIds.startMeter, { account: 'Meter' });
      assert.match(
        messages.shown[0]?.text ?? '',
        new RegExp(`^Port ${port} of 127\\.0\\.0\\.1 is in use by another program`),
      );
      port = await freePort();
      const starting = commands.executeCommand(commandIds.startMeter, { account: 'Meter' });
      await prompts.type('Port on this computer', String(port));
      await starting;
      assert.equal(await send(), 432);
    } finally {
      await new Promise((done) => stranger.close(done));
    }
  });

  it('ends with its account, and keeps what it measured', async () => {
    await commands.executeCommand(commandIds.disconnect, { account: 'Meter' });
    assert.deepEqual(userAccounts(), []);
    await eventually('the port is closed', async () => !(await listens()));
    const files = await meterFiles();
    assert.ok(files.includes('meter.db'));
    assert.ok(!files.includes('owner.json'));
  });

  it('finds none of its secrets when it comes back under the same name', async () => {
    await setUserSetting('accounts', [{ name: 'Meter', source: 'meter' }]);
    await commands.executeCommand(commandIds.startMeter, { account: 'Meter' });
    await eventually('the meter runs', listens);
    assert.equal(await shake('x'), 404);
    const asking = commands.executeCommand(commandIds.receiveAlerts);
    await prompts.choose('An app has one callback URL', 'No Other Program Receives Webhooks of This App');
    const box = await prompts.next('with which Meta signs');
    assert.ok('prompt' in box && !box.prompt?.includes('current one'));
    await prompts.escape();
    await asking;
  });
});
