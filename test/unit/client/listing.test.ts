import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createHttpClient } from '../../../src/client/httpClient';
import { createListSupport } from '../../../src/client/listSupport';
import type { MetricsError } from '../../../src/contract/errors';
import {
  flowPage,
  graphError,
  html,
  json,
  reset,
  startFaultServer,
  type Answer,
  type FakeFlow,
  type SeenRequest,
} from '../../fixtures/faultServer';
import { bench, owner, token } from './harness';

function flows(count: number, status = 'PUBLISHED'): FakeFlow[] {
  return Array.from({ length: count }, (_, i) => ({ id: String(1000 + i), name: `Flow ${i}`, status }));
}

function isList({ url }: SeenRequest): boolean {
  return url.pathname.endsWith('/flows');
}

function idOf({ url }: SeenRequest): string {
  return url.pathname.split('/').at(-1)!;
}

const details: Answer = (response, request) =>
  json({
    id: idOf(request),
    name: `Name of ${idOf(request)}`,
    status: 'PUBLISHED',
    endpoint_uri: 'https://example.com/flow',
    data_api_version: '3.0',
    whatsapp_business_account: { id: owner, name: 'Shop' },
  })(response, request);

describe('listFlows by business account', () => {
  it('follows cursors to the end, on its own origin only', async () => {
    const elsewhere = await startFaultServer(() => flowPage(flows(450)));
    try {
      await bench(
        () => flowPage(flows(450), elsewhere.url),
        {},
        async ({ server, client }) => {
          const listing = await client.listFlows();
          assert.deepEqual(
            listing.flows.map(({ id }) => id),
            flows(450).map(({ id }) => id),
          );
          assert.deepEqual(listing.failures, []);
          assert.equal(server.requests.length, 5);
          assert.deepEqual(
            server.requests.map(({ url }) => url.searchParams.get('after')),
            [null, '100', '200', '300', '400'],
          );
          assert.equal(
            server.requests[0]!.url.search,
            '?fields=id,name,status,endpoint_uri,data_api_version,health_status&limit=100',
          );
          assert.equal(elsewhere.requests.length, 0);
        },
      );
    } finally {
      await elsewhere.close();
    }
  });

  it('ends where paging.next is absent, not at a short or empty page', async () => {
    const pages = [[], flows(1), [], flows(3).slice(1)];
    const script = ({ index }: SeenRequest): Answer =>
      json({
        data: pages[index],
        paging: {
          cursors: { after: `c${index}` },
          ...(index < 3 ? { next: `https://graph.facebook.com/x?after=c${index}` } : {}),
        },
      });
    await bench(script, {}, async ({ server, client }) => {
      assert.equal((await client.listFlows()).flows.length, 3);
      assert.equal(server.requests.length, 4);
    });
  });

  it('lists a flow once that moved to a later page', async () => {
    const script = ({ index }: SeenRequest): Answer =>
      json({ data: flows(3), ...(index === 0 ? { paging: { next: 'https://x.example/?after=b' } } : {}) });
    await bench(script, {}, async ({ client }) => {
      assert.equal((await client.listFlows()).flows.length, 3);
    });
  });

  it('refuses a list that runs in a circle', async () => {
    const script = ({ index }: SeenRequest): Answer =>
      json({ data: [], paging: { next: 'https://x.example/', cursors: { after: ['a', 'b'][index % 2] } } });
    await bench(script, {}, async ({ server, client }) => {
      await assert.rejects(client.listFlows(), { kind: 'invalidResponse', message: /same page again/ });
      assert.equal(server.requests.length, 3);
    });
  });

  it('refuses a list without an end', async () => {
    const script = ({ index }: SeenRequest): Answer =>
      json({ data: [], paging: { next: 'https://x.example/', cursors: { after: `c${index}` } } });
    await bench(script, { account: { source: 'server' } }, async ({ server, client }) => {
      await assert.rejects(client.listFlows(), { kind: 'invalidResponse', message: /more than 400 pages/ });
      assert.equal(server.requests.length, 400);
    });
  });

  it('reads ten thousand flows, also where a page holds 25 whatever it was asked for', async () => {
    const all = flows(10_000);
    const few: Answer = (response, request) => {
      request.url.searchParams.set('limit', '25');
      return flowPage(all)(response, request);
    };
    await bench(
      () => few,
      { account: { source: 'server' } },
      async ({ server, client }) => {
        const listing = await client.listFlows();
        assert.equal(listing.flows.length, 10_000);
        assert.ok(!('limitedTo' in listing));
        assert.equal(server.requests.length, 400);
      },
    );
  });

  it('counts flows that are named by their ids among as many as there may be', async () => {
    const script = (request: SeenRequest): Answer => (isList(request) ? flowPage(flows(2)) : details);
    const options = { account: { flowIds: ['7', '8', '9'] }, limits: { maxFlows: 4 } };
    await bench(script, options, async ({ client }) => {
      const listing = await client.listFlows();
      assert.deepEqual(
        listing.flows.map(({ id }) => id),
        ['1000', '1001', '7', '8'],
      );
      assert.equal(listing.limitedTo, 4);
    });
  });

  for (const { title, count, emptyEnd, limitedTo } of [
    { title: 'is whole with as many as there may be', count: 300, emptyEnd: false, limitedTo: undefined },
    { title: 'is whole with as many, and an empty page behind them', count: 300, emptyEnd: true, limitedTo: undefined },
    { title: 'that is longer shows the first ones and says so', count: 301, emptyEnd: false, limitedTo: 300 },
    { title: 'that is much longer is not read to its end', count: 900, emptyEnd: false, limitedTo: 300 },
  ]) {
    it(`of flows ${title}`, async () => {
      const all = flows(count);
      const page: Answer = (response, request) => {
        const after = Number(request.url.searchParams.get('after') ?? 0);
        const next = after + 100 < count || (emptyEnd && after < count) ? { next: 'https://x.example/' } : {};
        const paging = { cursors: { after: String(after + 100) }, ...next };
        return json({ data: all.slice(after, after + 100), paging })(response, request);
      };
      await bench(
        () => page,
        { limits: { maxFlows: 300 } },
        async ({ server, client }) => {
          const listing = await client.listFlows();
          assert.deepEqual(
            listing.flows.map(({ id }) => id),
            flows(300).map(({ id }) => id),
          );
          assert.equal(listing.limitedTo, limitedTo);
          assert.ok(server.requests.length <= 4);
        },
      );
    });
  }

  it('rejects as a whole where a page fails', async () => {
    const expected = [
      [graphError(190), 'auth', 2],
      [graphError(200), 'permission', 2],
      [graphError(100, { subcode: 33 }), 'notFound', 3],
      [html(500), 'server', 4],
      [html(), 'invalidResponse', 2],
    ] as const;
    for (const [failure, kind, requests] of expected) {
      await bench(
        ({ index }) => (index === 1 ? failure : index === 0 ? flowPage(flows(150)) : failure),
        {},
        async ({ server, client }) => {
          await assert.rejects(client.listFlows(), { kind });
          assert.equal(server.requests.length, requests);
        },
      );
    }
  });

  it('reads flow by flow where the wider list is refused, tolerating failures', async () => {
    const script = (request: SeenRequest): Answer => {
      if (isList(request)) return request.url.searchParams.has('fields') ? graphError(100) : flowPage(flows(120));
      return { '1003': graphError(10), '1004': reset }[idOf(request)] ?? details;
    };
    await bench(script, { account: { source: 'server' } }, async ({ server, client }) => {
      const listing = await client.listFlows();
      assert.equal(listing.flows.length, 120);
      assert.deepEqual(listing.failures, []);
      assert.equal(listing.flows[2]!.dataApiVersion, '3.0');
      assert.equal(listing.flows[3]!.name, 'Flow 3');
      assert.equal(listing.flows[3]!.endpointUri, undefined);
      assert.equal(listing.flows[4]!.endpointUri, undefined);
      // The refusal, two plain pages, 120 flows, and two more attempts for the reset.
      assert.equal(server.requests.length, 1 + 2 + 120 + 2);
    });
  });

  it('keeps what was known of a flow that does not answer this time, but for what the list says', async () => {
    let round = 1;
    const script = (request: SeenRequest): Answer => {
      if (isList(request)) {
        const status = round === 1 ? 'PUBLISHED' : 'THROTTLED';
        return request.url.searchParams.has('fields') ? graphError(100) : flowPage(flows(2, status));
      }
      return round === 2 && idOf(request) === '1001' ? graphError(10) : details;
    };
    await bench(script, { account: { source: 'server' } }, async ({ client }) => {
      const first = (await client.listFlows()).flows[1]!;
      assert.equal(first.endpointUri, 'https://example.com/flow');
      for (round = 2; round <= 3; round++) {
        const again = (await client.listFlows()).flows[1]!;
        assert.equal(again.endpointUri, 'https://example.com/flow', `in round ${round}`);
        assert.equal(again.dataApiVersion, '3.0');
        if (round === 2) assert.equal(again.status, 'THROTTLED');
      }
    });
  });

  it('spends no call on details of flows that are not judged', async () => {
    const mixed = [...flows(2), { id: '5', name: 'D', status: 'DRAFT' }, { id: '6', name: 'E', status: 'DEPRECATED' }];
    const script = (request: SeenRequest): Answer =>
      isList(request) ? (request.url.searchParams.has('fields') ? graphError(100) : flowPage(mixed)) : details;
    await bench(script, {}, async ({ server, client }) => {
      assert.equal((await client.listFlows()).flows.length, 4);
      assert.deepEqual(server.requests.slice(2).map(idOf).sort(), ['1000', '1001']);
    });
  });

  it('keeps the list where the budget ends in the middle of the details', async () => {
    const script = (request: SeenRequest): Answer =>
      isList(request) ? (request.url.searchParams.has('fields') ? graphError(100) : flowPage(flows(100))) : details;
    await bench(script, {}, async ({ server, client }) => {
      const listing = await client.listFlows();
      assert.equal(listing.flows.length, 100);
      assert.equal(listing.flows.filter(({ endpointUri }) => endpointUri).length, 98);
      assert.equal(server.requests.length, 100);
    });
  });
});

