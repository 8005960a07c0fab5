import assert from 'node:assert/strict';
import { defaultApiVersion, marksPath } from '../../../src/contract/routes';
import { json, reset } from '../../fixtures/faultServer';
import { bench, noon } from './harness';

const dayMs = 86_400_000;

describe('Marks of a server', () => {
  it('are asked for a flow, and an answer that holds anything else is refused', async () => {
    const mark = { id: '17', text: 'v1.4.2', time: new Date(noon).toISOString() };
    const bad = [
      {},
      { data: {} },
      { data: [1] },
      { data: [{ ...mark, time: undefined }] },
      { data: [{ ...mark, id: 7 }] },
    ];
    let answer: unknown = { data: [mark, { ...mark, id: '18', text: 'a\u0000\nb', flow: '1' }] };
    const asked: string[] = [];
    await bench(
      ({ url }) => {
        asked.push(url.pathname + url.search);
        return json(answer);
      },
      { account: { source: 'server' } },
      async ({ client }) => {
        assert.deepEqual(await client.readMarks('1'), [
          { id: '17', text: 'v1.4.2', time: noon },
          { id: '18', text: 'a b', time: noon, flowId: '1' },
        ]);
        assert.match(asked[0]!, /^\/v[\d.]+\/marks\?flow=1$/);
        for (answer of bad) await assert.rejects(client.readMarks('1'), { kind: 'invalidResponse' });
      },
    );
  });
});

describe('The mark of a server that is to go', () => {
  it('is named in a POST, which is sent again where no answer came', async () => {
    const heard: string[] = [];
    await bench(
      ({ method, url, headers, body }) => {
        heard.push(`${method} ${url.pathname} ${headers['content-type']} ${body}`);
        return heard.length === 1 ? reset : json({ removed: false });
      },
      { account: { source: 'server' } },
      async ({ client, log }) => {
        await client.removeMark('17');
        assert.match(log.at(-1)!, /^POST \/v[\d.]+\/marks: 200 after/);
      },
    );
    assert.deepEqual(heard, Array(2).fill(`POST ${marksPath(defaultApiVersion)} application/json {"remove":"17"}`));
  });
});

describe('Alerts of a server', () => {
  it('are left out where their time cannot be theirs, which the log says', async () => {
    const alert = (id: string, days: number, more: object = {}): object => ({
      ...{ id, type: 'ENDPOINT_LATENCY', state: 'ACTIVATED', text: 'slow' },
      time: new Date(noon + days * dayMs).toISOString(),
      ...more,
    });
    const data = [
      alert('of 2150', 124 * 365),
      alert('of the day after tomorrow', 2, { until: new Date(noon).toISOString() }),
      alert('of tomorrow', 0.9),
      alert('that holds', -399),
      alert('that would hold since 800 days', -800),
      alert('that ended long ago', -800, { until: new Date(noon - 799 * dayMs).toISOString() }),
    ];
    await bench(
      () => json({ id: '1', flowmeter_alerts: { data } }),
      { account: { source: 'server' } },
      async ({ client, log }) => {
        const alerts = await client.readAlerts('1');
        assert.deepEqual(
          alerts.map(({ id }) => id),
          ['of tomorrow', 'that holds', 'that ended long ago'],
        );
        assert.ok(log.includes('3 alerts of flow 1 are left out: their times cannot be theirs.'), log.join('\n'));
      },
    );
  });

  it('bring no figures that none can be', async () => {
    const data = [
      {
        ...{ id: 'a', type: 'X', state: 'ACTIVATED', text: 'x', time: new Date(noon).toISOString() },
        ...{ requests_count: 1.5, p50_latency: -1, value: -3, threshold: 10 },
        errors: [{ error_type: 'timeout_error', error_count: 1e21, error_rate: 5 }],
      },
    ];
    await bench(
      () => json({ id: '1', flowmeter_alerts: { data } }),
      { account: { source: 'server' } },
      async ({ client }) => {
        const [alert] = await client.readAlerts('1');
        assert.deepEqual(
          [alert!.requestsCount, alert!.p50Latency, alert!.value, alert!.threshold],
          [undefined, undefined, undefined, 10],
        );
        assert.deepEqual(alert!.errors, [{ type: 'timeout_error', rate: 5 }]);
      },
    );
  });
});
