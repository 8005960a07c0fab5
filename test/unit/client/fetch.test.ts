import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createBudget } from '../../../src/client/budget';
import { createHttpClient } from '../../../src/client/httpClient';
import type { MetricAnswer } from '../../../src/contract/client';
import { MetricsError } from '../../../src/contract/errors';
import { metricNames } from '../../../src/contract/metric';
import {
  after,
  createGate,
  graphError,
  json,
  metric,
  reset,
  silence,
  usageHeaders,
  type Answer,
  type SeenRequest,
} from '../../fixtures/faultServer';
import { bench, errorOf, kinds, noon, queries, query } from './harness';
import { fetchAll } from '../../fixtures/fetchAll';

const minute = 60_000;
const info = { version: '1.2.3', zone: 'Asia/Kolkata', store: 'demo', min_requests: 0 };

function flowOf({ url }: SeenRequest): number {
  return Number(url.pathname.split('/').at(-1));
}

describe('fetch', () => {
  it('answers in the order of the queries, whatever the order of the answers', async () => {
    const gates = queries(5).map(() => createGate());
    const script = (request: SeenRequest): Answer => after(gates[flowOf(request) - 1]!.passed, metric);
    await bench(script, {}, async ({ server, client }) => {
      const told: string[] = [];
      const answers = fetchAll(client, queries(5), {
        onAnswer: ({ query: { flowId } }) => {
          told.push(flowId);
          gates[Number(flowId) - 2]?.open();
        },
      });
      await server.received(5);
      gates[4]!.open();
      assert.deepEqual(
        (await answers).map((answer) => answer.query.flowId),
        ['1', '2', '3', '4', '5'],
      );
      assert.deepEqual(told, ['5', '4', '3', '2', '1']);
    });
  });

  it('reads all five metrics', async () => {
    await bench(
      () => metric,
      {},
      async ({ client }) => {
        const answers = await fetchAll(
          client,
          metricNames.map((name) => query(1, { metric: name })),
        );
        for (const [i, { result }] of answers.entries()) {
          assert.ok(result.ok);
          assert.equal(result.value.metric, metricNames[i]);
          assert.deepEqual([...result.value.begins], [Date.UTC(2026, 0, 28, 8), Date.UTC(2026, 0, 29, 8)]);
        }
      },
    );
  });

  it('sends identical queries once, and answers each', async () => {
    await bench(
      () => metric,
      {},
      async ({ server, client }) => {
        const asked = [query(1), query(2), query(1), { ...query(1) }];
        const told: MetricAnswer[] = [];
        const answers = await fetchAll(client, asked, { onAnswer: (answer) => void told.push(answer) });
        assert.deepEqual(
          answers.map((answer) => answer.query),
          asked,
        );
        assert.deepEqual(kinds(answers), ['ok', 'ok', 'ok', 'ok']);
        assert.equal(told.length, 4);
        assert.equal(server.requests.length, 2);
      },
    );
  });

  it('asks nothing for no queries', async () => {
    await bench(
      () => metric,
      { account: { source: 'server' } },
      async ({ server, client }) => {
        assert.deepEqual(await fetchAll(client, []), []);
        assert.equal(server.requests.length, 0);
      },
    );
  });

  it('never hides other flows behind the failure of one', async () => {
    const failures: Readonly<Record<number, Answer>> = {
      2: graphError(139006),
      3: graphError(100, { subcode: 33 }),
      4: reset,
      5: graphError(10),
      6: json({ id: '6', metric: { data_points: [{ timestamp: 'never' }] } }),
      7: graphError(100, { message: 'Tried accessing nonexisting field (metric) on node type (X)' }),
    };
    await bench(
      (request) => failures[flowOf(request)] ?? metric,
      {},
      async ({ server, client }) => {
        assert.deepEqual(kinds(await fetchAll(client, queries(8))), [
          'ok',
          'notEnoughData',
          'notFound',
          'network',
          'permission',
          'invalidResponse',
          'withdrawn',
          'ok',
        ]);
        assert.equal(server.requests.length, 10);
      },
    );
  });

  it('checks queries before it sends them', async () => {
    await bench(
      () => metric,
      {},
      async ({ server, client }) => {
        const answers = await fetchAll(client, [
          query(1, { flowId: '../me' }),
          query(1, { since: '2026-02-31' }),
          query(1, { since: '2025-01-01' }),
          query(1, { since: '2026-01-20', until: '2026-01-20' }),
          query(1),
        ]);
        assert.deepEqual(kinds(answers), [...Array<string>(4).fill('invalidRequest'), 'ok']);
        assert.deepEqual(
          answers.slice(0, 4).map((answer) => errorOf(answer).details.parameter),
          ['flow', 'since', 'since', 'until'],
        );
        assert.equal(server.requests.length, 1);
      },
    );
  });

  it('never has more than 16 requests in flight, and keeps so many', async () => {
    const gate = createGate();
    let asked = 0;
    const script = (request: SeenRequest): Answer => {
      if (request.url.pathname.endsWith('flowmeter')) return json(info);
      // The first 16 wait for one another: they must have been sent side by side.
      if (++asked === 16) gate.open();
      return after(gate.passed, metric);
    };
    await bench(script, { account: { source: 'server' } }, async ({ server, client }) => {
      await client.serverInfo();
      const both = await Promise.all([fetchAll(client, queries(150)), fetchAll(client, queries(150))]);
      assert.ok(both.flat().every(({ result }) => result.ok));
      assert.equal(server.requests.length, 301);
      assert.equal(server.mostAtOnce, 16);
      assert.ok(server.connections <= 16, `${server.connections} connections`);
    });
  });

  it('survives a listener that throws', async () => {
    await bench(
      () => metric,
      {},
      async ({ client, log }) => {
        const answers = await fetchAll(client, queries(2), {
          onAnswer: () => {
            throw new Error('broken');
          },
        });
        assert.deepEqual(kinds(answers), ['ok', 'ok']);
        assert.ok(log.some((line) => line.includes('listener')));
      },
    );
  });

  it('remembers the version that really answered', async () => {
    await bench(
      () => metric,
      { account: { apiVersion: 'v16.0' } },
      async ({ server, client }) => {
        assert.equal(client.servedVersion, undefined);
        await fetchAll(client, [query()]);
        assert.equal(server.requests[0]!.url.pathname, '/v16.0/1');
        assert.equal(client.servedVersion, 'v26.0');
      },
    );
  });
});