/** Graph's refusal of a page that would be too large. */
const lessPlease = graphError(1, {
  status: 500,
  message: "Please reduce the amount of data you're asking for, then retry your request",
});

function limitOf({ url }: SeenRequest): number {
  return Number(url.searchParams.get('limit'));
}

function hasFields({ url }: SeenRequest): boolean {
  return url.searchParams.has('fields');
}

describe('A list that is too much for the server', () => {
  it('is asked in halves down to what the server gives, from the page on where it was refused', async () => {
    const script = (request: SeenRequest): Answer => {
      const most = Number(request.url.searchParams.get('after') ?? 0) < 100 ? 100 : 20;
      return limitOf(request) > most ? lessPlease : flowPage(flows(124));
    };
    await bench(script, {}, async ({ server, client }) => {
      assert.equal((await client.listFlows()).flows.length, 124);
      assert.deepEqual(server.requests.map(limitOf), [100, 100, 50, 25, 12, 12]);
      assert.ok(server.requests.every(hasFields));
    });
  });

  it('is asked as it worked before, also by a client that is made anew', async () => {
    const list = createListSupport();
    const script = (request: SeenRequest): Answer => (limitOf(request) > 30 ? lessPlease : flowPage(flows(30)));
    for (const expected of [
      [100, 50, 25, 25],
      [25, 25],
    ]) {
      await bench(script, { list }, async ({ server, client }) => {
        assert.equal((await client.listFlows()).flows.length, 30);
        assert.deepEqual(server.requests.map(limitOf), expected);
      });
    }
  });

  it('is read flow by flow where one flow with its health is too much, and remembers that', async () => {
    const script = (request: SeenRequest): Answer => {
      if (!isList(request)) return details;
      return hasFields(request) || limitOf(request) > 50 ? lessPlease : flowPage(flows(60));
    };
    await bench(script, { account: { source: 'server' } }, async ({ server, client }) => {
      const first = await client.listFlows();
      assert.equal(first.flows.filter(({ endpointUri }) => endpointUri).length, 60);
      const lists = (): number[] => server.requests.filter(isList).map(limitOf);
      assert.deepEqual(lists(), [100, 50, 25, 12, 6, 3, 1, 100, 50, 50]);
      assert.equal(server.requests.length, 10 + 60);
      await client.listFlows();
      assert.deepEqual(lists().slice(10), [50, 50]);
    });
  });

  it('is refused by its name where nothing is little enough, without three tries of each', async () => {
    await bench(
      () => lessPlease,
      {},
      async ({ server, client }) => {
        await assert.rejects(client.listFlows(), { kind: 'server' });
        assert.equal(server.requests.length, 7 + 7);
        await assert.rejects(client.listFlows(), { kind: 'server' });
        assert.equal(server.requests.length, 14 + 2);
      },
    );
  });

  it('ends at as many flows as ever, however small its pages', async () => {
    const script = (request: SeenRequest): Answer =>
      limitOf(request) > 50
        ? lessPlease
        : json({ data: [], paging: { next: 'https://x.example/', cursors: { after: `c${request.index}` } } });
    await bench(script, { account: { source: 'server' }, limits: { maxPages: 3 } }, async ({ server, client }) => {
      await assert.rejects(client.listFlows(), { kind: 'invalidResponse', message: /more than 3 pages/ });
      assert.equal(server.requests.length, 1 + 6);
    });
  });

  it('is no matter of code 1 without these words, which may pass', async () => {
    await bench(
      () => graphError(1, { status: 500 }),
      {},
      async ({ server, client }) => {
        await assert.rejects(client.listFlows(), { kind: 'server' });
        assert.deepEqual(server.requests.map(limitOf), [100, 100, 100]);
      },
    );
  });
});

