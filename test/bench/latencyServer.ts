/**
 * A server of the Metrics API with as many flows as one likes and the latency of a distant one, as a process of its own:
 * forked with the options as its only argument. The answers are those of the demo flows, made once and kept, so that the
 * machine's time goes to whoever is measured. Parts of a batch run side by side, as Graph documents.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { metaZone } from '../../src/contract/calendar';
import { createApp } from '../../src/server/app';
import { createDemoStore } from '../../src/store/demo/demoStore';
import { demoFlows } from '../../src/store/demo/demoFlows';
import { pageOf, type FlowNode, type MetricStore } from '../../src/store/metricStore';

export interface LatencyOptions {
  readonly flows: number;
  /** Milliseconds, evenly spread between the two. */
  readonly latency: readonly [number, number];
  /** False: a batch is refused as an unknown request. */
  readonly batch: boolean;
}

/** What the server saw since it was asked last. */
export interface LatencyReport {
  readonly port: number;
  readonly requests: number;
  readonly mostAtOnce: number;
  /** Connections open at once, at most. */
  readonly sockets: number;
  /** Mean time from a request to its answer, in milliseconds. */
  readonly meanMs: number;
}

const { flows: flowCount, latency, batch } = JSON.parse(process.argv[2] ?? '{}') as LatencyOptions;

const models = demoFlows.filter(({ traffic }) => traffic !== undefined);
const records = Array.from({ length: flowCount }, (_, i): FlowNode => {
  const id = String(2_000_000_000_000_000 + i);
  const name = `${String(models[i % models.length]!.fields.name)} ${i + 1}`;
  return { id, fields: { ...models[i % models.length]!.fields, id, name } };
});
const indices = new Map(records.map(({ id }, i) => [id, i]));
const demo = createDemoStore({ seed: 1, now: Date.now, zone: metaZone });
const store: MetricStore = {
  ...demo,
  listFlows: (range) => Promise.resolve(pageOf(records, range)),
  readFlow: async (id) => (indices.has(id) ? records[indices.get(id)!] : demo.readFlow(id)),
};
const app = createApp({ store, now: Date.now, fixedClock: false, minRequests: 0, version: '0.0.0' });

interface Kept {
  /** What follows the id in the answer, and the same as it stands in a part of a batch. */
  readonly plain: string;
  readonly escaped: string;
}
const kept = new Map<string, Promise<Kept>>();

/** Flows of one model differ in nothing but their id. */
async function metricOf(
  target: string,
  origin: string,
): Promise<{ readonly id: string; readonly rest: Kept } | undefined> {
  const match = /^(\/v[\d.]+\/)(\d+)(\?fields=metric.*)$/.exec(target);
  const index = indices.get(match?.[2] ?? '');
  if (!match || index === undefined) return undefined;
  const model = models[index % models.length]!.id;
  const asked = `${match[1]}${model}${match[3]}`;
  let rest = kept.get(asked);
  if (!rest) {
    rest = app({ method: 'GET', target: asked, origin }).then(({ body }) => {
      const plain = body.replace(`{"id":"${model}"`, '');
      return { plain, escaped: JSON.stringify(plain).slice(1, -1) };
    });
    kept.set(asked, rest);
  }
  return { id: match[2]!, rest: await rest };
}

async function bodyOf(
  method: string,
  target: string,
  origin: string,
  body: string,
): Promise<[status: number, body: string]> {
  if (method === 'GET') {
    const metric = await metricOf(target, origin);
    if (metric) return [200, `{"id":"${metric.id}"${metric.rest.plain}`];
  } else if (batch) {
    const parts = JSON.parse(new URLSearchParams(body).get('batch') ?? '[]') as { relative_url: string }[];
    const bodies = await Promise.all(
      parts.map(async ({ relative_url: url }) => {
        const metric = await metricOf(`/v26.0/${url}`, origin);
        if (metric) return `{"code":200,"headers":[],"body":"{\\"id\\":\\"${metric.id}\\"${metric.rest.escaped}"}`;
        const answer = await app({ method: 'GET', target: `/v26.0/${url}`, origin });
        return JSON.stringify({ code: answer.status, headers: [], body: answer.body });
      }),
    );
    return [200, `[${bodies.join(',')}]`];
  }
  const answer = await app({ method: batch || method === 'GET' ? method : 'PUT', target, origin });
  return [answer.status, answer.body];
}

let seen = { requests: 0, mostAtOnce: 0, sockets: 0, sumMs: 0 };
let open = 0;
let sockets = 0;

function delayOf(parts: number): number {
  const delays = Array.from({ length: parts }, () => latency[0] + Math.random() * (latency[1] - latency[0]));
  return Math.max(...delays);
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const begun = performance.now();
  seen.requests++;
  seen.mostAtOnce = Math.max(seen.mostAtOnce, ++open);
  const { method = 'GET', url = '/', headers } = request;
  const form = method === 'POST' ? await text(request) : '';
  const parts = form === '' ? 1 : (form.match(/relative_url/g)?.length ?? 1);
  const [status, body] = await bodyOf(method, url, headers.host ?? '', form);
  const left = delayOf(parts) - (performance.now() - begun);
  if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
  open--;
  seen.sumMs += performance.now() - begun;
}

const server = createServer((request, response) => void answer(request, response));
server.keepAliveTimeout = 60_000;
server.on('connection', (socket) => {
  seen.sockets = Math.max(seen.sockets, ++sockets);
  socket.once('close', () => sockets--);
});
server.listen(0, '127.0.0.1', report);
process.on('message', report);
process.on('disconnect', () => process.exit());

function report(): void {
  const { requests, mostAtOnce, sumMs } = seen;
  const port = (server.address() as AddressInfo).port;
  const own: LatencyReport = {
    port,
    requests,
    mostAtOnce,
    sockets: seen.sockets,
    meanMs: sumMs / Math.max(1, requests),
  };
  seen = { requests: 0, mostAtOnce: 0, sockets, sumMs: 0 };
  process.send?.(own);
}