describe('A refused token', () => {
  it('stops the run: of 5000 queries at most 16 are sent', async () => {
    await bench(
      () => graphError(190, { subcode: 463 }),
      { account: { source: 'server' } },
      async ({ server, client }) => {
        const answers = await fetchAll(client, queries(5000));
        assert.ok(answers.every((answer) => errorOf(answer).kind === 'auth'));
        assert.ok(answers.every((answer) => errorOf(answer).details.reason === 'expired'));
        // One more asked the server what it is.
        assert.ok(server.requests.length <= 17, `${server.requests.length} requests`);
      },
    );
  });

  it('stops only that run: with a new token the next one goes through', async () => {
    let token = 'old-token-0123456789';
    const script = (request: SeenRequest): Answer =>
      request.token === 'new-token-0123456789' ? metric : graphError(190);
    await bench(script, { token: () => token }, async ({ client }) => {
      assert.deepEqual(kinds(await fetchAll(client, [query()])), ['auth']);
      token = 'new-token-0123456789';
      assert.deepEqual(kinds(await fetchAll(client, [query()])), ['ok']);
    });
  });

  it('needs no request where there is none, or where it cannot be a token', async () => {
    const missing = [
      undefined,
      '',
      'two words',
      'line\nbreak',
      'naïve',
      () => undefined,
      () => Promise.reject(new Error('no keyring')),
    ];
    for (const token of missing) {
      await bench(
        () => metric,
        { token },
        async ({ server, client }) => {
          assert.deepEqual(kinds(await fetchAll(client, queries(3))), ['auth', 'auth', 'auth']);
          assert.equal(server.requests.length, 0);
        },
      );
    }
  });
});