describe('A flow that is too much with its health', () => {
  const ids = { businessAccountId: undefined as never, flowIds: ['1', '2', '3'] };

  it('is read without, and so from then on', async () => {
    const script = (request: SeenRequest): Answer =>
      idOf(request) === '2' && request.url.search.includes('health_status') ? lessPlease : details;
    await bench(script, { account: ids }, async ({ server, client }) => {
      const listing = await client.listFlows();
      assert.deepEqual([listing.flows.length, listing.failures], [3, []]);
      assert.equal(server.requests.length, 4);
      await client.listFlows();
      assert.equal(server.requests.length, 4 + 3);
    });
  });

  it('is read without where the field is refused or deprecated', async () => {
    for (const refusal of [graphError(100), graphError(12)]) {
      const script = (request: SeenRequest): Answer =>
        request.url.search.includes('health_status') ? refusal : details;
      await bench(script, { account: ids }, async ({ server, client }) => {
        assert.equal((await client.listFlows()).flows.length, 3);
        assert.equal(server.requests.length, 6);
      });
    }
  });
});

describe('An id of something else', () => {
  const gone = (field: string, type: string): Answer =>
    graphError(100, { message: `(#100) Tried accessing nonexisting field (${field}) on node type (${type})` });
  const isTypeQuestion = ({ url }: SeenRequest): boolean => url.search.includes('metadata');

  for (const type of ['business', 'page', 'application', 'WhatsAppBusinessPhoneNumber', 'user', 'WhatsAppFlow']) {
    for (const refusal of [gone('flows', type), graphError(100), graphError(100, { subcode: 33 })]) {
      it(`is told as the id of a ${type}, by its own word`, async () => {
        const script = (request: SeenRequest): Answer =>
          isTypeQuestion(request) ? json({ id: owner, metadata: { type } }) : refusal;
        await bench(script, {}, async ({ server, client }) => {
          for (const act of [() => client.probe(), () => client.listFlows(), () => client.listFlows()]) {
            const error = await act().then(
              () => assert.fail('It is refused.'),
              (thrown: MetricsError) => thrown,
            );
            assert.deepEqual([error.kind, error.details.objectType], ['notFound', type]);
          }
          assert.equal(server.requests.filter(isTypeQuestion).length, 1, 'asked once');
        });
      });
    }
  }

  it('is told from the refusal where the server does not tell the type', async () => {
    const script = (request: SeenRequest): Answer =>
      isTypeQuestion(request) ? graphError(100) : gone('flows', 'Business');
    await bench(script, {}, async ({ client }) => {
      await assert.rejects(client.probe(), (error: MetricsError) => error.details.objectType === 'Business');
    });
  });

  it('is never claimed of an id that is right, or of which nothing is known', async () => {
    for (const [answer, kind] of [
      [json({ id: owner, metadata: { type: 'whats_app_business_account' } }), 'invalidRequest'],
      [json({ id: owner, metadata: { type: 'WhatsAppBusinessAccount' } }), 'invalidRequest'],
      [json({ id: owner }), 'invalidRequest'],
      [json({ metadata: { type: '<b>' } }), 'invalidRequest'],
      [html(500), 'invalidRequest'],
    ] as const) {
      await bench(
        (request) => (isTypeQuestion(request) ? answer : graphError(100)),
        {},
        async ({ client }) => {
          await assert.rejects(client.probe(), (error: MetricsError) => {
            assert.deepEqual([error.kind, error.details.objectType], [kind, undefined]);
            return true;
          });
        },
      );
    }
  });

  it('is told of single flows as well', async () => {
    const script = (request: SeenRequest): Answer =>
      idOf(request) === '2' ? gone('endpoint_uri', 'WhatsAppBusinessAccount') : details;
    const ids = { businessAccountId: undefined as never, flowIds: ['1', '2'] };
    await bench(script, { account: ids }, async ({ client }) => {
      const { flows: read, failures } = await client.listFlows();
      assert.equal(read.length, 1);
      assert.deepEqual(
        failures.map(({ id, error }) => [id, error.kind, error.details.objectType]),
        [['2', 'notFound', 'WhatsAppBusinessAccount']],
      );
    });
    await bench(script, { account: { ...ids, flowIds: ['2'] } }, async ({ client }) => {
      await assert.rejects(client.probe(), (error: MetricsError) => error.details.objectType !== undefined);
    });
  });
});

