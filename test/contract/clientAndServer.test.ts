/** Our client against our server: every route, every metric, every kind of error. */
import assert from 'node:assert/strict';
import type { BatchSupport } from '../../src/client/batch';
import { createHttpClient, type HttpClientOptions } from '../../src/client/httpClient';
import { demoBusinessAccountId, type Account } from '../../src/domain/account';
import { addDays, dateInZone, hourMs, intervalEnd, metaZone, startOfDay } from '../../src/contract/calendar';
import type { MetricsClient } from '../../src/contract/client';
import { MetricsError, metricsErrorKinds, type MetricsErrorKind } from '../../src/contract/errors';
import { flowStatuses } from '../../src/contract/flow';
import { granularities, knownKeys, metricNames, type MetricSeries } from '../../src/contract/metric';
import { oldestSince, type MetricQuery } from '../../src/contract/query';
import { batchPath, maxBatchSize, metricPath, type BatchPart, type BatchResult } from '../../src/contract/routes';
import { parseErrorBody } from '../../src/contract/errorWire';
import { judge } from '../../src/domain/health';
import type { HealthLevel, HealthWindow, SeriesByMetric } from '../../src/domain/model';
import { thresholds } from '../unit/state/thresholds';
import { totalsOf } from '../../src/domain/totals';
import { planWindow, recentSpan, resolveWindow } from '../../src/domain/windows';
import { pageOf, type FlowRange, type MetricStore } from '../../src/store/metricStore';
import {
  expiredToken,
  flowIds,
  startTestServer,
  testClock,
  token,
  type TestServer,
  type TestServerOptions,
} from '../unit/server/testServer';
import { startPlainServer, type PlainAnswer } from './plainServer';
import { demoStoreOf, storesUnderTest } from './stores';
import { isNotMeasured } from '../../src/domain/flowRules';
import { parseMetricAnswer } from '../../src/contract/metricWire';
import { fetchAll } from '../fixtures/fetchAll';

const now = Date.parse(testClock);
const today = dateInZone(now, metaZone);

type ClientOptions = Omit<Partial<HttpClientOptions>, 'account'> & { readonly account?: Partial<Account> };

/** How reads travel: each as a GET, or all in batches, however few they are. */
const ways = ['GETs', 'batches'] as const;
let way: (typeof ways)[number] = 'GETs';

function clientOf(url: string, { account, ...options }: ClientOptions = {}): MetricsClient {
  return createHttpClient({
    token,
    clock: { now: () => now },
    random: () => 0,
    batch: { state: way === 'GETs' ? 'refused' : 'untried' },
    ...options,
    limits: { batchFrom: 1, ...options.limits },
    account: { name: 'Ours', source: 'server', baseUrl: url, businessAccountId: '100200300400500', ...account },
  });
}

/** The error of an action that must fail. */
async function errorOf(action: Promise<unknown>): Promise<MetricsError> {
  const outcome = await action.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(outcome instanceof MetricsError, `${String(outcome)} is no MetricsError`);
  return outcome;
}

async function fetchOne(client: MetricsClient, query: MetricQuery): Promise<MetricSeries> {
  const [answer] = await fetchAll(client, [query]);
  if (!answer!.result.ok) throw answer!.result.error;
  return answer!.result.value;
}

const count: MetricQuery = { flowId: flowIds.booking, metric: 'ENDPOINT_REQUEST_COUNT', granularity: 'DAY' };

const stores = storesUnderTest();
const combinations = ways.flatMap((one) => stores.map((tested) => [one, tested] as const));
after(() => Promise.all(stores.map((tested) => tested.close())));

