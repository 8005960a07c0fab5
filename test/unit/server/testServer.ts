import { metaZone } from '../../../src/contract/calendar';
import { createApp } from '../../../src/server/app';
import { createDemoStore } from '../../../src/store/demo/demoStore';
import { startHttpServer, type RunningServer } from '../../../src/server/httpServer';
import type { MeterStore } from '../../../src/store/meterStore';
import { createRateLimit } from '../../../src/server/rateLimit';
import type { MetricStore } from '../../../src/store/metricStore';

export const token = 'right-token';
export const expiredToken = 'old-token';
export const flowIds = {
  booking: '1204588317730952',
  newsletter: '1187422960415573',
  delivery: '1339508127746021',
  loan: '1421077653398240',
  throttled: '1098233745561187',
  blocked: '1250664418932705',
  unchecked: '1165900382247714',
  few: '1312750096683429',
  tooFew: '1473318829905561',
  noEndpoint: '1056641273389015',
  draft: '1530447720168893',
  deprecated: '1148839915502276',
} as const;

export interface TestServerOptions {
  readonly clock?: string;
  readonly zone?: string;
  readonly seed?: number;
  readonly minRequests?: number;
  readonly rateLimit?: number;
  readonly rateClock?: () => number;
  readonly store?: MetricStore;
  readonly moreHosts?: readonly string[];
  /** Served in place of `store`, with the door for events. */
  readonly meter?: MeterStore;
}

/** What a test reads of an answer; `any` spares each test a shape of its own. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- JSON under test
  readonly json: any;
}

export interface TestServer extends RunningServer {
  get(path: string): Promise<Answer>;
  post(path: string, body: string, contentType?: string): Promise<Answer>;
}

export const testClock = '2026-03-12T14:18:00Z';

/** The server with demo data on a free port, as the command line would run it. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const clock = Date.parse(options.clock ?? testClock);
  const now = (): number => clock;
  const { zone = metaZone, seed = 1, minRequests = 250, rateLimit, rateClock = Date.now } = options;
  const { meter } = options;
  const store = meter ?? options.store ?? createDemoStore({ seed, now, zone });
  const app = createApp({
    store,
    ...(meter ? { meter } : {}),
    now,
    fixedClock: true,
    minRequests,
    version: '1.2.3',
    ...(rateLimit === undefined ? {} : { rateLimit: createRateLimit(rateLimit, '100200300400500', rateClock) }),
  });
  const server = await startHttpServer({
    app,
    port: 0,
    token,
    expiredToken,
    ...(options.moreHosts === undefined ? {} : { moreHosts: options.moreHosts }),
  });
  const send = async (path: string, init: RequestInit): Promise<Answer> => {
    const headers = { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string> | undefined) };
    const response = await fetch(server.url + path, { ...init, headers });
    return { status: response.status, headers: response.headers, json: await response.json() };
  };
  return {
    ...server,
    get: (path) => send(path, {}),
    post: (path, body, contentType = 'application/x-www-form-urlencoded') =>
      send(path, { method: 'POST', body, headers: { 'content-type': contentType } }),
  };
}
