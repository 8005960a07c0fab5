/** A server that sends as much as it may: the client takes in what is of use, says what it left out, and needs little memory. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { parseAlertsAnswer } from '../../../src/contract/alert';
import { parseServerInfo } from '../../../src/contract/serverInfo';
import { parseErrorBody } from '../../../src/contract/errorWire';
import { readBatchAnswer } from '../../../src/client/batch';
import { readWebhook } from '../../../src/recorder/webhook/flowsEvent';
import { mebibyte } from '../../fixtures/memory';
import { json, metricBody, type Answer } from '../../fixtures/faultServer';
import { bench, errorOf, queries } from '../client/harness';
import { parseFlow, parseFlowPage } from '../../../src/contract/flowWire';
import { parseMetricAnswer } from '../../../src/contract/metricWire';
import { fetchAll } from '../../fixtures/fetchAll';

interface Told {
  readonly flows?: number;
  readonly limitedTo?: number;
  readonly longestName?: number;
  readonly error?: { readonly kind: string; readonly message: string };
}

/** An account's read as a process of its own, with little memory: what it told, or how it ended. */
const program = `
  const { createHttpClient } = require(process.argv[1]);
  const account = { name: 'Test', source: 'server', businessAccountId: '1', baseUrl: process.argv[2] };
  const client = createHttpClient({ account, token: 'a-token-for-tests' });
  client.listFlows().then(
    ({ flows, limitedTo }) => ({ flows: flows.length, limitedTo, longestName: Math.max(...flows.map((f) => f.name.length)) }),
    ({ kind, message }) => ({ error: { kind, message } }),
  ).then((told) => {
    console.log(JSON.stringify(told));
    client.dispose();
  });
`;