for (const [one, tested] of combinations)
  describe(`client against server, with ${one} and the ${tested.kind} store`, () => {
    const batch: BatchSupport = { state: one === 'GETs' ? 'refused' : 'untried' };
    let server: TestServer;
    let client: MetricsClient;
    /** Knows the figures without reading them from where they are served. */
    const store = demoStoreOf({ clock: now, zone: metaZone });

    before(async () => {
      way = one;
      server = await startTestServer({ store: await tested.open({ clock: now, zone: metaZone }) });
      client = clientOf(server.url, { batch });
    });
    after(async () => {
      client.dispose();
      await server.close();
    });

    /** Runs a server with the tested store at another time or in another zone. */
    async function withData(
      { clock, zone = metaZone }: { readonly clock: string; readonly zone?: string },
      run: (url: string) => Promise<void>,
    ): Promise<void> {
      await withServer({ clock, store: await tested.open({ clock: Date.parse(clock), zone }) }, run);
    }

    it('learns what the server is', async () => {
      assert.deepEqual(await client.serverInfo(), {
        version: '1.2.3',
        zone: metaZone,
        store: tested.kind,
        minRequests: 250,
        clock: now,
      });
    });

    it('tries the token', async () => {
      await client.probe();
      await clientOf(server.url, { account: { businessAccountId: undefined!, flowIds: [flowIds.loan] } }).probe();
      assert.equal(client.servedVersion, 'v26.0');
    });

    it('lists all flows with everything that is judged', async () => {
      const { flows, failures } = await client.listFlows();
      assert.deepEqual(
        flows.map(({ id }) => id),
        Object.values(flowIds),
      );
      assert.deepEqual(failures, []);
      assert.deepEqual(new Set(flows.map(({ status }) => status)), new Set(flowStatuses));
      const byId = new Map(flows.map((flow) => [flow.id, flow]));
      assert.equal(byId.get(flowIds.noEndpoint)?.endpointUri, null);
      assert.equal(byId.get(flowIds.unchecked)?.dataApiVersion, '2.1');
      assert.equal(byId.get(flowIds.blocked)?.health?.canSendMessage, 'BLOCKED');
      assert.ok(byId.get(flowIds.throttled)?.health?.entities[0]?.notes[0]);
    });

    it('reads flows by their ids and tells which could not be read', async () => {
      const own = clientOf(server.url, { account: { businessAccountId: undefined!, flowIds: [flowIds.few, '42'] } });
      const { flows, failures } = await own.listFlows();
      own.dispose();
      assert.deepEqual(
        flows.map(({ name, businessAccount }) => [name, businessAccount?.id]),
        [['Gift card balance', '100200300400500']],
      );
      assert.deepEqual(
        failures.map(({ id, error }) => [id, error.kind]),
        [['42', 'notFound']],
      );
    });

    it('follows the pages of a long list', async () => {
      const flows = Array.from({ length: 230 }, (_, i) => ({
        id: String(1000 + i),
        fields: {
          id: String(1000 + i),
          name: `Flow ${i}`,
          status: 'PUBLISHED',
          endpoint_uri: 'https://flows.example/',
          data_api_version: '3.0',
          health_status: { can_send_message: 'AVAILABLE', entities: [] },
        },
      }));
      const many = {
        ...{ kind: 'test', zone: 'UTC', businessAccount: { id: demoBusinessAccountId, fields: {} } },
        listFlows: (range: FlowRange) => Promise.resolve(pageOf(flows, range)),
      } as unknown as MetricStore;
      await withServer({ store: many }, async (url) => {
        const listing = await clientOf(url).listFlows();
        assert.deepEqual(
          listing.flows.map(({ id }) => id),
          flows.map(({ id }) => id),
        );
      });
    });

    it('reads every metric of every flow in every granularity as the store has it', async () => {
      const queries = Object.values(flowIds).flatMap((flowId) =>
        metricNames.flatMap((metric) => granularities.map((granularity) => ({ flowId, metric, granularity }))),
      );
      const answers = await fetchAll(client, queries);
      for (const { query, result } of answers) {
        const { flowId, granularity, metric } = query;
        const first = oldestSince(granularity, today) ?? (await store.firstStoredDay(flowId)) ?? today;
        const span = { begin: startOfDay(first, metaZone), end: now };
        if ((await store.countRequests(flowId, span)) < 250) {
          assert.equal(!result.ok && result.error.kind, 'notEnoughData');
          continue;
        }
        const series = await store.readSeries({ flowId, metric, granularity, span });
        assert.ok(result.ok);
        assert.deepEqual([...result.value.begins], [...series.begins]);
        assert.deepEqual(
          result.value.columns.map(({ key, values }) => [key, ...values]),
          // Without requests there is no rate; the wire then says nothing, which reads as zero.
          series.columns.map(({ key, values }) => [key, ...values.map((value) => (Number.isNaN(value) ? 0 : value))]),
        );
        assert.deepEqual(
          result.value.columns.map(({ key }) => key),
          knownKeys[metric],
        );
      }
    }).timeout(60_000);

    it('sends them so', () => {
      assert.equal(batch.state, one === 'GETs' ? 'refused' : 'works');
    });

    it('keeps to the days of the zone on both sides of both changes of clocks', async () => {
      for (const [clock, changes] of [
        ['2026-03-12T14:18:00Z', '2026-03-08'],
        ['2026-11-05T14:18:00Z', '2026-11-01'],
      ] as const) {
        for (const zone of [metaZone, 'Europe/Berlin', 'UTC', 'Asia/Kolkata', 'Asia/Kathmandu']) {
          await withData({ clock, zone }, async (url) => {
            const own = clientOf(url, { clock: { now: () => Date.parse(clock) } });
            const dates = { since: addDays(changes, -2), until: addDays(changes, 2) };
            const days = await fetchOne(own, { ...count, ...dates });
            const hours = await fetchOne(own, { ...count, ...dates, granularity: 'HOUR' });
            own.dispose();
            assert.deepEqual(
              [...days.begins],
              [-2, -1, 0, 1].map((shift) => startOfDay(addDays(changes, shift), zone)),
            );
            days.begins.forEach((begin, i) => {
              const end = intervalEnd(begin, 'DAY', zone);
              const inDay = hours.columns[0]!.values.filter(
                (_, j) => hours.begins[j]! >= begin && hours.begins[j]! < end,
              );
              assert.equal(inDay.length, (end - begin) / hourMs);
              assert.equal(
                inDay.reduce((a, b) => a + b, 0),
                days.columns[0]!.values[i],
              );
            });
          });
        }
      }
    }).timeout(60_000);

    it('takes the same queries in a batch, each with its own answer', async () => {
      const queries: readonly MetricQuery[] = [
        count,
        { ...count, flowId: flowIds.tooFew },
        { ...count, flowId: '42' },
        { ...count, metric: 'ENDPOINT_AVAILABILITY' },
      ];
      const batch: BatchPart[] = queries.map((query) => ({
        method: 'GET',
        relative_url: metricPath('v26.0', query).slice(1),
      }));
      assert.ok(batch.length <= maxBatchSize);
      const { json } = await server.post(batchPath('v26.0'), JSON.stringify({ batch }), 'application/json');
      const bodies = (json as BatchResult[]).map(({ body }) => JSON.parse(body) as unknown);
      assert.deepEqual(parseMetricAnswer(bodies[0], count), await fetchOne(client, count));
      assert.equal(parseErrorBody(bodies[1])?.error.code, 139006);
      assert.equal(parseErrorBody(bodies[2])?.error.error_subcode, 33);
      assert.deepEqual(parseMetricAnswer(bodies[3], queries[3]!), await fetchOne(client, queries[3]!));
    });

    it('judges each demo flow as it was designed', async () => {
      const designed: Record<keyof typeof flowIds, HealthLevel> = {
        booking: 'warning',
        newsletter: 'healthy',
        delivery: 'critical',
        loan: 'attention',
        throttled: 'warning',
        blocked: 'critical',
        unchecked: 'healthy',
        few: 'healthy',
        tooFew: 'unknown',
        noEndpoint: 'unknown',
        draft: 'unknown',
        deprecated: 'unknown',
      };
      for (const clock of ['2026-01-09T03:00:00Z', '2026-07-19T13:59:00Z', '2026-11-23T11:20:00Z', testClock]) {
        await withData({ clock }, async (url) => {
          const at = Date.parse(clock);
          const own = clientOf(url, { clock: { now: () => at } });
          const { flows } = await own.listFlows();
          for (const [name, flowId] of Object.entries(flowIds) as [keyof typeof flowIds, string][]) {
            const flow = flows.find(({ id }) => id === flowId)!;
            const window: HealthWindow = name === 'few' ? '7d' : '24h';
            const plan = planWindow(window, at, metaZone);
            const answers = await fetchAll(
              own,
              metricNames.map((metric) => ({ flowId, metric, granularity: plan.granularity, since: plan.since })),
            );
            const series: SeriesByMetric = Object.fromEntries(
              answers.flatMap(({ query, result }) => (result.ok ? [[query.metric, result.value]] : [])),
            );
            const time = { now: at, zone: metaZone, live: false };
            const { span } = resolveWindow(plan, series, time);
            const recent = recentSpan(series, time);
            const enough = Object.keys(series).length > 0;
            const report = judge({
              flow,
              thresholds,
              ...(enough ? { window, totals: totalsOf(series, span) } : { cause: 'notEnoughData' as const }),
              ...(recent ? { recent: totalsOf(series, recent) } : {}),
            });
            assert.equal(report.level, designed[name], `${name} at ${clock}`);
            assert.equal(isNotMeasured(flow), ['noEndpoint', 'draft', 'deprecated'].includes(name));
          }
          const few = await fetchAll(own, [
            { ...count, flowId: flowIds.few, granularity: 'HOUR', since: planWindow('24h', at, metaZone).since },
          ]);
          assert.equal(!few[0]!.result.ok && few[0]!.result.error.kind, 'notEnoughData');
          own.dispose();
        });
      }
    }).timeout(60_000);
  });

