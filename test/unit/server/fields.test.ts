/** What a client may ask of a flow and its business account: every documented field, parts of it, and nothing else. */
import assert from 'node:assert/strict';
import { metaZone } from '../../../src/contract/calendar';
import { createDemoStore } from '../../../src/store/demo/demoStore';
import type { MetricStore } from '../../../src/store/metricStore';
import { flowIds, startTestServer, testClock, type Answer, type TestServer } from './testServer';

const waba = '100200300400500';

describe('fields', () => {
  let server: TestServer;
  before(async () => (server = await startTestServer()));
  after(() => server.close());

  const ask = (fields: string, id: string = flowIds.draft, more = ''): Promise<Answer> =>
    server.get(`/v26.0/${id}?fields=${encodeURIComponent(fields)}${more}`);
  const read = async (fields: string, id?: string, more?: string): Promise<Answer['json']> => {
    const { status, json } = await ask(fields, id, more);
    assert.equal(status, 200, `${fields}: ${JSON.stringify(json)}`);
    return json;
  };

  it('that are documented are answered or left out, none is refused', async () => {
    const names = [
      ...['id', 'name', 'status', 'categories', 'validation_errors', 'updated_at', 'json_version', 'data_api_version'],
      ...['data_channel_uri', 'endpoint_uri', 'preview', 'preview.invalidate(true)', 'preview.invalidate(false)'],
      ...['whatsapp_business_account', 'application', 'health_status', 'health_status.phone_number(123)', 'assets'],
      ...['application{id,name,link}', 'whatsapp_business_account{id,name,timezone_id,message_template_namespace}'],
      ...['whatsapp_business_account{currency,business_type}', 'preview{preview_url,expires_at}'],
      ...['assets{name,asset_type,download_url}', 'assets.limit(3){name}', 'metadata'],
    ];
    for (const name of names) await read(name);
    // Together each field stands once, as at Graph.
    const once = new Map(names.map((name) => [/^\w+/.exec(name)![0], name]));
    await read([...once.values()].join(','));
    const flow = await read(names.slice(0, 11).join(','));
    assert.equal(flow.data_channel_uri, flow.endpoint_uri);
    assert.ok(!('preview' in flow), 'a server without previews names none');
  });

  it('that are none are refused by their name, wherever they stand', async () => {
    for (const [fields, name, type] of [
      ['colour', 'colour', 'Flow'],
      ['id,name,colour', 'colour', 'Flow'],
      ['__proto__', '__proto__', 'Flow'],
      ['constructor', 'constructor', 'Flow'],
      ['application{colour}', 'colour', 'Application'],
      ['whatsapp_business_account{id,colour}', 'colour', 'WhatsAppBusinessAccount'],
      ['whatsapp_business_account{health_status{entities{colour}}}', 'colour', 'WhatsAppBusinessHealthStatusEntity'],
      ['health_status{entities{errors{colour}}}', 'colour', 'WhatsAppBusinessHealthStatusError'],
      ['preview{colour}', 'colour', 'FlowPreview'],
    ] as const) {
      const { status, json } = await ask(fields);
      assert.deepEqual([status, json.error.code], [400, 100], fields);
      assert.ok(json.error.message.includes(`nonexisting field (${name}) on node type (${type})`), json.error.message);
    }
    assert.equal((await ask('colour', waba)).status, 400);
    assert.equal((await ask('metric.name(ENDPOINT_AVAILABILITY).granularity(DAY)', waba)).status, 400);
  });

  it('give the parts that stand in braces, at any depth and with modifiers on both sides', async () => {
    assert.deepEqual(await read('application{name}'), {
      id: flowIds.draft,
      application: { name: 'Bistro Nord Flows', id: '700800900100200' },
    });
    const { health_status: health } = await read(
      'health_status.phone_number(5){ can_send_message , entities{entity_type,errors{error_code}} }.limit(3)',
    );
    assert.deepEqual(health.entities.slice(0, 2), [
      { entity_type: 'FLOW', errors: [{ error_code: 131000 }] },
      { entity_type: 'WABA' },
    ]);
    const { validation_errors: errors } = await read('validation_errors{error,line_start}');
    assert.deepEqual(errors, [{ error: 'INVALID_PROPERTY', line_start: 46 }]);
    const list = await server.get(
      `/v26.0/${waba}/flows?limit=1&fields=${encodeURIComponent('name,whatsapp_business_account{timezone_id}')}`,
    );
    assert.deepEqual(list.json.data, [
      { id: flowIds.booking, name: 'Table booking', whatsapp_business_account: { timezone_id: '1', id: waba } },
    ]);
  });

  it('can be given another name', async () => {
    assert.deepEqual(await read('name.as(title),application.as(app){link.as(address)}'), {
      id: flowIds.draft,
      title: 'Product survey',
      app: { address: 'https://flows.bistro-nord.example/', id: '700800900100200' },
    });
    assert.equal((await ask('name.as(a b)')).status, 400);
    assert.deepEqual(Object.keys(await read('name.as(__proto__)')).sort(), ['__proto__', 'id']);
  });

  it('of a business account hold its flows, a page of them', async () => {
    const { flows } = await read('name,flows.limit(2){id,name}', waba);
    assert.deepEqual(
      flows.data.map(({ id }: { id: string }) => id),
      [flowIds.booking, flowIds.newsletter],
    );
    const { json } = await server.get(flows.paging.next.slice(server.url.length));
    assert.deepEqual(json.data, [
      { id: flowIds.delivery, name: 'Delivery slot' },
      { id: flowIds.loan, name: 'Loan application' },
    ]);
    assert.equal((await ask('flows.limit(101){id}', waba)).status, 400);
    assert.equal((await ask('flows{colour}', waba)).status, 400);
  });

  it('that cannot be read are refused with what is wrong', async () => {
    for (const fields of [
      ...['application{', 'application{}', 'application{name', 'application{name}}', 'application}', 'name{', '{name}'],
      ...['name.', 'name.limit', 'name.limit(', 'name.limit(1', 'name limit', 'id,', ',id', 'id,,name', 'name()'],
      ...['application{name}{link}', `${'application{'.repeat(9)}id${'}'.repeat(9)}`, 'id,'.repeat(600) + 'id'],
      ...[`${'a{'.repeat(3000)}id`, 'name\u0000', '名前', 'na%6De'],
    ]) {
      const { status, json } = await ask(fields);
      assert.deepEqual([status, json.error.code], [400, 100], `${fields.slice(0, 60)}: ${JSON.stringify(json)}`);
      assert.ok(json.error.message.length < 200);
    }
  });

  it('nested without end in a batch are refused like any other', async () => {
    const relative_url = `${flowIds.booking}?fields=${'application{'.repeat(60_000)}`;
    const { status, json } = await server.post(
      '/v26.0/',
      JSON.stringify([{ method: 'GET', relative_url }]),
      'application/json',
    );
    assert.equal(status, 200);
    assert.equal(JSON.parse(json[0].body).error.code, 100);
  });

  it('write times as date_format wants them', async () => {
    const metric = 'metric.name(ENDPOINT_REQUEST_COUNT).granularity(DAY).since(2026-03-11)';
    for (const [format, time, point] of [
      ['U', 1768386000, 1773212400],
      ['Y-m-d', '2026-01-14', '2026-03-11'],
      ['c', '2026-01-14T10:20:00+00:00', '2026-03-11T07:00:00+00:00'],
      ['D, j M y g:i a', 'Wed, 14 Jan 26 10:20 am', 'Wed, 11 Mar 26 7:00 am'],
      ['\\Y', 'Y', 'Y'],
      ['', '2026-01-14T10:20:00+0000', '2026-03-11T07:00:00+0000'],
    ] as const) {
      const flow = await read(
        `name,updated_at,${metric}`,
        flowIds.booking,
        `&date_format=${encodeURIComponent(format)}`,
      );
      assert.equal(flow.updated_at, time);
      assert.equal(flow.metric.data_points[0].timestamp, point);
      assert.equal(flow.name, 'Table booking');
    }
    assert.equal((await ask('id', flowIds.booking, `&date_format=${'Y'.repeat(65)}`)).status, 400);
  });
});

