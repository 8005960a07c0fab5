/** Certificates inside an editor, which puts an agent of its own in the place of each that a request names. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { commands, workspace } from 'vscode';
import { commandIds } from '../../src/ids';
import { canary } from '../fixtures/canary';
import { selfSigned } from '../fixtures/selfSigned';
import { eventually, Prompts, reset, setUserSetting } from './stage';

/** A loopback address that the editor takes for one of another computer. */
const host = '127.0.0.2';

describe('A server that nobody vouches for', () => {
  const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  const heard: string[] = [];
  let server: Server;
  let prompts: Prompts;

  beforeEach(async () => {
    await reset();
    prompts = new Prompts();
    server = createServer(selfSigned(host), (request, response) => {
      heard.push(`${request.url} ${request.headers.authorization}`);
      response.end('{}');
    }).listen(0, host);
    await once(server, 'listening');
  });

  afterEach(async () => {
    if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    prompts.restore();
    await reset();
    server.closeAllConnections();
    server.close();
  });

  it('hears no token, though NODE_TLS_REJECT_UNAUTHORIZED=0 says that certificates are not checked', async () => {
    assert.equal(workspace.getConfiguration('http').get('proxySupport'), 'override', 'as editors are delivered');
    const baseUrl = `https://${host}:${(server.address() as AddressInfo).port}`;
    await setUserSetting('accounts', [{ name: 'Shop', source: 'server', businessAccountId: '1', baseUrl }]);
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    const setting = commands.executeCommand(commandIds.setToken, { account: 'Shop' });
    const box = await prompts.type('Access token', canary);
    assert.ok('validationMessage' in box);
    await eventually('the token was tried', () => Boolean(box.validationMessage) && box.enabled);
    assert.deepEqual(heard, []);
    assert.ok(box.validationMessage);
    assert.ok(box.prompt?.includes(new URL(baseUrl).host), 'the prompt names the host');
    await prompts.escape();
    await setting;
  });
});
