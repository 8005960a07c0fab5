import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { BatchSupport } from '../../../src/client/batch';
import type { MetricAnswer } from '../../../src/contract/client';
import {
  after,
  batch,
  batchParts,
  createGate,
  errorPart,
  graphError,
  html,
  json,
  metric,
  metricBody,
  part,
  raw,
  redirect,
  reset,
  silence,
  text,
  usageHeaders,
  type Answer,
  type Script,
  type SeenRequest,
} from '../../fixtures/faultServer';
import { bench, errorOf, kinds, noon, queries, query, token, type Bench, type BenchOptions } from './harness';
import { fetchAll } from '../../fixtures/fetchAll';

const minute = 60_000;
const roomy = usageHeaders(1);

/** Batches are answered by the one, single requests by the other. */
function script(post: (request: SeenRequest) => Answer, get: (request: SeenRequest) => Answer = () => metric): Script {
  return (request) => (request.method === 'POST' ? post(request) : get(request));
}

interface BatchBench extends Bench {
  readonly record: BatchSupport;
  /** `POST 50` or `GET`, in the order of arrival. */
  seen(): string[];
  count(method: string): number;
}

/** The account is on a server without limits, whose word on batches is not known unless the options say so. */
async function batchBench(
  answers: Script,
  { word = 'untried', ...options }: BenchOptions & { readonly word?: BatchSupport['state'] },
  run: (bench: BatchBench) => Promise<void>,
): Promise<void> {
  const record: BatchSupport = { state: word };
  const own: Script = (request) =>
    request.url.pathname.endsWith('flowmeter') ? graphError(100, { subcode: 33 }) : answers(request);
  await bench(own, { account: { source: 'server' }, batch: record, ...options }, async ({ server, ...rest }) => {
    if (options.account?.source !== 'meta') await rest.client.serverInfo();
    const requests = (): readonly SeenRequest[] =>
      server.requests.filter(({ url }) => !url.pathname.endsWith('flowmeter'));
    const seen = (): string[] =>
      requests().map((request) => (request.method === 'POST' ? `POST ${batchParts(request).length}` : 'GET'));
    const count = (method: string): number => requests().filter((request) => request.method === method).length;
    await run({ server, ...rest, record, seen, count });
  });
}

const withdrawnFaces: readonly ((id: string) => unknown)[] = [
  (id) => part({ id, metric: null }),
  (id) => part({ id }),
  () => errorPart(12),
  () =>
    part(
      { error: { code: 100, message: '(#100) Tried accessing nonexisting field (metric) on node type (Flow)' } },
      400,
    ),
];

function flowOf(url: URL): number {
  return Number(url.pathname.split('/').at(-1));
}

