/** The ports of a meter: the recorder's leads to flows and nowhere else, and its own requests want the token. */
import assert from 'node:assert/strict';
import { meterPaths } from '../../../src/meter/identity';
import { meterRoutes } from '../../../src/meter/meterRoutes';
import type { Watchers } from '../../../src/meter/watchers';
import { startHttpServer } from '../../../src/server/httpServer';
import { startStage } from '../recorder/stage';
import { rawStatus } from '../server/rawStatus';

const flow = '1204588317730952';
const token = 'the-right-token';

describe('The recorder’s port', () => {
  it('offers no path to the API, the meter or the store, with or without a token', async () => {
    const recorder = await startStage('http://127.0.0.1:9', { [flow]: '/' });
    try {
      const paths = [
        ...[
          '/',
          '/v26.0/',
          `/v26.0/${flow}?fields=id`,
          '/v26.0/100200300400501/flows',
          '/v26.0/flowmeter',
          '/v26.0/events',
        ],
        ...Object.values(meterPaths),
        ...[
          '/meter.db',
          '/token',
          '/meter.json',
          `/${flow}/../v26.0/`,
          `/${flow}%2f..%2ftoken`,
          `/${flow}/../../token`,
        ],
        ...[
          `http://127.0.0.1:${recorder.port}/v26.0/flowmeter`,
          '//v26.0/flowmeter',
          '/%2e%2e/token',
          `/${flow}\\..\\token`,
        ],
      ];
      for (const path of paths) {
        for (const method of ['GET', 'POST']) {
          const lines = [
            `${method} ${path} HTTP/1.1`,
            `Host: 127.0.0.1:${recorder.port}`,
            `Authorization: Bearer ${token}`,
          ];
          const status = await rawStatus(recorder.port, `${lines.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`);
          assert.ok(status === 404 || status === 400, `${method} ${path} gave ${status}`);
        }
      }
      assert.equal(recorder.sink.events.length, 0);
    } finally {
      await recorder.close();
    }
  });
});

describe('A meter’s own requests', () => {
  it('take no secret that would let everybody in, or that is none', async () => {
    let taken = 0;
    const extraRoutes = meterRoutes({
      version: '1.0.0',
      token,
      apiPort: () => 1,
      watchers: {} as unknown as Watchers,
      reload: async () => undefined,
      takeSecrets: () => void taken++,
      replace: () => undefined,
      stop: () => undefined,
    });
    const app = (): Promise<never> => Promise.reject(new Error('the API was reached'));
    const server = await startHttpServer({ app, port: 0, token, extraRoutes });
    const hand = async (body: string): Promise<number> => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const response = await fetch(`${server.url}${meterPaths.secrets}`, { method: 'POST', headers, body });
      await response.text();
      return response.status;
    };
    const right = { verifyToken: 'v', appSecret: 'a' };
    try {
      const wrongAlerts = [
        ...['', 'x', 'ftp://x/', 'http://me:secret@x/', 7, `http://x/${'y'.repeat(2000)}`].map((forwardUrl) => ({
          verifyToken: 'v',
          appSecret: 's',
          forwardUrl,
        })),
        ...['', 1, [], {}, { verifyToken: 'v' }],
        ...[
          { ...right, verifyToken: '' },
          { ...right, appSecret: '' },
          { ...right, appSecret: 'a'.repeat(501) },
        ],
      ];
      for (const wrong of [
        ...['', 'null', '[]', '{"appSecrets":[]}', '{"appSecrets":{"x":"y"}}', '{"appSecrets":{"1":2}}'],
        ...wrongAlerts.map((alerts) => JSON.stringify({ alerts })),
      ]) {
        assert.equal(await hand(wrong), 400, wrong);
      }
      assert.equal(taken, 0);
      for (const alerts of [right, null]) assert.equal(await hand(JSON.stringify({ alerts })), 200);
      assert.equal(taken, 2);
    } finally {
      await server.close();
    }
  });

  it('are done for nobody without the token, for no page, and under no other name', async () => {
    const done: string[] = [];
    const extraRoutes = meterRoutes({
      version: '1.0.0',
      token,
      apiPort: () => 1,
      watchers: { add: (response: { end(): void }) => (done.push('watch'), response.end()) } as unknown as Watchers,
      reload: async () => void done.push('reload'),
      takeSecrets: () => void done.push('secrets'),
      replace: () => void done.push('replace'),
      stop: () => void done.push('stop'),
    });
    const app = (): Promise<never> => Promise.reject(new Error('the API was reached'));
    const server = await startHttpServer({ app, port: 0, token, extraRoutes });
    const ask = (method: string, path: string, headers: readonly string[]): Promise<number> => {
      const body = method === 'POST' ? '{"appSecrets":{},"version":"1.0.1"}' : '';
      const lines = [`${method} ${path} HTTP/1.1`, ...headers, `Content-Length: ${body.length}`];
      return rawStatus(server.port, `${lines.join('\r\n')}\r\n\r\n${body}`);
    };
    const own = `Host: 127.0.0.1:${server.port}`;
    const right = `Authorization: Bearer ${token}`;
    const nonce = '0123456789abcdef';
    const requests = [
      ['GET', meterPaths.watch],
      ['POST', meterPaths.reload],
      ['POST', meterPaths.secrets],
      ['POST', meterPaths.replace],
      ['POST', meterPaths.stop],
    ] as const;
    try {
      for (const [method, path] of requests) {
        assert.equal(await ask(method, path, [own]), 401, path);
        assert.equal(await ask(method, path, [own, 'Authorization: Bearer wrong']), 401, path);
        assert.equal(await ask(method, `${path}?nonce=${nonce}`, [own]), 401, path);
        assert.equal(await ask(method, path, [own, right, 'Origin: http://evil.example']), 403, path);
        assert.equal(await ask(method, path, ['Host: evil.example', right]), 421, path);
      }
      // Who it is, it tells everybody but web pages and foreign names; without knowing the token that is no use.
      const hello = `${meterPaths.hello}?nonce=${nonce}`;
      assert.equal(await ask('GET', hello, [own]), 200);
      assert.equal(await ask('GET', hello, [own, 'Origin: null']), 403);
      assert.equal(await ask('GET', hello, ['Host: evil.example']), 421);
      assert.equal(await ask('GET', `${meterPaths.hello}?nonce=short`, [own]), 400);
      assert.equal(await ask('GET', `${meterPaths.hello}/../watch`, [own]), 401);
      assert.equal(await ask('POST', hello, [own]), 401);
      assert.deepEqual(done, []);
      for (const [method, path] of requests) assert.equal(await ask(method, path, [own, right]), 200, path);
      assert.deepEqual(done.sort(), ['reload', 'replace', 'secrets', 'stop', 'watch']);
    } finally {
      await server.close();
    }
  });
});
