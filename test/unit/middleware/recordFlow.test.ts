import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type RequestListener } from 'node:http';
import express from 'express';
import { cannotBeServed, recordFlow, type RecordFlowOptions } from '../../../src/middleware/recordFlow';
import { send } from '../recorder/stage';
import { flowId, token } from './stubMeter';
import { Endpoints } from './endpoints';

describe('recordFlow', () => {
  const endpoints = new Endpoints();
  const options = (more?: Partial<RecordFlowOptions>): RecordFlowOptions => endpoints.options(more);
  const listen = (listener: RequestListener): Promise<string> => endpoints.listen(listener);

  const ask = async (url: string): Promise<number> => {
    const answer = await fetch(url, { method: 'POST', body: '{}' }).catch(() => undefined);
    await answer?.arrayBuffer();
    return answer?.status ?? 0;
  };

  /** Answers with the status that stands in the path; other paths break in ways of their own. */
  const handler: RequestListener = (request, response) => {
    request.resume();
    request.on('end', () => {
      if (request.url === '/cut') request.socket.destroy();
      else if (request.url === '/destroy') response.destroy();
      else if (request.url === '/unserved') {
        cannotBeServed(response);
        response.end();
      } else if (request.url !== '/hang') {
        response.writeHead(Number(request.url!.slice(1))).end('answer');
      }
    });
  };

  it('tells a meter how each request of a node:http handler ended', async () => {
    const recorded = recordFlow(handler, options());
    const url = await listen(recorded);
    const expected: readonly (readonly [string, number, string])[] = [
      ['/200', 200, 'success'],
      ['/421', 421, 'success'],
      ['/427', 427, 'success'],
      ['/432', 432, 'success'],
      ['/302', 302, 'unexpected_http_status_code'],
      ['/404', 404, 'unexpected_http_status_code'],
      ['/500', 500, 'unexpected_http_status_code'],
      ['/unserved', 200, 'cannot_be_served'],
      ['/cut', 0, 'no_http_response_error'],
      ['/destroy', 0, 'no_http_response_error'],
    ];
    const before = Date.now();
    for (const [path, status] of expected) {
      // Not by fetch: that asks a second time where it is answered 421.
      const answer = await send(url + path, { body: '{}' }).catch(() => undefined);
      assert.equal(answer?.status ?? 0, status, path);
    }
    await recorded.close();
    assert.deepEqual(
      endpoints.meter.events.map(({ outcome }) => outcome),
      expected.map(([, , outcome]) => outcome),
    );
    for (const { flowId: flow, time, outcome, milliseconds } of endpoints.meter.events) {
      assert.equal(flow, flowId);
      assert.ok(time >= before && time <= Date.now());
      assert.equal(milliseconds !== undefined && milliseconds >= 0 && milliseconds < 5000, outcome === 'success');
    }
    assert.equal(new Set(endpoints.meter.events.map(({ id }) => id)).size, expected.length);
    assert.deepEqual(recorded.state(), { sent: expected.length, waiting: 0, lost: 0, callersGone: 0 });
    assert.deepEqual(endpoints.trouble, []);
  });

  it('measures how long an answer takes', async () => {
    let took = 0;
    const slow: RequestListener = (_request, response) => {
      const began = performance.now();
      setTimeout(() => {
        took = performance.now() - began;
        response.end();
      }, 100);
    };
    const recorded = recordFlow(slow, options());
    await ask(await listen(recorded));
    await recorded.close();
    const { milliseconds = 0 } = endpoints.meter.events[0]!;
    assert.ok(milliseconds >= Math.floor(took) && milliseconds < took + 5_000, `${milliseconds} for ${took}`);
  });

  it('does not count callers who hang up early', async () => {
    const recorded = recordFlow(handler, options());
    const url = await listen(recorded);
    for (const end of ['destroy', 'reset'] as const) {
      const request = httpRequest(`${url}/hang`, { method: 'POST', agent: false }).end('{}');
      request.on('error', () => undefined);
      await once(request, 'finish');
      const [socket] = [request.socket!];
      if (end === 'reset') socket.resetAndDestroy();
      else socket.destroy();
      while (recorded.state().callersGone < (end === 'reset' ? 2 : 1)) await new Promise(setImmediate);
    }
    await recorded.close();
    assert.deepEqual(endpoints.meter.events, []);
  });

  it('wraps a handler of Express, and passes on what that returns and throws', async () => {
    const app = express();
    app.use(express.json());
    const recorded = recordFlow(
      async (request: express.Request, response: express.Response, next: express.NextFunction) => {
        const { what } = request.body as { what: string };
        if (what === 'throw') throw new Error('broken');
        if (what === 'next') return next();
        response.status(427).json({ error_msg: 'used up' });
      },
      options(),
    );
    app.post('/flow', recorded, (_request, response) => void response.send('from next'));
    app.use((_error: unknown, _request: unknown, response: express.Response, next: express.NextFunction) => {
      void next;
      response.status(500).end();
    });
    const url = await listen(app);
    const post = async (what: string): Promise<string> => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${url}/flow`, { method: 'POST', headers, body: JSON.stringify({ what }) });
      return `${answer.status} ${await answer.text()}`;
    };
    assert.equal(await post('answer'), '427 {"error_msg":"used up"}');
    assert.equal(await post('throw'), '500 ');
    assert.equal(await post('next'), '200 from next');
    await recorded.close();
    assert.deepEqual(
      endpoints.meter.events.map(({ outcome }) => outcome),
      ['success', 'unexpected_http_status_code', 'success'],
    );
  });

  it('tells flows apart where it is told how', async () => {
    const flowOf = (request: { url?: string | undefined }): string | undefined => /^\/(\d+)$/.exec(request.url!)?.[1];
    const recorded = recordFlow((_request, response) => void response.end(), options({ flowId: flowOf }));
    const url = await listen(recorded);
    for (const path of ['/1', '/2', '/other']) await ask(url + path);
    await recorded.close();
    assert.deepEqual(
      endpoints.meter.events.map(({ flowId: flow }) => flow),
      ['1', '2'],
    );
  });

  it('keeps its events while the meter is away, and sends each once when it is back', async () => {
    const recorded = recordFlow(handler, options());
    const url = await listen(recorded);
    assert.equal(await ask(`${url}/200`), 200);
    await endpoints.meter.until(() => endpoints.meter.events.length === 1);
    await endpoints.meter.close();
    for (let i = 0; i < 20; i++) assert.equal(await ask(`${url}/200`), 200);
    while (endpoints.trouble.length === 0) await new Promise(setImmediate);
    assert.equal(recorded.state().waiting, 20);
    await endpoints.meter.open();
    await endpoints.meter.until(() => endpoints.meter.events.length === 21);
    assert.equal(new Set(endpoints.meter.events.map(({ id }) => id)).size, 21);
    await recorded.close();
    assert.deepEqual(recorded.state(), { sent: 21, waiting: 0, lost: 0, callersGone: 0 });
    assert.equal(endpoints.trouble.length, 1);
    assert.match(endpoints.trouble[0]!, /^The meter cannot be reached: ECONN[A-Z]+\. Events wait to be sent\.$/);
  });

  it('loses what it has no room for, and counts it', async () => {
    await endpoints.meter.close();
    const recorded = recordFlow(handler, options({ queueLimit: 5, intervalMs: 60_000 }));
    const url = await listen(recorded);
    for (let i = 0; i < 8; i++) await ask(`${url}/200`);
    assert.deepEqual(recorded.state(), { sent: 0, waiting: 5, lost: 3, callersGone: 0 });
    await recorded.close();
    assert.deepEqual(recorded.state(), { sent: 0, waiting: 0, lost: 8, callersGone: 0 });
    assert.equal(await ask(`${url}/200`), 200);
  });

  it('sends a batch at once when it is full', async () => {
    const recorded = recordFlow(handler, options({ intervalMs: 60_000 }));
    const url = await listen(recorded);
    await Promise.all(Array.from({ length: 1000 }, () => ask(`${url}/200`)));
    await endpoints.meter.until(() => endpoints.meter.events.length === 1000);
    assert.deepEqual(endpoints.meter.batches, [1000]);
    await recorded.close();
  });

  it('waits where its token is refused, and gives up what the meter will never take', async () => {
    const recorded = recordFlow(handler, options({ token: 'wrong' }));
    const url = await listen(recorded);
    await ask(`${url}/200`);
    while (endpoints.trouble.length === 0) await new Promise(setImmediate);
    assert.equal(
      endpoints.trouble[0],
      'The meter does not take events: it refuses the token (FLOWMETER_TOKEN). Events wait to be sent.',
    );
    assert.equal(recorded.state().waiting, 1);
    await recorded.close();

    endpoints.meter.status = 503;
    const busy = recordFlow(handler, options());
    await ask(`${await listen(busy)}/200`);
    await busy.flush();
    assert.equal(busy.state().waiting, 1);
    assert.equal(endpoints.trouble.at(-1), 'The meter does not take events: HTTP 503. Events wait to be sent.');
    await busy.close();

    endpoints.meter.status = 400;
    const refused = recordFlow(handler, options());
    await ask(`${await listen(refused)}/200`);
    await refused.flush();
    assert.deepEqual(refused.state(), { sent: 0, waiting: 0, lost: 1, callersGone: 0 });
    assert.equal(endpoints.trouble.at(-1), 'The meter refused 1 event: (#100) Line 1: it is from the future.');
    // One that refuses every batch is told of once, and with the number of those that follow.
    const before = endpoints.trouble.length;
    const url2 = await listen(refused);
    for (let i = 0; i < 5; i++) {
      await ask(`${url2}/200`);
      await refused.flush();
    }
    assert.equal(endpoints.trouble.length, before);
    await refused.close();
    assert.equal(
      endpoints.trouble.at(-1),
      '5 more like this before the end: The meter refused 1 event: (#100) Line 1: it is from the future.',
    );
    assert.ok(endpoints.trouble.every((message) => !message.includes(token) && !message.includes('wrong')));
  });

  it('loses of a batch only what the meter refuses', async () => {
    endpoints.meter.refuses = ({ flowId: flow }) => flow.startsWith('9');
    const recorded = recordFlow(
      (_request, response) => void response.end(),
      options({ flowId: ({ url }) => url!.slice(1), intervalMs: 60_000 }),
    );
    const url = await listen(recorded);
    for (let i = 0; i < 30; i++) for (const path of ['/1', `/9${i}`, '/2']) await ask(url + path);
    await recorded.flush();
    assert.deepEqual(recorded.state(), { sent: 60, waiting: 0, lost: 30, callersGone: 0 });
    // Whoever makes up more of them costs no request for each.
    for (let i = 0; i < 120; i++) await ask(`${url}/9${i}`);
    const before = endpoints.meter.batches.length;
    await recorded.flush();
    assert.deepEqual(recorded.state(), { sent: 60, waiting: 0, lost: 150, callersGone: 0 });
    assert.equal(endpoints.meter.batches.length - before, 51);
    await recorded.close();
  });

  it('takes address and token from the environment', async () => {
    process.env.FLOWMETER_URL = `${endpoints.meter.url}/`;
    process.env.FLOWMETER_TOKEN = token;
    try {
      const recorded = recordFlow(handler, { flowId });
      await ask(`${await listen(recorded)}/200`);
      await recorded.close();
      assert.equal(endpoints.meter.events.length, 1);
    } finally {
      delete process.env.FLOWMETER_URL;
      delete process.env.FLOWMETER_TOKEN;
    }
  });

  it('records nothing without a token, says so, and lets the endpoint be', async () => {
    assert.equal(process.env.FLOWMETER_TOKEN, undefined);
    const recorded = recordFlow(handler, { flowId, onTrouble: (message) => endpoints.trouble.push(message) });
    assert.equal(await ask(`${await listen(recorded)}/200`), 200);
    assert.deepEqual(recorded.state(), { sent: 0, waiting: 0, lost: 0, callersGone: 0 });
    await recorded.close();
    assert.match(endpoints.trouble[0]!, /FLOWMETER_TOKEN/);
  });

  it('refuses options that make no sense', () => {
    for (const [wrong, message] of [
      [{ flowId: 'abc' }, /flowId must be the digits/],
      [{ flowId: 12 as never }, /flowId/],
      [{ url: '127.0.0.1:8600' }, /url must be the base URL/],
      [{ url: 'http://me:secret@x' }, /url/],
      [{ token: 'two words' }, /one word/],
      [{ token: 12 as never }, /token must be text/],
      [{ token: null as never }, /token must be text/],
      [{ intervalMs: 0 }, /intervalMs must be a positive number of milliseconds/],
      [{ intervalMs: NaN }, /intervalMs/],
      [{ intervalMs: '5' as never }, /intervalMs/],
      [{ queueLimit: -1 }, /queueLimit must be a positive number of events/],
      [{ queueLimit: 0 }, /queueLimit/],
      [{ queueLimit: Infinity }, /queueLimit/],
      [{ queueLimit: '9' as never }, /queueLimit/],
      [{ queueLimit: null as never }, /queueLimit/],
    ] as const) {
      assert.throws(
        () => recordFlow(handler, options(wrong)),
        (error: Error) => error instanceof TypeError && message.test(error.message) && !/secret/.test(error.message),
      );
    }
  });
});
