import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { send, startStage, type Stage } from './stage';

const flow = '1204588317730952';
const tooLong = 'HTTP/1.1 413 Content Too Large\r\nContent-Length: 8\r\nConnection: close\r\n\r\ntoo long';

describe('the recorder, of an endpoint that answers a long request before it has read it and resets,', function () {
  this.timeout(20_000);
  let close: () => Promise<void> = () => Promise.resolve();

  afterEach(() => close());

  /** `end` is called once the answer is on its way. */
  const behind = async (end: (socket: Socket) => void): Promise<Stage> => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.pause();
        socket.write(tooLong, () => end(socket));
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const stage = await startStage(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { [flow]: '/' });
    close = async () => {
      await stage.close();
      await new Promise((resolve) => server.close(resolve));
    };
    return stage;
  };
  const ask = ({ url }: Stage): ReturnType<typeof send> =>
    send(`${url}/${flow}`, { body: Buffer.alloc(3_000_000, 'a') });

  it('passes the answer on, where it arrived before the reset', async () => {
    const stage = await behind((socket) => setTimeout(() => socket.resetAndDestroy(), 20));
    for (let i = 0; i < 20; i++) {
      const { status, body } = await ask(stage);
      assert.equal(`${status} ${body.toString()}`, '413 too long');
    }
    assert.deepEqual(stage.sink.outcomes(), { unexpected_http_status_code: 20 });
  });

  it('never says that the endpoint gave no answer, where the reset comes at once', async () => {
    const stage = await behind((socket) => void socket.resetAndDestroy());
    const statuses = new Set<number>();
    for (let i = 0; i < 30; i++) statuses.add((await ask(stage)).status);
    const { crossed } = stage.state().uncounted;
    assert.equal((stage.sink.outcomes()['unexpected_http_status_code'] ?? 0) + crossed, 30);
    assert.equal(stage.sink.outcomes()['no_http_response_error'], undefined);
    for (const status of statuses) assert.ok([413, 502].includes(status), String(status));
  });
});
