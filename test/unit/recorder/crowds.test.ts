/** Callers who open as many connections as they can, or send as much on one of them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { send, startStage, type Stage } from './stage';

const flow = '1204588317730952';
const crowd = 1200;

describe('Connections of strangers', function () {
  this.timeout(60_000);
  const sockets: Socket[] = [];
  let endpoint: Server;
  let held: ServerResponse[];
  let stage: Stage;

  beforeEach(async () => {
    held = [];
    endpoint = createServer((request, response) => {
      if (request.url === '/?hold') held.push(response);
      else response.end('ok');
    });
    await once(endpoint.listen(0, '127.0.0.1'), 'listening');
    stage = await startStage(`http://127.0.0.1:${(endpoint.address() as AddressInfo).port}`, { [flow]: '/' });
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await stage.close();
    endpoint.close();
    endpoint.closeAllConnections();
  });

  /** Resolves when the recorder has answered, or the connection is over; at once where `bytes` ask for nothing. */
  const open = async (bytes: string, isWhole: boolean): Promise<Socket> => {
    const socket = connect(stage.port, '127.0.0.1');
    socket.on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    socket.write(bytes);
    if (isWhole) await Promise.race([new Promise((resolve) => socket.once('data', resolve)), over(socket)]);
    return socket;
  };
  const over = (socket: Socket): Promise<unknown> => new Promise((resolve) => socket.once('close', resolve));
  const get = (search = ''): string => `GET /${flow}${search} HTTP/1.1\r\nHost: x\r\n\r\n`;

  for (const [what, bytes, isWhole] of [
    ['that idle after a request', get(), true],
    ['that say nothing', '', false],
    ['whose request never comes whole', `POST /${flow} HTTP/1.1\r\nContent-Length: 9\r\n\r\nx`, false],
  ] as const) {
    it(`lock nobody out: ${crowd} ${what}`, async () => {
      for (let i = 0; i < crowd; i += 100) {
        await Promise.all(Array.from({ length: 100 }, () => open(bytes, isWhole)));
      }
      for (let i = 0; i < 20; i++) assert.equal((await send(`${stage.url}/${flow}`, { body: '{}' })).status, 200);
    });
  }

  it('cut none that waits for its endpoint', async () => {
    const waiting = await open(get('?hold'), false);
    while (held.length === 0) await new Promise(setImmediate);
    for (let i = 0; i < crowd; i += 100) await Promise.all(Array.from({ length: 100 }, () => open('', false)));
    held[0]!.end('late');
    const [answer] = (await once(waiting, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 200 /);
  });

  it('bring the endpoint few requests at once where thousands are sent ahead on one', async () => {
    const socket = await open(get('?hold').repeat(3000), false);
    await over(socket);
    assert.equal((await send(`${stage.url}/${flow}`, { body: '{}' })).status, 200);
    assert.ok(held.length <= 8, `${held.length} at once`);
    assert.equal(stage.state().uncounted.unusable, 1);
    assert.deepEqual(stage.sink.outcomes(), { success: 1 });
  });

  it('may send some ahead, which are answered in their order', async () => {
    const socket = await open(get('?a') + get('?b') + get('?c'), false);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    while ((text.match(/ok/g) ?? []).length < 3) await once(socket, 'data');
    assert.deepEqual(stage.sink.outcomes(), { success: 3 });
  });
});
