import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describe, it } from 'mocha';
import { withoutToken } from '../../../src/client/token';
import {
  flowPage,
  graphError,
  html,
  json,
  metric,
  redirect,
  reset,
  startFaultServer,
  text,
  type Answer,
  type SeenRequest,
} from '../../fixtures/faultServer';
import { bench, kinds, query } from './harness';
import { fetchAll } from '../../fixtures/fetchAll';

// Looks like a token of Meta and holds what addresses and JSON escape.
const canary = 'EAAcanary/+=0123456789abcdefghijklmnopqrstuvwxyz';

describe('Redirects', () => {
  for (const status of [301, 302, 303, 307, 308]) {
    it(`with status ${status} are never followed, to wherever`, async () => {
      const otherPort = await startFaultServer(() => metric);
      const otherHost = await startFaultServer(() => metric, '127.0.0.2');
      const targets = (url: string): string[] => [otherPort.url, otherHost.url, url, `${url}/v26.0/2`, '//[', ''];
      try {
        for (let i = 0; i < targets('').length; i++) {
          let url = '';
          await bench(
            () => redirect(targets(url)[i]!, status),
            { token: canary },
            async ({ server, client }) => {
              url = server.url;
              assert.deepEqual(kinds(await fetchAll(client, [query()])), ['invalidResponse']);
              await assert.rejects(client.listFlows(), { kind: 'invalidResponse' });
              assert.equal(server.requests.length, 2);
            },
          );
        }
        assert.equal(otherPort.connections, 0);
        assert.equal(otherHost.connections, 0);
      } finally {
        await otherPort.close();
        await otherHost.close();
      }
    });
  }
});

describe('The token', () => {
  const forms = [
    canary,
    encodeURIComponent(canary),
    canary.replaceAll('/', '\\/'),
    Buffer.from(canary).toString('base64').slice(0, 40),
    canary.slice(0, 20),
  ];

  function assertClean(what: string): void {
    for (const form of forms) assert.ok(!what.includes(form), `found ${form} in ${what.slice(0, 500)}`);
  }

  it('is in no log line, error or answer, even where the server echoes it', async () => {
    const echo = (request: SeenRequest): readonly Answer[] => {
      const seen = request.token ?? '';
      const point = { timestamp: seen, data: [{ key: seen, value: seen }] };
      const good = { timestamp: '2026-01-28T08:00:00+0000', data: [{ key: seen, value: 1 }] };
      return [
        graphError(100, { message: `Invalid token ${seen}` }),
        graphError(190, { message: seen }),
        json({ error: { message: seen, type: seen, code: 2, fbtrace_id: seen, error_user_msg: seen } }),
        json({ id: '1', metric: { name: seen, data_points: [] } }),
        json({ id: '1', metric: { granularity: encodeURIComponent(seen), data_points: [] } }),
        json({ id: '1', metric: { data_points: [point] } }),
        json({ id: '1', metric: { data_points: [good] } }),
        text(`{"id":"1","metric":{"name":"${seen.replaceAll('/', '\\/')}","data_points":[]}}`),
        text(seen),
        html(500),
        reset,
        redirect(`https://example.com/?access_token=${encodeURIComponent(seen)}`),
        text('', 200, { 'facebook-api-version': seen }),
        json({ data: [{ id: '1', name: seen, status: seen }] }),
        flowPage([{ id: '1', name: seen }]),
      ];
    };
    const count = echo({} as SeenRequest).length;
    for (let i = 0; i < count; i++) {
      await bench(
        (request) => echo(request)[i]!,
        { token: canary },
        async ({ client, log }) => {
          const results: unknown[] = [await fetchAll(client, [query()])];
          for (const act of [() => client.listFlows(), () => client.probe()]) {
            results.push(await act().catch((error: unknown) => [error, (error as Error).stack]));
          }
          results.push(await client.serverInfo(), client.servedVersion, log);
          assertClean(inspect(results, { depth: 12, maxStringLength: null, maxArrayLength: null }));
          assertClean(JSON.stringify(results));
        },
      );
    }
  });

  it('is never in an address', async () => {
    await bench(
      () => flowPage([{ id: '1', name: 'A' }]),
      { token: canary },
      async ({ server, client }) => {
        await client.listFlows();
        await fetchAll(client, [query()]);
        for (const { url } of server.requests) assertClean(decodeURIComponent(url.href));
      },
    );
  });

  it('is logged nowhere, while requests are', async () => {
    await bench(
      () => metric,
      { token: canary },
      async ({ client, log }) => {
        await fetchAll(client, [query()]);
        assert.equal(log.length, 1);
        assert.match(log[0]!, /^GET \/v26\.0\/1\?fields=metric\.name\(\S+: 200 after \d+ ms$/);
      },
    );
  });

  it('is blotted out however an answer escapes it', () => {
    const unicode = (text: string): string =>
      [...text].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
    const percent = (text: string): string =>
      [...text].map((one) => `%${one.charCodeAt(0).toString(16).padStart(2, '0')}`).join('');
    const spelled = [
      unicode(canary),
      unicode(canary).replace(/u00../g, (code) => `u${code.slice(1).toUpperCase()}`),
      percent(canary),
      percent(canary).toUpperCase(),
      encodeURIComponent(canary).replace(/%../g, (code) => code.toLowerCase()),
      encodeURIComponent(encodeURIComponent(canary)),
      canary.replaceAll('+', '\\u002B').replaceAll('/', '\\/'),
      canary.replaceAll('/', '\\u002f'),
      canary.replace('E', '%45').replace('+', '\\u002b'),
    ];
    for (const one of spelled) {
      assert.equal(withoutToken(`{"name":"a ${one} b"}`, canary), '{"name":"a [token] b"}', one);
    }
    // Also where it holds what patterns are made of.
    const odd = 'a.*+?^$()[]{}|"\\b';
    assert.equal(withoutToken(`x${percent(odd)}x${JSON.stringify(odd)}`, odd), 'x[token]x"[token]"');
    assert.equal(withoutToken('a%20b \\u0041', canary), 'a%20b \\u0041');
  });

  it('stands in no flow, however the list and its parts escape it', async () => {
    const escaped = [...canary].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
    await bench(
      () => text(`{"data":[{"id":"1","name":"is ${escaped}","status":"PUBLISHED","categories":[]}]}`),
      { token: canary },
      async ({ client }) => {
        const listed = JSON.stringify(await client.listFlows());
        assert.match(listed, /is \[token\]/);
        assert.ok(!listed.includes(canary));
      },
    );
  });

  it('is blotted out by value, unless it is an ordinary word', () => {
    assert.equal(withoutToken(`a ${canary} b ${encodeURIComponent(canary)}`, canary), 'a [token] b [token]');
    assert.equal(withoutToken('{"name":"A test"}', 'test'), '{"name":"A test"}');
  });
});