describe('pages of flows', () => {
  let server: TestServer;
  before(async () => (server = await startTestServer()));
  after(() => server.close());
  const list = async (query: string): Promise<Answer['json']> =>
    (await server.get(`/v26.0/${waba}/flows?fields=id${query}`)).json;
  const follow = async (link: string): Promise<Answer['json']> =>
    (await server.get(link.slice(server.url.length))).json;
  const idsOf = (page: Answer['json']): string[] => page.data.map(({ id }: { id: string }) => id);

  it('name the page before, each but the first, and lead back over the same flows', async () => {
    for (const limit of [1, 3, 5, 11, 12, 100]) {
      const pages = [await list(`&limit=${limit}`)];
      while (pages.at(-1).paging.next) pages.push(await follow(pages.at(-1).paging.next));
      pages.forEach((page, i) => assert.equal('previous' in page.paging, i > 0, `page ${i} of limit ${limit}`));
      let page = pages.at(-1);
      for (const earlier of pages.slice(0, -1).toReversed()) {
        page = await follow(page.paging.previous);
        assert.deepEqual(idsOf(page), idsOf(earlier));
      }
      assert.equal(page.paging.previous, undefined);
    }
  });

  it('beyond either end are empty and lead back', async () => {
    const all = await list('&limit=100');
    const beyond = await list(`&limit=5&after=${all.paging.cursors.after}`);
    assert.deepEqual([beyond.data, Object.keys(beyond.paging)], [[], ['previous']]);
    assert.deepEqual(idsOf(await follow(beyond.paging.previous)), Object.values(flowIds).slice(-5));
    const ahead = await list(`&limit=5&before=${all.paging.cursors.before}`);
    assert.deepEqual([ahead.data, Object.keys(ahead.paging)], [[], ['next']]);
    assert.deepEqual(idsOf(await follow(ahead.paging.next)), Object.values(flowIds).slice(0, 5));
  });

  it('that are asked for wrongly read nothing from the store', async () => {
    const store = createDemoStore({ seed: 1, now: () => Date.parse(testClock), zone: metaZone });
    const calls: string[] = [];
    const recording = new Proxy(store, {
      get(target, name: keyof MetricStore) {
        const value = target[name];
        if (typeof value !== 'function') return value;
        return (...input: never[]) => {
          calls.push(name);
          return (value as (...input: never[]) => unknown).apply(target, input);
        };
      },
    });
    const observed = await startTestServer({ store: recording });
    const wrong = [
      ...['limit=0', 'limit=101', 'limit=-1', 'limit=1.5', 'limit=x', 'limit=', 'after=x', 'before=%00', 'after=ZW5k'],
      ...['fields=colour', 'fields=id,', 'fields=name{', 'fields=application{colour}', 'fields=name.as(1)'],
      ...[
        'fields=metric.name(x).granularity(DAY)',
        'fields=metric',
        'fields=flowmeter_alerts',
        'date_format='.padEnd(99, 'Y'),
      ],
    ];
    for (const query of wrong) {
      const { status } = await observed.get(`/v26.0/${waba}/flows?${query}`);
      assert.deepEqual([status, calls], [400, []], query);
    }
    for (const query of [
      'flows.limit(0)',
      'flows.after(x)',
      'flows{colour}',
      'flows{id',
      'flows.limit(2){id},flows.as(more).limit(0)',
    ]) {
      const { status } = await observed.get(`/v26.0/${waba}?fields=${query}`);
      assert.deepEqual([status, calls], [400, []], query);
    }
    await observed.get(`/v26.0/${waba}/flows?fields=id&limit=1`);
    await observed.close();
    assert.deepEqual(calls, ['listFlows']);
  });

  it('carry parameters on in their links, and no secret', async () => {
    const page = await list('&limit=2&date_format=U&access_token=EAAsecret&appsecret_proof=abc');
    const next = new URL(page.paging.next);
    assert.equal(next.searchParams.get('date_format'), 'U');
    assert.doesNotMatch(page.paging.next, /secret|abc/);
  });

  it('refuse crooked cursors', async () => {
    for (const cursor of ['x', 'ZmxvdzowMQ', 'ZmxvdzoxMjA0NTg4MzE3NzMwOTUy=', 'ZW5k', '%00', '1204588317730952']) {
      assert.equal((await server.get(`/v26.0/${waba}/flows?after=${cursor}`)).status, 400, cursor);
      if (cursor !== 'ZW5k') assert.equal((await server.get(`/v26.0/${waba}/flows?before=${cursor}`)).status, 400);
    }
  });
});