describe('listFlows by flow ids', () => {
  const account = { name: 'Ids', source: 'meta', flowIds: ['1', '2', '2', '3'] } as const;
  const only = { account: { ...account, businessAccountId: undefined as never } };

  it('reads each once and lists failures by id', async () => {
    const script = (request: SeenRequest): Answer =>
      idOf(request) === '2' ? graphError(100, { subcode: 33 }) : details;
    await bench(script, only, async ({ server, client }) => {
      const listing = await client.listFlows();
      assert.deepEqual(
        listing.flows.map(({ id }) => id),
        ['1', '3'],
      );
      assert.equal(listing.flows[0]!.businessAccount?.id, owner);
      assert.deepEqual(
        listing.failures.map(({ id, error }) => [id, error.kind]),
        [['2', 'notFound']],
      );
      assert.equal(server.requests.length, 3);
      assert.match(server.requests[0]!.url.search, /health_status,whatsapp_business_account$/);
    });
  });

  it('lists all ids as failures where none is found', async () => {
    await bench(
      () => graphError(100, { subcode: 33 }),
      only,
      async ({ client }) => {
        const listing = await client.listFlows();
        assert.equal(listing.flows.length, 0);
        assert.equal(listing.failures.length, 3);
      },
    );
  });

  it('rejects where the account is the matter: token, or nothing answers', async () => {
    for (const [answer, kind] of [
      [graphError(190), 'auth'],
      [reset, 'network'],
      [graphError(10), 'permission'],
      [graphError(80008), 'rateLimited'],
    ] as const) {
      await bench(
        () => answer,
        only,
        async ({ client }) => {
          await assert.rejects(client.listFlows(), { kind });
        },
      );
    }
  });

  it('joins both ways in, reading only what the list lacks', async () => {
    const script = (request: SeenRequest): Answer => (isList(request) ? flowPage(flows(2)) : details);
    await bench(script, { account: { flowIds: ['1001', '77'] } }, async ({ server, client }) => {
      assert.deepEqual(
        (await client.listFlows()).flows.map(({ id }) => id),
        ['1000', '1001', '77'],
      );
      assert.deepEqual(server.requests.map(idOf), ['flows', '77']);
    });
  });

  it('needs something to ask for', async () => {
    await bench(
      () => details,
      { account: { businessAccountId: undefined as never } },
      async ({ server, client }) => {
        await assert.rejects(client.listFlows(), { kind: 'invalidRequest' });
        await assert.rejects(client.probe(), { kind: 'invalidRequest' });
        assert.equal(server.requests.length, 0);
      },
    );
  });
});

