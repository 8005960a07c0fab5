/** Events wait in the memory while nobody takes them: how much one of them keeps there is not for a caller to say. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { recordFlow } from '../../../src/middleware/recordFlow';
import { mebibyte, usedMemory } from '../../fixtures/memory';
import { startStage } from '../recorder/stage';

const flowId = '1204588317730952';
const callers = 16;

describe('Events that wait', function () {
  this.timeout(60_000);

  const listen = async (server: Server): Promise<string> => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  /** So many requests to a long address, each answered. */
  const askOften = async (url: string, requests: number): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: callers });
    let asked = 0;
    const ask = async (): Promise<void> => {
      while (asked++ < requests) {
        const [answer] = (await once(get(url, { agent }), 'response')) as [IncomingMessage];
        await once(answer.resume(), 'end');
      }
    };
    await Promise.all(Array.from({ length: callers }, ask));
    agent.destroy();
  };

  it('do not keep the addresses to which a recorder’s callers sent', async () => {
    const endpoint = createServer((request, response) => void response.end('ok'));
    const stage = await startStage(await listen(endpoint), { [flowId]: '/' });
    const url = `${stage.url}/${flowId}?${'x'.repeat(30_000)}`;
    await askOften(url, 100);
    const before = usedMemory();
    await askOften(url, 1500);
    await stage.sink.count(1600);
    const more = usedMemory() - before;
    assert.ok(more < 8 * mebibyte, `${more} bytes`);
    await stage.close();
    endpoint.close();
    endpoint.closeAllConnections();
  });

  it('do not keep the addresses to which a wrapped endpoint’s callers sent', async () => {
    const recorded = recordFlow((_request, response) => void response.end(), {
      flowId: ({ url = '' }) => url.slice(1, 17),
      // Nobody listens there.
      url: 'http://127.0.0.1:1',
      token: 'canary-token',
      intervalMs: 3_600_000,
      onTrouble: () => undefined,
    });
    const server = createServer(recorded);
    const url = `${await listen(server)}/${flowId}?${'x'.repeat(14_000)}`;
    await askOften(url, 100);
    const before = usedMemory();
    await askOften(url, 1500);
    while (recorded.state().waiting < 1600) await new Promise(setImmediate);
    const more = usedMemory() - before;
    assert.ok(more < 8 * mebibyte, `${more} bytes`);
    server.close();
    server.closeAllConnections();
    await recorded.close();
  });
});