describe('A batch', () => {
  it('carries fifty reads: a thousand take 20 requests', async () => {
    await batchBench(
      script(() => batch()),
      {},
      async ({ server, client, record, seen }) => {
        const told: MetricAnswer[] = [];
        const answers = await fetchAll(client, queries(1000), { onAnswer: (answer) => void told.push(answer) });
        assert.deepEqual(new Set(kinds(answers)), new Set(['ok']));
        assert.deepEqual(seen(), Array<string>(20).fill('POST 50'));
        assert.equal(told.length, 1000);
        assert.equal(record.state, 'works');
        assert.ok(server.mostAtOnce <= 6, `${server.mostAtOnce} at once`);
        assert.ok(server.connections <= 6, `${server.connections} connections`);
      },
    );
  });

  it('asks as Graph wants it: a form of relative addresses, with the token in the header alone', async () => {
    await batchBench(
      script(() => batch()),
      {},
      async ({ server, client }) => {
        await fetchAll(client, queries(17));
        const request = server.requests.at(-1)!;
        assert.equal(request.url.pathname + request.url.search, '/v26.0/');
        assert.equal(request.headers['content-type'], 'application/x-www-form-urlencoded');
        assert.equal(request.headers.authorization, `Bearer ${token}`);
        assert.ok(!request.body.includes(token));
        const [first] = JSON.parse(new URLSearchParams(request.body).get('batch')!) as unknown[];
        assert.deepEqual(first, {
          method: 'GET',
          relative_url: '1?fields=metric.name(ENDPOINT_REQUEST_COUNT).granularity(DAY)',
        });
      },
    );
  });

  it('is not used for what is in flight at once anyway', async () => {
    await batchBench(
      script(() => batch()),
      {},
      async ({ client, seen, record }) => {
        await fetchAll(client, queries(16));
        assert.deepEqual(seen(), Array<string>(16).fill('GET'));
        assert.equal(record.state, 'untried');
        await fetchAll(client, queries(17));
        assert.deepEqual(seen().slice(16), ['POST 17']);
      },
    );
  });

  it('is tried alone, once, also by runs that begin together', async () => {
    const gate = createGate();
    await batchBench(
      script(() => after(gate.passed, batch())),
      {},
      async ({ server, client, seen }) => {
        const both = [fetchAll(client, queries(200)), fetchAll(client, queries(100))];
        await server.received(2);
        // Whatever else was sent would have come before this.
        await fetchAll(client, [query()]);
        assert.deepEqual(seen(), ['POST 50', 'GET']);
        gate.open();
        await Promise.all(both);
        assert.deepEqual(seen(), ['POST 50', 'GET', ...Array<string>(5).fill('POST 50')]);
      },
    );
  });

  it('is several at once, and never more than 16 requests with the single ones', async () => {
    const gate = createGate();
    let open = 0;
    const counted = (answer: Answer): Answer => {
      if (++open === 16) gate.open();
      return after(gate.passed, answer);
    };
    await batchBench(
      script(
        () => counted(batch()),
        () => counted(metric),
      ),
      { word: 'works' },
      async ({ server, client }) => {
        const many = fetchAll(client, queries(1000));
        const few = Array.from({ length: 30 }, (_, i) => fetchAll(client, [query(i + 1, { granularity: 'HOUR' })]));
        await Promise.all([many, ...few]);
        assert.equal(server.mostAtOnce, 16);
        assert.ok(server.connections <= 16);
      },
    );
  });

  it('is smaller where answers are large', async () => {
    const large = Array.from({ length: 100 }, (_, i) =>
      query(i + 1, { granularity: 'HOUR', metric: 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL' }),
    );
    await batchBench(
      script(() => batch()),
      { word: 'works' },
      async ({ client, seen }) => {
        await fetchAll(client, large);
        assert.deepEqual(seen(), [...Array<string>(33).fill('POST 3'), 'POST 1']);
      },
    );
  });

  it('reads single flows as well', async () => {
    const flowIds = Array.from({ length: 60 }, (_, i) => String(i + 1));
    const flow = (url: URL): unknown =>
      flowOf(url) === 7 ? errorPart(100, { subcode: 33 }) : part({ id: String(flowOf(url)), name: 'A' });
    await batchBench(
      script(() => batch(flow)),
      { account: { source: 'server', businessAccountId: undefined as never, flowIds } },
      async ({ client, seen }) => {
        const { flows, failures } = await client.listFlows();
        assert.equal(flows.length, 59);
        assert.deepEqual(
          failures.map(({ id, error }) => [id, error.kind]),
          [['7', 'notFound']],
        );
        assert.deepEqual(seen(), ['POST 50', 'POST 10']);
      },
    );
  });

  it('gives its answers one by one, and lets others work in between', async () => {
    await batchBench(
      script(() => batch()),
      { word: 'works' },
      async ({ client }) => {
        let rounds = 0;
        let last = -1;
        const tick = (): void => {
          rounds++;
          timer = setImmediate(tick);
        };
        let timer = setImmediate(tick);
        await fetchAll(client, queries(50), {
          onAnswer: () => {
            assert.notEqual(rounds, last, 'two answers in one round of the event loop');
            last = rounds;
          },
        });
        clearImmediate(timer);
      },
    );
  });
});

describe('Where batches do not work', () => {
  const refusals: readonly (readonly [string, Answer])[] = [
    ['refused as a bad request', graphError(100)],
    ['refused with an unknown code', graphError(9999)],
    ['refused by permission', graphError(200, { status: 403 })],
    ['unknown here', html(404)],
    ['not allowed', text('', 405)],
    ['answered with HTML', html()],
    ['answered with nothing', text('')],
    ['answered with an object', json({ id: '1' })],
    ['answered with too few parts', json([part({ id: '1' })])],
    ['answered with too many parts', json(Array.from({ length: 51 }, () => part({ id: '1' })))],
    ['answered with nothing but null', batch(() => null)],
    ['answered with words in place of parts', batch(() => 'ok')],
    ['answered without bodies', batch(() => ({ code: 200 }))],
    ['answered in another order', batch((url) => part({ ...(metricBody(url) as object), id: '4711' }))],
    ['redirected', redirect('https://example.com/')],
    ['answered with something other than HTTP', raw('SSH-2.0\r\n')],
    ['answered with trouble the first time', html(503)],
    ['never answered', silence],
  ];
  for (const [title, refusal] of refusals) {
    it(`(${title}) each read goes by itself, for good`, async () => {
      const limits = { batchDeadlineMs: 60 };
      await batchBench(
        script(() => refusal),
        { limits },
        async ({ client, record, seen }) => {
          assert.deepEqual(new Set(kinds(await fetchAll(client, queries(120)))), new Set(['ok']));
          assert.deepEqual(seen(), ['POST 50', ...Array<string>(120).fill('GET')]);
          assert.equal(record.state, 'refused');
          await fetchAll(client, queries(60));
          assert.equal(seen().length, 181);
        },
      );
    });
  }

  it('that was learnt holds for a client made anew', async () => {
    const record: BatchSupport = { state: 'refused' };
    await batchBench(
      script(() => batch()),
      { batch: record },
      async ({ client, count }) => {
        await fetchAll(client, queries(60));
        assert.deepEqual([count('POST'), count('GET')], [0, 60]);
      },
    );
  });

  it('a broken connection says nothing against them', async () => {
    let posts = 0;
    await batchBench(
      script(() => (++posts === 1 ? reset : batch())),
      {},
      async ({ client, record, count }) => {
        assert.deepEqual(new Set(kinds(await fetchAll(client, queries(120)))), new Set(['ok']));
        assert.deepEqual([count('POST'), count('GET')], [1, 120]);
        assert.equal(record.state, 'untried');
        await fetchAll(client, queries(120));
        assert.deepEqual([count('POST'), count('GET')], [4, 120]);
      },
    );
  });

  it('passing trouble of a server that knows them sends only those reads by themselves', async () => {
    let posts = 0;
    for (const trouble of [html(503), graphError(2, { status: 500 }), reset]) {
      posts = 0;
      await batchBench(
        script(() => (++posts === 2 ? trouble : batch())),
        { word: 'works' },
        async ({ client, record, count }) => {
          assert.deepEqual(new Set(kinds(await fetchAll(client, queries(200)))), new Set(['ok']));
          assert.deepEqual([count('POST'), count('GET')], [4, 50]);
          assert.equal(record.state, 'works');
        },
      );
    }
  });

  it('a server that cannot be reached is still given up after one load', async () => {
    await batchBench(
      () => silence,
      { limits: { deadlineMs: 30, batchDeadlineMs: 30 } },
      async ({ client, count }) => {
        const answers = await fetchAll(client, queries(1000));
        assert.ok(answers.every((answer) => errorOf(answer).kind === 'timeout'));
        assert.equal(count('POST'), 1);
        // The 50 reads of the batch have two attempts left; at most 31 reads begin before 16 in a row have failed.
        assert.ok(count('GET') <= 31 * 3, `${count('GET')} requests`);
      },
    );
  });

  it('an answer beyond the limit of bytes is cut off, and the reads go by themselves', async () => {
    const hostile = text(`[${' '.repeat(9 * 1024 * 1024)}]`);
    await batchBench(
      script(() => hostile),
      {},
      async ({ client, record, count }) => {
        assert.deepEqual(new Set(kinds(await fetchAll(client, queries(50)))), new Set(['ok']));
        assert.deepEqual([count('POST'), count('GET'), record.state], [1, 50, 'refused']);
      },
    );
  });
});

describe('A part of a batch', () => {
  /** Runs a batch of 50 in which flow 7 is answered so; single requests are answered by `get`. */
  async function withPart(
    own: unknown,
    get: Answer,
    check: (bench: BatchBench, answers: readonly MetricAnswer[]) => void | Promise<void>,
    options: BenchOptions = {},
  ): Promise<void> {
    await batchBench(
      script(
        () => batch((url) => (flowOf(url) === 7 ? own : undefined)),
        () => get,
      ),
      options,
      async (running) => check(running, await fetchAll(running.client, queries(50))),
    );
  }

  it('keeps its own error and spoils no other', async () => {
    for (const [own, kind] of [
      [errorPart(139006), 'notEnoughData'],
      [errorPart(139006, { status: 200 }), 'notEnoughData'],
      [errorPart(100, { subcode: 33 }), 'notFound'],
      [errorPart(100), 'invalidRequest'],
      [errorPart(10, { status: 403 }), 'permission'],
      [errorPart(368), 'server'],
      [part('no json'), 'invalidResponse'],
      [part({ id: '7', metric: { data_points: [{}] } }), 'invalidResponse'],
      [part('', 404), 'invalidResponse'],
    ] as const) {
      await withPart(own, metric, ({ seen, record }, answers) => {
        const wanted = answers.map((_, i) => (i === 6 ? kind : 'ok'));
        assert.deepEqual(kinds(answers), wanted);
        assert.deepEqual(seen(), ['POST 50']);
        assert.equal(record.state, 'works');
      });
    }
  });

  it('that was left out, or failed for now, is asked again by itself', async () => {
    for (const own of [
      null,
      errorPart(2),
      errorPart(1, { status: 500 }),
      part('', 503),
      errorPart(131000, { transient: true }),
    ]) {
      await withPart(own, metric, ({ seen }, answers) => {
        assert.deepEqual(new Set(kinds(answers)), new Set(['ok']));
        assert.deepEqual(seen(), ['POST 50', 'GET']);
      });
    }
  });

  it('has three attempts in all', async () => {
    const pauses: number[] = [];
    const sleep = async (ms: number): Promise<void> => void pauses.push(ms);
    await withPart(
      errorPart(2),
      graphError(2),
      ({ seen }, answers) => {
        assert.equal(errorOf(answers[6]).kind, 'server');
        assert.deepEqual(seen(), ['POST 50', 'GET', 'GET']);
        assert.deepEqual(pauses, [500, 1000]);
      },
      { sleep, random: () => 0.5 },
    );
  });

  it('that refuses the token ends the run: of 5000 reads one batch is sent', async () => {
    await batchBench(
      script(() => batch(() => errorPart(190, { subcode: 463, status: 401 }))),
      {},
      async ({ client, seen }) => {
        const answers = await fetchAll(client, queries(5000));
        assert.ok(answers.every((answer) => errorOf(answer).kind === 'auth'));
        assert.ok(answers.every((answer) => errorOf(answer).details.reason === 'expired'));
        assert.deepEqual(seen(), ['POST 50']);
      },
    );
  });

  it('one 190 among good ones leaves those, and ends the run', async () => {
    await batchBench(
      script(() => batch((url) => (flowOf(url) === 7 ? errorPart(190) : undefined))),
      {},
      async ({ client, seen }) => {
        const answers = await fetchAll(client, queries(120));
        assert.equal(kinds(answers).filter((kind) => kind === 'ok').length, 49);
        assert.equal(kinds(answers).filter((kind) => kind === 'auth').length, 71);
        assert.deepEqual(seen(), ['POST 50']);
      },
    );
  });

  it('that says to wait pauses everything until then', async () => {
    const clock = { time: noon, now: () => clock.time };
    await withPart(
      errorPart(80008, { headers: usageHeaders(100, 10) }),
      metric,
      async ({ client, seen }, answers) => {
        assert.equal(kinds(answers).filter((kind) => kind === 'ok').length, 49);
        assert.equal(errorOf(answers[6]).details.retryAt, noon + 10 * minute);
        assert.deepEqual(kinds(await fetchAll(client, [query()])), ['rateLimited']);
        assert.deepEqual(seen(), ['POST 50']);
        clock.time += 10 * minute;
        assert.deepEqual(kinds(await fetchAll(client, [query()])), ['ok']);
      },
      { clock },
    );
  });

  it('never shows the token that it echoes', async () => {
    const secret = 'EAAcanary/+=0123456789abcdefghijklmnopqrstuvwxyz';
    const echo = { id: '7', metric: { name: secret, data_points: [] } };
    const escaped = JSON.stringify(echo).replaceAll('/', '\\/');
    for (const own of [part(echo), part(escaped), errorPart(100, {})]) {
      await withPart(
        own,
        metric,
        ({ log }, answers) => {
          const all = JSON.stringify([answers, log, errorOf(answers[6]).message]);
          assert.ok(!all.includes('canary'));
        },
        { token: secret },
      );
    }
  });
});

describe('A refused token', () => {
  it('of a batch that was never tried is believed from single requests', async () => {
    await batchBench(
      script(() => graphError(190, { status: 401 })),
      {},
      async ({ client, record, seen }) => {
        assert.deepEqual(new Set(kinds(await fetchAll(client, queries(50)))), new Set(['ok']));
        assert.equal(seen().length, 51);
        assert.equal(record.state, 'untried');
      },
    );
  });

  it('of a batch that is known to work ends the run', async () => {
    await batchBench(
      () => graphError(190, { subcode: 463, status: 401 }),
      { word: 'works', limits: { batchesInFlight: 1 } },
      async ({ client, seen }) => {
        const answers = await fetchAll(client, queries(5000));
        assert.ok(answers.every((answer) => errorOf(answer).kind === 'auth'));
        assert.deepEqual(seen(), ['POST 50']);
      },
    );
  });
});

describe('Limits and batches', () => {
  const meta = { source: 'meta' } as const;

  it('each part is a call of the hundred that Meta gets unproven', async () => {
    await batchBench(
      script(() => batch()),
      { account: meta },
      async ({ client, seen }) => {
        const answers = await fetchAll(client, queries(260));
        assert.deepEqual(seen(), ['POST 50', 'POST 50']);
        assert.deepEqual(kinds(answers), [...Array<string>(100).fill('ok'), ...Array<string>(160).fill('rateLimited')]);
        assert.deepEqual(
          [errorOf(answers[100]).details.own, errorOf(answers[100]).details.retryAt],
          [true, noon + 60 * minute],
        );
      },
    );
  });

  it('a batch is cut where the budget ends', async () => {
    await batchBench(
      script(() => batch()),
      { account: meta, word: 'works' },
      async ({ client, seen }) => {
        await fetchAll(client, queries(16));
        const answers = await fetchAll(client, queries(100));
        assert.deepEqual(seen().slice(16), ['POST 50', 'POST 34']);
        assert.equal(kinds(answers).filter((kind) => kind === 'ok').length, 84);
      },
    );
  });

  it('headers of parts show that there is room', async () => {
    await batchBench(
      script(() => batch((url) => part(metricBody(url), 200, roomy))),
      { account: meta },
      async ({ server, client, seen }) => {
        assert.deepEqual(new Set(kinds(await fetchAll(client, queries(1000)))), new Set(['ok']));
        assert.deepEqual(seen(), Array<string>(20).fill('POST 50'));
        // 1 % is used; three batches in flight may be 75 % of the smallest limit that Meta has, a fourth would be 100 %.
        assert.ok(server.mostAtOnce <= 3, `${server.mostAtOnce} at once`);
      },
    );
  });

  it('from 80 % on single requests go a second apart, and at 95 % none', async () => {
    const pauses: number[] = [];
    const sleep = async (ms: number): Promise<void> => void pauses.push(ms);
    const percents = [78, 80, 85, 90, 94, 95];
    let answered = 0;
    const used = (): Record<string, string> => ({ ...usageHeaders(percents[answered++] ?? 99) });
    await batchBench(
      script(
        () => (response, request) =>
          json(
            batchParts(request).map((url) => part(metricBody(url))),
            200,
            used(),
          )(response, request),
        () => (response, request) => json(metricBody(request.url), 200, used())(response, request),
      ),
      { sleep, limits: { inFlight: 1, batchesInFlight: 1 } },
      async ({ client, seen }) => {
        const answers = await fetchAll(client, queries(200));
        // The second batch is what fits below 95 % if half a percent is a call.
        assert.deepEqual(seen(), ['POST 50', 'POST 34', 'GET', 'GET', 'GET', 'GET']);
        assert.deepEqual(pauses, [1000, 2000, 3000]);
        assert.equal(kinds(answers).filter((kind) => kind === 'ok').length, 88);
        const { kind, details } = errorOf(answers[199]);
        assert.equal(kind, 'rateLimited');
        assert.deepEqual([details.own, details.usedPercent, details.retryAt], [true, 95, noon + 15 * minute]);
      },
    );
  });
});

describe('Cancelling', () => {
  it('ends batches in flight and those that wait', async () => {
    const controller = new AbortController();
    await batchBench(
      () => silence,
      { word: 'works' },
      async ({ server, client, seen }) => {
        const answers = fetchAll(client, queries(600), { signal: controller.signal });
        await server.received(1 + 6);
        controller.abort();
        assert.deepEqual(new Set(kinds(await answers)), new Set(['cancelled']));
        assert.deepEqual(seen(), Array<string>(6).fill('POST 50'));
      },
    );
  });

  it('ends a wait for room', async () => {
    const controller = new AbortController();
    await batchBench(
      () => silence,
      { account: { source: 'meta' }, word: 'works' },
      async ({ server, client, seen }) => {
        const answers = fetchAll(client, queries(600), { signal: controller.signal });
        await server.received(2);
        controller.abort();
        assert.deepEqual(new Set(kinds(await answers)), new Set(['cancelled']));
        assert.deepEqual(seen(), ['POST 50', 'POST 50']);
      },
    );
  });
});

describe('The end of the metric field in a batch', () => {
  it('is told for each part that says so, in whatever words, and for no other', async () => {
    const post: Answer = batch((url, i) => withdrawnFaces[i]?.(String(flowOf(url))));
    await batchBench(
      script(() => post),
      {},
      async ({ client, count }) => {
        const answers = await fetchAll(client, queries(50));
        assert.deepEqual(kinds(answers), [
          ...withdrawnFaces.map(() => 'withdrawn'),
          ...new Array<string>(46).fill('ok'),
        ]);
        assert.equal(count('GET'), 0);
      },
    );
  });
});

describe('A batch that is too much for the server', () => {
  const message = "Please reduce the amount of data you're asking for, then retry your request";

  it('is cut in halves until it is answered, and stays so', async () => {
    const post = (request: SeenRequest): Answer =>
      batchParts(request).length > 13 ? graphError(1, { status: 500, message }) : batch();
    await batchBench(script(post), {}, async ({ client, record, seen }) => {
      assert.ok(kinds(await fetchAll(client, queries(50))).every((kind) => kind === 'ok'));
      assert.deepEqual(seen(), ['POST 50', 'POST 25', 'POST 12', 'POST 12', 'POST 12', 'POST 12', 'POST 2']);
      assert.deepEqual([record.state, record.maxReads], ['works', 12]);
    });
  });

  it('goes as single reads where two are too much', async () => {
    await batchBench(
      script(() => graphError(1, { status: 500, message })),
      {},
      async ({ client, count }) => {
        assert.ok(kinds(await fetchAll(client, queries(20))).every((kind) => kind === 'ok'));
        assert.deepEqual([count('POST'), count('GET')], [4, 20]);
      },
    );
  });

  it('in one of its parts has that read go by itself, once', async () => {
    const tooMuch = part({ error: { code: 1, message } }, 500);
    const post = batch((_, i) => (i < 2 ? tooMuch : undefined));
    const get = ({ url }: SeenRequest): Answer =>
      flowOf(url) === 1 ? metric : graphError(1, { status: 500, message });
    await batchBench(
      script(() => post, get),
      {},
      async ({ client, count }) => {
        const answers = kinds(await fetchAll(client, queries(50)));
        assert.deepEqual([answers.filter((kind) => kind === 'ok').length, answers[1]], [49, 'server']);
        assert.deepEqual([count('POST'), count('GET')], [1, 2]);
      },
    );
  });
});
