/** What other people's clients send, as they send it, and what their code reads of the answers. */
import assert from 'node:assert/strict';
import { meterBusinessAccountId } from '../../../src/domain/account';
import { cleanUp, event, flowId as meterFlowId, open } from '../store/sqlite/storeFixture';
import { flowIds, startTestServer, token, type Answer, type TestServer } from './testServer';

const demoWaba = '100200300400500';

/** The fields that pywa lists for a flow, in its order. */
const pywaFields = [
  'id,name,status,json_version,data_api_version,categories,validation_errors,endpoint_uri,preview.invalidate(true)',
  'whatsapp_business_account,application,updated_at,health_status',
].join(',');

/** What pywa takes from a flow without asking whether it is there; anything else ends it. */
function readAsPywa(flow: Answer['json']): string {
  for (const key of ['id', 'name', 'status']) assert.equal(typeof flow[key], 'string', key);
  for (const key of ['categories', 'validation_errors']) assert.ok(Array.isArray(flow[key]), key);
  for (const error of flow.validation_errors) {
    assert.deepEqual(
      Object.keys(error).sort(),
      ['column_end', 'column_start', 'error', 'error_type', 'line_end', 'line_start', 'message'],
      'further keys end pywa as well',
    );
  }
  // strptime with %Y-%m-%dT%H:%M:%S%z
  assert.match(flow.updated_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/);
  if (flow.preview) assert.match(flow.preview.expires_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/);
  const { whatsapp_business_account: owner, application } = flow;
  for (const key of ['id', 'name', 'timezone_id']) assert.equal(typeof owner[key], 'string', key);
  if (application) assert.deepEqual(Object.keys(application).sort(), ['id', 'link', 'name']);
  return flow.id;
}