describe('A rate limit', () => {
  it('stops the run and later calls until it ends', async () => {
    const clock = { time: noon, now: () => clock.time };
    const script = ({ index }: SeenRequest): Answer =>
      index === 0 ? graphError(80008, { headers: usageHeaders(100, 10) }) : metric;
    await bench(script, { clock, limits: { inFlight: 1 } }, async ({ server, client }) => {
      const answers = await fetchAll(client, queries(50));
      assert.ok(answers.every((answer) => errorOf(answer).kind === 'rateLimited'));
      assert.ok(answers.every((answer) => errorOf(answer).details.retryAt === noon + 10 * minute));
      assert.equal(server.requests.length, 1);

      clock.time += 10 * minute - 1;
      assert.equal(errorOf((await fetchAll(client, [query()]))[0]).details.retryAt, noon + 10 * minute);
      await assert.rejects(client.probe(), { kind: 'rateLimited' });
      await assert.rejects(client.listFlows(), { kind: 'rateLimited' });
      assert.equal(server.requests.length, 1);

      clock.time += 1;
      assert.deepEqual(kinds(await fetchAll(client, [query()])), ['ok']);
    });
  });

  it('that a good answer announces holds from the next request on', async () => {
    const script =
      ({ index }: SeenRequest): Answer =>
      (response, request) => {
        if (index === 2)
          for (const [name, value] of Object.entries(usageHeaders(100, 3))) response.setHeader(name, value);
        return metric(response, request);
      };
    await bench(script, { limits: { inFlight: 1 } }, async ({ server, client }) => {
      const answers = await fetchAll(client, queries(6));
      assert.deepEqual(kinds(answers), ['ok', 'ok', 'ok', 'rateLimited', 'rateLimited', 'rateLimited']);
      assert.equal(errorOf(answers[3]).details.retryAt, noon + 3 * minute);
      assert.equal(server.requests.length, 3);
    });
  });

  it('of 100 unproven calls an hour is kept at Meta, also by a client made anew', async () => {
    const clock = { time: noon, now: () => clock.time };
    const budget = createBudget(clock);
    await bench(
      () => metric,
      { clock, budget },
      async ({ server, client }) => {
        assert.equal(kinds(await fetchAll(client, queries(80))).filter((kind) => kind === 'ok').length, 80);
        const again = createHttpClient({
          account: { name: 'Test', source: 'meta', businessAccountId: '1', baseUrl: server.url },
          token: 'another-token-0123456789',
          clock,
          budget,
          batch: { state: 'refused' },
        });
        const answers = await fetchAll(again, queries(80));
        again.dispose();
        assert.equal(kinds(answers).filter((kind) => kind === 'ok').length, 20);
        assert.equal(errorOf(answers[79]).kind, 'rateLimited');
        assert.equal(errorOf(answers[79]).details.retryAt, noon + 60 * minute);
        assert.equal(
          errorOf(answers[79]).message,
          'No more calls are made for now: Flowmeter makes no more than 100 an hour for an account.',
          'for the log',
        );
        assert.equal(server.requests.length, 100);
      },
    );
  });

  it('counts every attempt, not every query', async () => {
    await bench(
      () => graphError(2),
      { limits: { inFlight: 1 } },
      async ({ server, client }) => {
        const answers = await fetchAll(client, queries(40));
        assert.equal(server.requests.length, 100);
        assert.deepEqual(kinds(answers), [
          ...Array<string>(33).fill('server'),
          ...Array<string>(7).fill('rateLimited'),
        ]);
      },
    );
  });

  it('is wider where headers show room', async () => {
    const roomy: Answer = (response, request) => {
      for (const [name, value] of Object.entries(usageHeaders(5))) response.setHeader(name, value);
      return metric(response, request);
    };
    await bench(
      () => roomy,
      {},
      async ({ server, client }) => {
        assert.ok((await fetchAll(client, queries(300))).every(({ result }) => result.ok));
        assert.equal(server.requests.length, 300);
      },
    );
  });

  it('is none for a server of our own', async () => {
    await bench(
      () => metric,
      { account: { source: 'server' } },
      async ({ server, client }) => {
        assert.ok((await fetchAll(client, queries(300))).every(({ result }) => result.ok));
        assert.equal(server.requests.length, 301);
      },
    );
  });
});

describe('A server that cannot be reached', () => {
  it('ends the run after one load of requests, not after thousands', async () => {
    await bench(
      () => silence,
      { account: { source: 'server' }, limits: { deadlineMs: 30 } },
      async ({ server, client }) => {
        const answers = await fetchAll(client, queries(1000));
        assert.ok(answers.every((answer) => errorOf(answer).kind === 'timeout'));
        // 3 to ask what it is; then at most 31 queries begin before 16 in a row have failed.
        assert.ok(server.requests.length <= 3 + 31 * 3, `${server.requests.length} requests`);
      },
    );
  });
});