describe('A demo account', () => {
  it('knows its business account by itself', async () => {
    const server = await startFaultServer(() => flowPage(flows(2)));
    const client = createHttpClient({ account: { name: 'Demo', source: 'demo' }, embeddedUrl: server.url, token });
    try {
      assert.equal((await client.listFlows()).flows.length, 2);
      assert.equal(server.requests[0]!.url.pathname, `/v26.0/${owner}/flows`);
    } finally {
      client.dispose();
      await server.close();
    }
  });
});

describe('probe', () => {
  it('asks for one flow of the business account', async () => {
    await bench(
      () => flowPage(flows(3)),
      {},
      async ({ server, client }) => {
        await client.probe();
        assert.deepEqual(
          server.requests.map(({ url }) => url.pathname + url.search),
          [`/v26.0/${owner}/flows?limit=1`],
        );
      },
    );
  });

  it('asks for the first flow where only flows are known', async () => {
    await bench(
      () => details,
      { account: { businessAccountId: undefined as never, flowIds: ['8', '9'] } },
      async ({ server, client }) => {
        await client.probe();
        assert.deepEqual(
          server.requests.map(({ url }) => url.pathname + url.search),
          ['/v26.0/8?fields=id,name,status,endpoint_uri'],
        );
      },
    );
  });

  it('rejects by kind', async () => {
    for (const [answer, kind] of [
      [graphError(190, { subcode: 463 }), 'auth'],
      [graphError(200), 'permission'],
      [graphError(80008), 'rateLimited'],
      [graphError(100, { subcode: 33 }), 'notFound'],
      [html(), 'invalidResponse'],
      [json({ hello: 'world' }), 'invalidResponse'],
      [reset, 'network'],
    ] as const) {
      await bench(
        () => answer,
        {},
        async ({ client }) => {
          await assert.rejects(client.probe(), { kind });
        },
      );
    }
  });
});