async function withServer(options: TestServerOptions, run: (url: string) => Promise<void>): Promise<void> {
  const server = await startTestServer(options);
  try {
    await run(server.url);
  } finally {
    await server.close();
  }
}

async function withAnswers(
  answer: (target: URL, count: number) => PlainAnswer | undefined,
  run: (url: string) => Promise<void>,
): Promise<void> {
  const server = await startPlainServer(answer);
  try {
    await run(server.url);
  } finally {
    await server.close();
  }
}

for (const one of ways)
  describe(`errors between client and server, with ${one}`, () => {
    before(() => {
      way = one;
    });

    const graphError =
      (code: number, more: object = {}, status = 400): (() => PlainAnswer) =>
      () => ({
        status,
        body: { error: { message: `(#${code}) text`, type: 'OAuthException', code, ...more } },
      });

    /** One way to each kind; those that our server can give come from it. */
    const waysTo: Record<MetricsErrorKind, () => Promise<void>> = {
      auth: () =>
        withServer({}, async (url) => {
          for (const [own, reason] of [
            ['wrong', 'invalid'],
            [expiredToken, 'expired'],
          ] as const) {
            const client = clientOf(url, { token: own });
            for (const action of [client.probe(), client.listFlows(), fetchOne(client, count)]) {
              const { kind, details, message } = await errorOf(action);
              assert.equal(kind, 'auth');
              assert.equal(details.reason, reason);
              assert.equal(details.code, 190);
              assert.ok(!message.includes(own));
            }
            client.dispose();
          }
          const without = await errorOf(clientOf(url, { token: undefined }).probe());
          assert.equal(without.kind, 'auth');
        }),
      permission: async () => {
        for (const code of [10, 200, 299, 3]) {
          await withAnswers(graphError(code, {}, 403), async (url) => {
            const { kind, details } = await errorOf(fetchOne(clientOf(url), count));
            assert.deepEqual([kind, details.code], ['permission', code]);
          });
        }
      },
      rateLimited: async () => {
        await withServer({ rateLimit: 1, rateClock: () => 0 }, async (url) => {
          const first = clientOf(url);
          await first.probe();
          // The header of the answer says that all is used up.
          const own = await errorOf(fetchOne(first, count));
          assert.equal(own.kind, 'rateLimited');
          assert.deepEqual([own.details.own, own.details.usedPercent, own.details.code], [true, 100, undefined]);
          const client = clientOf(url);
          const { kind, details } = await errorOf(fetchOne(client, count));
          assert.equal(kind, 'rateLimited');
          assert.equal(details.code, 80008);
          assert.equal(details.retryAt, now + hourMs);
          client.dispose();
          first.dispose();
        });
        for (const code of [4, 17, 32, 613, 80007]) {
          await withAnswers(graphError(code, { is_transient: true }), async (url) => {
            assert.equal((await errorOf(clientOf(url).probe())).kind, 'rateLimited');
          });
        }
      },
      notEnoughData: () =>
        withServer({}, async (url) => {
          for (const flowId of [flowIds.tooFew, flowIds.noEndpoint]) {
            const { kind, details } = await errorOf(fetchOne(clientOf(url), { ...count, flowId }));
            assert.deepEqual([kind, details.code], ['notEnoughData', 139006]);
          }
        }),
      notFound: () =>
        withServer({}, async (url) => {
          assert.equal((await errorOf(fetchOne(clientOf(url), { ...count, flowId: '42' }))).kind, 'notFound');
          const foreign = clientOf(url, { account: { businessAccountId: '42' } });
          assert.equal((await errorOf(foreign.listFlows())).kind, 'notFound');
          assert.equal((await errorOf(foreign.probe())).kind, 'notFound');
        }),
      invalidRequest: () =>
        withServer({}, async (url) => {
          const client = clientOf(url);
          // A day too old passes the client, which allows for doubt about the zone; the server has no doubt.
          const old = await errorOf(fetchOne(client, { ...count, since: addDays(today, -91) }));
          assert.deepEqual([old.kind, old.details.code, old.details.httpStatus], ['invalidRequest', 100, 400]);
          // What is wrong in any zone is not even sent.
          const impossible = await errorOf(fetchOne(client, { ...count, since: '2026-02-31' }));
          assert.deepEqual(
            [impossible.kind, impossible.details.httpStatus, impossible.details.parameter],
            ['invalidRequest', undefined, 'since'],
          );
          client.dispose();
        }),
      withdrawn: () =>
        withAnswers(
          graphError(100, { message: '(#100) Tried accessing nonexisting field (metric) on node type (Flow)' }),
          async (url) => assert.equal((await errorOf(fetchOne(clientOf(url), count))).kind, 'withdrawn'),
        ),
      invalidResponse: async () => {
        for (const body of ['', 'no json', '[]', '{}', '<html></html>', '{"metric":{"data_points":[{}]}}', 'null']) {
          await withAnswers(
            () => ({ body }),
            async (url) => assert.equal((await errorOf(fetchOne(clientOf(url), count))).kind, 'invalidResponse', body),
          );
        }
      },
      network: async () => {
        const server = await startTestServer();
        await server.close();
        const { kind, details } = await errorOf(clientOf(server.url).probe());
        assert.deepEqual([kind, details.transient], ['network', true]);
      },
      timeout: () =>
        withAnswers(
          () => undefined,
          async (url) => {
            const client = clientOf(url, { limits: { deadlineMs: 50, attempts: 2 } });
            assert.equal((await errorOf(client.probe())).kind, 'timeout');
            client.dispose();
          },
        ),
      cancelled: () =>
        withAnswers(
          () => undefined,
          async (url) => {
            const controller = new AbortController();
            const client = clientOf(url);
            const action = errorOf(client.probe(controller.signal));
            controller.abort();
            assert.equal((await action).kind, 'cancelled');
            client.dispose();
          },
        ),
      server: async () => {
        let reads = 0;
        const failing = {
          kind: 'test',
          zone: 'UTC',
          businessAccount: { id: demoBusinessAccountId, fields: {} },
          readFlow: () => {
            reads++;
            return Promise.reject(new Error('disk'));
          },
        } as unknown as MetricStore;
        await withServer({ store: failing }, async (url) => {
          const { kind, details } = await errorOf(fetchOne(clientOf(url), count));
          assert.deepEqual([kind, details.code, details.transient], ['server', 1, true]);
          assert.equal(reads, 3);
        });
        await withAnswers(
          (_, attempt) => (attempt < 3 ? { status: 503, body: '' } : { body: { data: [] } }),
          (url) => clientOf(url).probe(),
        );
      },
    };

    for (const kind of metricsErrorKinds) it(kind, () => waysTo[kind]());
  });