describe('Cancelling', () => {
  it('ends what is in flight and what waits, and sends nothing more', async () => {
    const controller = new AbortController();
    await bench(
      () => silence,
      {},
      async ({ server, client }) => {
        const answers = fetchAll(client, queries(60), { signal: controller.signal });
        await server.received(16);
        controller.abort();
        assert.deepEqual(new Set(kinds(await answers)), new Set(['cancelled']));
        assert.equal(server.requests.length, 16);
      },
    );
  });

  it('ends the pause before the next attempt', async () => {
    const controller = new AbortController();
    await bench(
      () => graphError(2),
      { random: () => 0.999 },
      async ({ server, client, log }) => {
        const answers = fetchAll(client, [query()], { signal: controller.signal });
        await server.received(1);
        while (log.length === 0) await new Promise(setImmediate);
        const begun = performance.now();
        controller.abort();
        assert.deepEqual(kinds(await answers), ['cancelled']);
        assert.ok(performance.now() - begun < 500);
        assert.equal(server.requests.length, 1);
      },
    );
  });

  it('beforehand sends nothing', async () => {
    await bench(
      () => metric,
      { account: { source: 'server' } },
      async ({ server, client }) => {
        const signal = AbortSignal.abort();
        assert.deepEqual(kinds(await fetchAll(client, queries(2), { signal })), ['cancelled', 'cancelled']);
        await assert.rejects(client.listFlows(signal), { kind: 'cancelled' });
        await assert.rejects(client.probe(signal), { kind: 'cancelled' });
        assert.equal((await client.serverInfo(signal)).store, 'meta');
        assert.equal(server.requests.length, 0);
      },
    );
  });

  it('one run leaves another alone', async () => {
    const controller = new AbortController();
    const gate = createGate();
    await bench(
      () => after(gate.passed, metric),
      {},
      async ({ server, client }) => {
        const first = fetchAll(client, [query(1)], { signal: controller.signal });
        const second = fetchAll(client, [query(2)]);
        await server.received(2);
        controller.abort();
        assert.deepEqual(kinds(await first), ['cancelled']);
        gate.open();
        assert.deepEqual(kinds(await second), ['ok']);
      },
    );
  });

  it('is what dispose does', async () => {
    await bench(
      () => silence,
      {},
      async ({ server, client }) => {
        const answers = fetchAll(client, queries(3));
        const list = client.listFlows();
        await server.received(4);
        client.dispose();
        assert.deepEqual(kinds(await answers), ['cancelled', 'cancelled', 'cancelled']);
        await assert.rejects(list, { kind: 'cancelled' });
        assert.deepEqual(kinds(await fetchAll(client, [query()])), ['cancelled']);
        assert.equal(server.requests.length, 4);
      },
    );
  });
});

describe('serverInfo', () => {
  it('reads what a server says of itself', async () => {
    await bench(
      () => json({ ...info, clock: '2026-03-01T00:00:00.000Z' }),
      {},
      async ({ server, client }) => {
        assert.deepEqual(await client.serverInfo(), {
          version: '1.2.3',
          zone: 'Asia/Kolkata',
          store: 'demo',
          minRequests: 0,
          clock: Date.UTC(2026, 2, 1),
        });
        assert.equal(server.requests[0]!.url.pathname, '/v26.0/flowmeter');
      },
    );
  });

  it("is Meta's rules for everything that is no such answer", async () => {
    const strange = [graphError(100, { subcode: 33 }), json({ ...info, zone: 'Mars/Base' }), json('x'), reset, silence];
    for (const answer of strange) {
      await bench(
        () => answer,
        { limits: { deadlineMs: 40 } },
        async ({ client }) => {
          assert.deepEqual(await client.serverInfo(), { zone: 'America/Los_Angeles', store: 'meta', minRequests: 250 });
        },
      );
    }
  });

  it('keeps what was known while the server is away', async () => {
    await bench(
      ({ index }) => (index === 0 ? json(info) : reset),
      {},
      async ({ client }) => {
        assert.equal((await client.serverInfo()).store, 'demo');
        assert.equal((await client.serverInfo()).store, 'demo');
      },
    );
  });

  it('is not even asked of Meta', async () => {
    const log: string[] = [];
    const client = createHttpClient({
      account: { name: 'Meta', source: 'meta', businessAccountId: '1' },
      token: 'token-0123456789',
      log: (line) => void log.push(line),
    });
    assert.deepEqual(await client.serverInfo(), { zone: 'America/Los_Angeles', store: 'meta', minRequests: 250 });
    client.dispose();
    assert.deepEqual(log, []);
  });

  it('gives the day by which queries are checked, also of a clock that stands still', async () => {
    const script = (request: SeenRequest): Answer =>
      request.url.pathname.endsWith('flowmeter') ? json({ ...info, clock: '2020-06-15T00:00:00.000Z' }) : metric;
    await bench(script, { account: { source: 'server' } }, async ({ server, client }) => {
      const answers = await fetchAll(client, [query(1, { since: '2020-06-01' }), query(1, { since: '2026-01-20' })]);
      assert.deepEqual(kinds(answers), ['ok', 'invalidRequest']);
      assert.equal(server.requests.length, 2);
    });
  });
});

describe('createHttpClient', () => {
  it('refuses an address to which no token may go', () => {
    for (const baseUrl of ['http://evil.example', 'https://a@b', undefined]) {
      const account = { name: 'A', source: 'server', ...(baseUrl ? { baseUrl } : {}) } as const;
      assert.throws(
        () => createHttpClient({ account, token: 'x' }),
        (error) => error instanceof MetricsError && error.kind === 'invalidRequest',
      );
    }
  });
});
