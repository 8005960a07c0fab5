/** What does not depend on the machine: how large the client is, and how many requests a refresh takes. */
import assert from 'node:assert/strict';
import { build } from 'esbuild';
import { describe, it } from 'mocha';
import type { Flow } from '../../../src/contract/flow';
import { metaZone } from '../../../src/contract/calendar';
import { planWindow } from '../../../src/domain/windows';
import { rowQueries } from '../../../src/domain/queryPlans';
import { batch, batchParts, graphError } from '../../fixtures/faultServer';
import { bench, noon } from './harness';
import { fetchAll } from '../../fixtures/fetchAll';

describe('Budgets', () => {
  it('the client is a bundle of 140 KB at most, made of client, contract, domain, util and three packages', async () => {
    const { outputFiles, metafile } = await build({
      entryPoints: ['src/client/httpClient.ts'],
      outdir: 'out',
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'cjs',
      target: 'node22',
      legalComments: 'none',
      write: false,
      metafile: true,
      logLevel: 'silent',
    });
    const bytes = outputFiles[0]!.contents.length;
    assert.ok(bytes <= 140 * 1024, `${bytes} bytes`);
    const foreign = Object.keys(metafile.inputs).filter(
      (file) => !/^(src\/(client|contract|domain|util)|node_modules)\//.test(file),
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
