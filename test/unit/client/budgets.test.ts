/** What does not depend on the machine: how large the client is, and how many requests a refresh takes. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Metafile } from 'esbuild';
import { describe, it } from 'mocha';
import type { Flow } from '../../../src/contract/flow';
import { metaZone } from '../../../src/contract/calendar';
import { planWindow } from '../../../src/domain/windows';
import { rowQueries } from '../../../src/domain/queryPlans';
import { batch, batchParts, graphError } from '../../fixtures/faultServer';
import { bench, noon } from './harness';
import { fetchAll } from '../../fixtures/fetchAll';

describe('Budgets', () => {
  it('the client is a bundle of 90 KB at most, made of client, contract, domain, util and packages', async () => {
    const metafiles = JSON.parse(await readFile(path.join('out', 'metafiles.json'), 'utf8')) as Metafile[];
    const { bytes, inputs } = metafiles.flatMap(({ outputs }) => outputs[path.join('dist', 'httpClient.js')] ?? [])[0]!;
    assert.ok(bytes <= 90 * 1024, `${bytes} bytes`);
    const foreign = Object.keys(inputs).filter(
      (file) => !/^(src\/(client|contract|domain|util)|node_modules|strict-certificates:|no-polyfill:)/.test(file),
    );
    assert.deepEqual(foreign, []);
  });

  for (const [flows, posts] of [
    [12, 1],
    [100, 8],
    [1000, 80],
  ] as const) {
    it(`the badges of ${flows} flows take ${posts} batches over 6 connections at most`, async () => {
      const plan = planWindow('24h', noon, metaZone);
      const all = Array.from({ length: flows }, (_, i): Flow => ({
        id: String(i + 1),
        name: 'A',
        dataApiVersion: '3.0',
      }));
      await bench(
        (request) => (request.method === 'POST' ? batch() : graphError(100)),
        { account: { source: 'server' }, batch: { state: 'untried' } },
        async ({ server, client }) => {
          await client.serverInfo();
          const answers = await fetchAll(
            client,
            all.flatMap((flow) => rowQueries(flow, plan)),
          );
          assert.ok(answers.every(({ result }) => result.ok));
          const sent = server.requests.filter(({ method }) => method === 'POST');
          assert.equal(sent.length, posts);
          assert.equal(server.requests.length, posts + 1);
          assert.equal(
            sent.reduce((sum, request) => sum + batchParts(request).length, 0),
            flows * 4,
          );
          assert.ok(server.connections <= 6, `${server.connections} connections`);
        },
      );
    });
  }
});
