/** What anybody may send to /webhook, as much of it as they like. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { WebhookReceiver } from '../../../src/recorder/webhook/webhookReceiver';
import { mebibyte, usedMemory } from '../../fixtures/memory';
import { send, startStage, type Stage } from './stage';

describe('Webhooks that are not Meta’s', function () {
  this.timeout(60_000);
  const sockets: Socket[] = [];
  let stage: Stage;

  beforeEach(async () => {
    const recordAlerts = (): Promise<{ unknownFlows: []; changedFlows: [] }> =>
      Promise.resolve({ unknownFlows: [], changedFlows: [] });
    const { serve } = new WebhookReceiver({ verifyToken: 'verify me', appSecret: 'hush', store: { recordAlerts } });
    stage = await startStage('http://127.0.0.1:1', { 1: '/' }, { webhook: serve });
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await stage.close();
  });

  const open = (head: string): Socket => {
    const socket = connect(stage.port, '127.0.0.1');
    socket.on('error', () => undefined);
    sockets.push(socket);
    socket.write(`POST /webhook HTTP/1.1\r\nHost: x\r\n${head}\r\n\r\n`);
    return socket;
  };
  const madeUp = `X-Hub-Signature-256: sha256=${'0'.repeat(64)}`;
  const statusOf = async (socket: Socket): Promise<string> =>
    String(((await once(socket, 'data')) as [Buffer])[0].subarray(9, 12));
  /** Resolves when the system has taken all of it, or the connection is over. */
  const written = (socket: Socket, bytes: Buffer): Promise<void> =>
    new Promise((resolve) => {
      socket.once('close', () => resolve());
      socket.write(bytes, () => resolve());
    });
  const signed = async (): Promise<number> => {
    const body = JSON.stringify({ entry: [] });
    const signature = `sha256=${createHmac('sha256', 'hush').update(body).digest('hex')}`;
    return (await send(`${stage.url}/webhook`, { body, headers: { 'x-hub-signature-256': signature } })).status;
  };

  it('are refused before their bodies come where no signature is told', async () => {
    assert.equal(await statusOf(open('Content-Length: 3000000')), '403');
    assert.equal(await statusOf(open('Transfer-Encoding: chunked')), '403');
  });

  it('are refused before their bodies come where these are too long', async () => {
    assert.equal(await statusOf(open(`${madeUp}\r\nContent-Length: 3145729`)), '413');
  });

  it('have so much memory in all, and leave room for Meta’s', async () => {
    const before = usedMemory();
    const most = Buffer.alloc(3 * mebibyte - 1);
    // All but the last byte, which never comes.
    const senders = Array.from({ length: 60 }, () => open(`${madeUp}\r\nContent-Length: ${most.length + 1}`));
    await Promise.all(senders.map((socket) => written(socket, most)));
    assert.equal(await signed(), 200);
    const more = usedMemory() - before;
    assert.ok(more < 60 * mebibyte, `${more} bytes`);
  });

  it('cost no more where they come in chunks of one byte', async () => {
    const before = usedMemory();
    const socket = open(`${madeUp}\r\nTransfer-Encoding: chunked`);
    await written(socket, Buffer.from('1\r\na\r\n'.repeat(mebibyte)));
    assert.equal(await signed(), 200);
    const more = usedMemory() - before;
    assert.ok(more < 30 * mebibyte, `${more} bytes`);
  });
});