/** Pages of a list by their numbers from 0 on, each with a cursor to the next. */
async function servePages(pages: number, page: (index: number) => string): Promise<{ server: Server; url: string }> {
  const server = createServer(({ url = '' }, response) => {
    const index = Number(new URL(url, 'http://x').searchParams.get('after') ?? 0);
    const next = index + 1 < pages ? `,"paging":{"cursors":{"after":"${index + 1}"},"next":"https://x.example/"}` : '';
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(url.includes('/flows') ? `{"data":[${page(index)}]${next}}` : '{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('Answers without measure', () => {
  let folder: string;
  let bundle: string;
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'flowmeter-huge-'));
    bundle = path.join(folder, 'client.cjs');
    await build({
      entryPoints: ['src/client/httpClient.ts'],
      outfile: bundle,
      bundle: true,
      platform: 'node',
      target: 'node22',
    });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Reads the list with 96 MiB of heap. */
  async function readWithLittleMemory(pages: number, page: (index: number) => string): Promise<Told> {
    const { server, url } = await servePages(pages, page);
    try {
      const child = spawn(process.execPath, ['--max-old-space-size=96', '-e', program, bundle, url]);
      let out = '';
      let err = '';
      child.stdout.on('data', (chunk: Buffer) => (out += String(chunk)));
      child.stderr.on('data', (chunk: Buffer) => (err += String(chunk)));
      const code = await new Promise((resolve) => child.once('close', resolve));
      assert.equal(code, 0, err.slice(0, 500));
      return JSON.parse(out) as Told;
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  it('of flows end at ten thousand of them, which are shown, and say so', async () => {
    const perPage = 160_000;
    const told = await readWithLittleMemory(200, (index) =>
      Array.from({ length: perPage }, (_, i) => `{"id":"${1e9 + index * perPage + i}","name":"Flow number"}`).join(','),
    );
    assert.deepEqual(told, { flows: 10_000, limitedTo: 10_000, longestName: 11 });
  }).timeout(120_000);

  it('of names end at their longest useful length, whatever was sent', async () => {
    const name = 'n'.repeat(mebibyte);
    const told = await readWithLittleMemory(15, (index) =>
      Array.from({ length: 7 }, (_, i) => `{"id":"${1e6 + index * 7 + i}","name":"${name}"}`).join(','),
    );
    assert.deepEqual(told, { flows: 105, longestName: 500 });
  }).timeout(120_000);

  it('of pages end where all of them are more than a read may bring, with a word that says so', async () => {
    const filler = 'n'.repeat(7 * mebibyte);
    const told = await readWithLittleMemory(200, (index) => `{"id":"${index + 1}","filler":"${filler}"}`);
    assert.equal(told.error?.kind, 'invalidResponse');
    assert.match(told.error?.message ?? '', /larger than 256 MiB together/);
  }).timeout(120_000);

  it('of figures end so as well: what was not sent by then never is', async () => {
    const filler = 'x'.repeat(mebibyte);
    const big: Answer = (response, request) =>
      json({ ...(metricBody(request.url) as object), filler })(response, request);
    await bench(
      () => big,
      { account: { source: 'server' }, limits: { maxRunBytes: 4 * mebibyte } },
      async ({ server, client }) => {
        const answers = await fetchAll(client, queries(200));
        assert.ok(server.requests.length < 60, String(server.requests.length));
        assert.deepEqual(errorOf(answers.at(-1)).details, { tooLarge: true });
        assert.match(errorOf(answers.at(-1)).message, /together/);
      },
    );
  });
});

const huge = 'x'.repeat(mebibyte);
const many = <T>(value: T): T[] => Array.from({ length: 1000 }, () => value);
const health = {
  can_send_message: huge,
  entities: many({ entity_type: huge, id: huge, can_send_message: huge, additional_info: many('hint') }),
};
const alert = {
  ...{ id: huge, type: huge, state: 'ACTIVATED', time: '2026-01-01T00:00:00Z', text: huge, reason: huge },
  ...{ old_status: huge, new_status: huge, errors: many({ error_type: huge }) },
};
const webhook = {
  event: 'FLOW_STATUS_CHANGE',
  ...{ flow_id: '1', old_status: huge, new_status: huge, message: huge, warning: huge, reason: huge },
};

/** What each reader of a server's, Meta's or a file's words makes of a text of a mebibyte in every place. */
const read: Readonly<Record<string, () => unknown>> = {
  'a flow': () =>
    parseFlow({
      ...{ id: '1', name: huge, status: huge, endpoint_uri: huge, data_api_version: huge, health_status: health },
      whatsapp_business_account: { id: '1', name: huge },
    }),
  'a page of flows': () => parseFlowPage({ data: many({ id: '1', name: huge }) }, 10),
  'the keys of a metric': () =>
    parseMetricAnswer(
      { metric: { data_points: [{ timestamp: '2026-01-01T08:00:00+0000', data: [{ key: huge, value: 1 }] }] } },
      { flowId: '1', metric: 'ENDPOINT_REQUEST_COUNT', granularity: 'DAY' },
    ),
  'an error': () => parseErrorBody({ error: { message: huge, type: huge, fbtrace_id: huge, error_user_msg: huge } }),
  'an alert': () => parseAlertsAnswer({ flowmeter_alerts: { data: many(alert) } }, '1'),
  'what a server says of itself': () => parseServerInfo({ version: huge, zone: 'UTC', store: huge, min_requests: 250 }),
  'a webhook': () => readWebhook({ entry: [{ changes: [{ field: 'flows', value: webhook }] }] }, Date.now()),
  'a header within a batch': () =>
    readBatchAnswer([{ code: 200, headers: many({ name: 'x-app-usage', value: huge }), body: '{}' }], 1)[0]!.header(
      'x-app-usage',
    ),
};

describe('Texts of a mebibyte', () => {
  for (const [name, act] of Object.entries(read)) {
    it(`are kept at a useful length: ${name}`, () => {
      const kept = JSON.stringify(act());
      assert.ok(!kept.includes('x'.repeat(1001)), 'a text of more than a thousand characters was kept');
      assert.ok(kept.length < 500_000, String(kept.length));
    });
  }

  it('name in an error what was wrong, and no more', () => {
    const point = { timestamp: huge, data: [] };
    assert.throws(
      () => parseMetricAnswer({ metric: { data_points: [point] } }, queries(1)[0]!),
      ({ message }: Error) => message.length < 300,
    );
  });

  it('are no address and no cursor: the beginning of one would lead elsewhere', () => {
    assert.ok(!('endpointUri' in parseFlow({ id: '1', endpoint_uri: `https://example.com/${huge}` })));
    const paging = { next: 'https://x.example/', cursors: { after: huge } };
    assert.throws(() => parseFlowPage({ data: [], paging }), /cursor of more than 4096 characters/);
  });
});