/** As httpx writes parameters: everything but letters, digits and `-._~` is escaped. */
function query(parameters: Readonly<Record<string, string>>): string {
  const escape = (text: string): string =>
    encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${escape(value)}`)
    .join('&');
}

for (const kind of ['demo', 'meter'] as const) {
  describe(`pywa, of ${kind} data,`, () => {
    let server: TestServer;
    let waba = demoWaba;
    let flowId: string = flowIds.booking;
    before(async () => {
      if (kind === 'demo') {
        server = await startTestServer();
        return;
      }
      const meter = await open();
      for (let i = 0; i < 12; i++)
        await meter.putFlow({ id: String(5000 + i), upstream: 'http://127.0.0.1:3000/flow' });
      await meter.record([event(), event({ outcome: 'timeout_error' })]);
      server = await startTestServer({ meter, minRequests: 0 });
      [waba, flowId] = [meterBusinessAccountId, meterFlowId];
    });
    after(async () => {
      await server.close();
      await cleanUp();
    });

    const send = async (target: string): Promise<Answer> => {
      const response = await fetch(target.startsWith('http') ? target : `${server.url}/v24.0${target}`, {
        headers: {
          accept: '*/*',
          'accept-encoding': 'gzip, deflate',
          authorization: `Bearer ${token}`,
          'user-agent': 'PyWa/3.0.0',
        },
      });
      return { status: response.status, headers: response.headers, json: await response.json() };
    };
    /** As its `_request` does: anything from 400 on is an error with code and message. */
    const ask = async (target: string): Promise<Answer['json']> => {
      const { status, json } = await send(target);
      assert.ok(status < 400, `${target} gave ${status}: ${JSON.stringify(json)}`);
      return json;
    };

    it('gets a flow', async () => {
      for (const fields of [
        pywaFields,
        pywaFields.replace('health_status', 'health_status.phone_number(1234567890)').replace('true', 'false'),
      ]) {
        const flow = await ask(`/${flowId}?${query({ fields })}`);
        assert.equal(readAsPywa(flow), flowId);
        assert.equal(typeof flow.health_status.can_send_message, 'string');
      }
    });

    it('lists flows, and goes on and back by the links of each page', async () => {
      const all = (await ask(`/${waba}/flows?${query({ limit: '100', fields: pywaFields })}`)).data.map(readAsPywa);
      assert.ok(all.length > 10);
      assert.deepEqual((await ask(`/${waba}/flows?${query({ fields: pywaFields })}`)).data.map(readAsPywa), all);
      const first = await ask(`/${waba}/flows?${query({ limit: '5', fields: pywaFields })}`);
      assert.equal(first.paging.previous, undefined, 'nothing stands before the first page');
      // As `Result.all()`, begun on a page in the middle.
      const middle = await ask(
        `/${waba}/flows?${query({ after: first.paging.cursors.after, limit: '3', fields: pywaFields })}`,
      );
      let seen: string[] = middle.data.map(readAsPywa);
      for (let page = middle; page.paging.previous;) {
        page = await ask(page.paging.previous);
        seen = [...page.data.map(readAsPywa), ...seen];
      }
      for (let page = middle; page.paging.next;) {
        page = await ask(page.paging.next);
        seen.push(...page.data.map(readAsPywa));
      }
      assert.deepEqual(seen, all);
    });

    it('reads metrics, with dates and without', async () => {
      for (const dates of ['', '.since(2026-03-01)', '.since(2026-03-01).until(2026-03-13)', '.until(2026-03-13)']) {
        for (const granularity of ['DAY', 'HOUR', 'LIFETIME']) {
          const fields = `metric.name(ENDPOINT_REQUEST_COUNT).granularity(${granularity})${dates}`;
          const { metric } = await ask(`/${flowId}?${query({ fields })}`);
          assert.ok(metric.data_points.length > 0, fields);
        }
      }
    });

    it('lists the assets of a flow, of which there are none', async () => {
      const fields = 'name,asset_type,download_url';
      for (const target of [`?fields=${fields}`, `?${query({ limit: '5' })}`, '']) {
        assert.deepEqual(await ask(`/${flowId}/assets${target}`), { data: [] });
      }
    });

    it('reads the business account, plain and with all its fields', async () => {
      const fields =
        'id,name,timezone_id,message_template_namespace,status,business_verification_status,is_enabled_for_insights,' +
        'marketing_messages_lite_api_status,marketing_messages_onboarding_status,on_behalf_of_business_info,' +
        'ownership_type,health_status,currency,country,subscribed_apps,owner_business_info,account_review_status,' +
        'disable_marketing_messages_on_cloud_api';
      for (const target of [`/${waba}`, `/${waba}?${query({ fields })}`]) {
        const account = await ask(target);
        assert.equal(account.id, waba);
        for (const key of ['name', 'timezone_id']) assert.equal(typeof account[key], 'string', key);
      }
    });

    it('gets each refusal as an error with a code and a message', async () => {
      for (const target of ['/42', '/42/flows', `/${flowId}?fields=colour`, `/${waba}?fields=colour`, '/42/assets']) {
        const { status, json } = await send(target);
        assert.ok(status >= 400, target);
        assert.equal(Number.isInteger(Number(json.error.code)), true);
        assert.equal(typeof json.error.message, 'string');
      }
    });
  });
}

describe('waba-cli', () => {
  let server: TestServer;
  before(async () => (server = await startTestServer()));
  after(() => server.close());
  const accountFields =
    'id,name,currency,timezone_id,message_template_namespace,account_review_status,business_verification_status,' +
    'country,ownership_type';

  it('is answered in whatever it asks of flows and their account', async () => {
    // Go escapes in queries all but letters, digits and -_.~, and writes blanks as +.
    for (const target of [
      `/${demoWaba}/flows`,
      `/${demoWaba}/flows?${query({ fields: 'id,name,status,json_version,endpoint_uri', limit: '7' })}`,
      `/${flowIds.booking}`,
      `/${flowIds.booking}?${query({ fields: 'id,name,status,json_version,endpoint_uri' })}`,
      `/${flowIds.booking}?${query({ fields: 'preview.invalidate(false)' })}`,
      `/${flowIds.booking}/assets`,
      `/${flowIds.booking}?${query({ fields: 'metric.name(ENDPOINT_AVAILABILITY).granularity(DAY).since(2026-03-01)' })}`,
      `/${demoWaba}?${query({ fields: accountFields })}`,
      `/${demoWaba}?${query({ fields: 'id,name' })}`,
      `/${demoWaba}?metadata=1`,
    ]) {
      const { status, json } = await server.get(`/v25.0${target}`);
      assert.equal(status, 200, `${target}: ${JSON.stringify(json)}`);
    }
  });
});
