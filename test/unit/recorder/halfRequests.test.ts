import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { startStage, type Stage } from './stage';

const flow = '1204588317730952';
const head = (length: number): string => `POST /${flow} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;

describe('the recorder, of a request that is not whole,', function () {
  this.timeout(10_000);
  let endpoint: Server;
  let sockets: Socket[];
  let take: (socket: Socket) => void;
  let stage: Stage;
  let caller: Socket;

  beforeEach(async () => {
    sockets = [];
    endpoint = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      take(socket);
    });
    await once(endpoint.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(async () => {
    caller.destroy();
    await stage.close();
    for (const socket of sockets) socket.destroy();
    endpoint.close();
  });

  const begin = async (bytes: string, giveUpMs = 60_000): Promise<void> => {
    const { port } = endpoint.address() as AddressInfo;
    stage = await startStage(`http://127.0.0.1:${port}`, { [flow]: '/' }, { idleTimeoutMs: giveUpMs });
    caller = connect(stage.port, '127.0.0.1');
    caller.on('error', () => undefined);
    caller.write(bytes);
  };
  /** Until the endpoint has got something of it. */
  const untilTaken = (): Promise<void> =>
    new Promise((resolve) => {
      take = (socket) => void socket.once('data', () => resolve());
    });
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  it('counts no time-out where its caller leaves late, since the endpoint could not answer', async () => {
    const taken = untilTaken();
    await begin(`${head(9)}{"a"`);
    await taken;
    stage.advance(20_000);
    caller.destroy();
    await until(() => stage.state().callersGone === 1);
    assert.deepEqual(stage.sink.events, []);
  });

  it('answers 408 where its caller stays silent, and counts it apart', async () => {
    const taken = untilTaken();
    await begin(`${head(9)}{"a"`, 300);
    await taken;
    const [answer] = (await once(caller, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 408 /);
    assert.equal(stage.state().uncounted.unusable, 1);
    assert.deepEqual(stage.sink.events, []);
  });

  it('counts the time-out of an endpoint that does not read it', async () => {
    take = (socket) => void socket.pause();
    await begin(head(9_000_000) + 'x'.repeat(9_000_000), 300);
    const [answer] = (await once(caller, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 504 /);
    assert.deepEqual(stage.sink.outcomes(), { timeout_error: 1 });
  });

  for (const [who, leaves] of [
    ['caller leaves', true],
    ['endpoint never reads the rest', false],
  ] as const) {
    it(`lets go of the connection where the endpoint has answered already and the ${who}`, async () => {
      const ended = new Promise<void>((resolve) => {
        take = (socket) => {
          socket.once('data', () => {
            socket.pause().write('HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig');
            // What came is read once more when the answer is out, so that the end is seen.
            if (leaves) setTimeout(() => socket.resume(), 50);
          });
          socket.once('close', () => resolve());
        };
      });
      await begin(head(9_000_000) + 'x'.repeat(leaves ? 10 : 9_000_000), leaves ? 60_000 : 300);
      const [answer] = (await once(caller, 'data')) as [Buffer];
      assert.match(answer.toString(), /^HTTP\/1\.1 413 /);
      if (leaves) caller.destroy();
      else setTimeout(() => sockets[0]!.resume(), 1_000);
      await ended;
      assert.deepEqual(stage.sink.outcomes(), { unexpected_http_status_code: 1 });
    });
  }
});
