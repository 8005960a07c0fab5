import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import type { AlertNotice } from '../../../src/contract/alert';
import { readWebhook } from '../../../src/recorder/webhook/flowsEvent';
import { WebhookReceiver, type WebhookOutcome } from '../../../src/recorder/webhook/webhookReceiver';
import { type KeepingSink, send, startStage, type Received, type Stage } from './stage';

const flowId = '1204588317730952';
const seconds = 1_760_000_000;
const time = seconds * 1000;

/** A payload as Meta sends it. */
function payload(...values: readonly unknown[]): Record<string, unknown> {
  return {
    object: 'whatsapp_business_account',
    entry: [{ id: '100200300400500', time: seconds, changes: values.map((value) => ({ field: 'flows', value })) }],
  };
}

const events: Readonly<Record<string, readonly [sent: object, stored: Partial<AlertNotice>]>> = {
  'client error rate': [
    {
      event: 'CLIENT_ERROR_RATE',
      message: 'The rate went over 10%.',
      flow_id: flowId,
      error_rate: 14.28,
      threshold: 10,
      alert_state: 'ACTIVATED',
      errors: [{ error_type: 'INVALID_SCREEN_TRANSITION', error_rate: 66.66, error_count: 2 }],
    },
    { type: 'CLIENT_ERROR_RATE', state: 'ACTIVATED', value: 14.28, threshold: 10, text: 'The rate went over 10%.' },
  ],
  'endpoint error rate': [
    {
      event: 'ENDPOINT_ERROR_RATE',
      flow_id: Number(flowId),
      error_rate: '14.28',
      threshold: '10',
      alert_state: 'activated',
      errors: [{ error_type: 'CAPABILITY_ERROR' }],
    },
    {
      type: 'ENDPOINT_ERROR_RATE',
      state: 'ACTIVATED',
      value: 14.28,
      threshold: 10,
      text: 'error rate of the endpoint 14.28%, threshold 10%',
    },
  ],
  latency: [
    {
      event: 'ENDPOINT_LATENCY',
      flow_id: flowId,
      p90_latency: 8000,
      p50_latency: 500,
      requests_count: 34,
      threshold: 7000,
      alert_state: 'ACTIVATED',
    },
    { type: 'ENDPOINT_LATENCY', state: 'ACTIVATED', value: 8000, threshold: 7000 },
  ],
  'availability, recovered': [
    {
      event: 'endpoint-availability',
      message: 'Availability recovered.',
      flow_id: flowId,
      availability: 100,
      threshold: 90,
      alert_state: 'DEACTIVATED',
    },
    { type: 'ENDPOINT_AVAILABILITY', state: 'DEACTIVATED', value: 100, threshold: 90 },
  ],
  'status change, held back': [
    {
      event: 'FLOW_STATUS_CHANGE',
      flow_id: flowId,
      old_status: 'PUBLISHED',
      new_status: 'THROTTLED',
      reason: ' Slow. ',
    },
    {
      type: 'FLOW_STATUS_CHANGE',
      state: 'ACTIVATED',
      oldStatus: 'PUBLISHED',
      newStatus: 'THROTTLED',
      reason: 'Slow.',
      text: "The flow's status went from PUBLISHED to THROTTLED.",
    },
  ],
  'status change, let go': [
    { event: 'FLOW_STATUS_CHANGE', flow_id: flowId, old_status: 'BLOCKED', new_status: 'PUBLISHED', warning: 'Mind.' },
    {
      type: 'FLOW_STATUS_CHANGE',
      state: 'DEACTIVATED',
      text: "The flow's status went from BLOCKED to PUBLISHED. Mind.",
    },
  ],
  'status change, made': [
    { event: 'FLOW_STATUS_CHANGE', flow_id: flowId, new_status: 'DRAFT' },
    { type: 'FLOW_STATUS_CHANGE', state: 'DEACTIVATED', text: "The flow's status is DRAFT." },
  ],
  'version expiry': [
    { event: 'FLOW_VERSION_EXPIRY_WARNING', flow_id: flowId, warning: 'Version 3.0 ends in June.' },
    { type: 'FLOW_VERSION_EXPIRY_WARNING', state: 'DEACTIVATED', text: 'Version 3.0 ends in June.' },
  ],
};

describe('webhook payload', () => {
  for (const [name, [sent, stored]] of Object.entries(events)) {
    it(`is read: ${name}`, () => {
      const { notices, unknown } = readWebhook(payload(sent), 0)!;
      assert.equal(unknown.size, 0);
      assert.equal(notices.length, 1);
      assert.deepEqual({ ...notices[0], ...stored, flowId, time }, notices[0]);
    });
  }

  it('has one id for what is delivered twice, and different ones otherwise', () => {
    const all = Object.values(events).map(([sent]) => sent);
    const once = readWebhook(payload(...all), 0)!.notices;
    const twice = readWebhook(payload(...all), 99)!.notices;
    assert.deepEqual(once, twice);
    assert.equal(new Set(once.map(({ id }) => id)).size, once.length);
  });

  it('is passed over, with a word, where it tells something else', () => {
    const [sent] = events.latency!;
    const changes = [
      { field: 'messages', value: { text: 'private' } },
      { field: 'flows' },
      { field: 'flows', value: { ...sent, event: 'FLOW_OF_TOMORROW\n' } },
      { field: 'flows', value: { ...sent, flow_id: '../1' } },
      { field: 'flows', value: { ...sent, alert_state: 'MAYBE' } },
      { field: 'flows', value: { event: 'FLOW_STATUS_CHANGE', flow_id: flowId, old_status: 'BLOCKED' } },
      null,
      { field: 'flows', value: sent },
    ];
    const reading = readWebhook({ entry: [{ time: seconds, changes }, 7, { id: '1' }] }, 0)!;
    assert.equal(reading.notices.length, 1);
    assert.deepEqual([...reading.otherFields], ['"messages"']);
    assert.deepEqual(
      [...reading.unknown],
      [
        ['field flows without a value', 1],
        [`event "FLOW_OF_TOMORROW?" of flow ${flowId}`, 1],
        ['event "ENDPOINT_LATENCY" without a flow id', 1],
        [`event ENDPOINT_LATENCY of flow ${flowId} with alert_state "MAYBE"`, 1],
        [`event FLOW_STATUS_CHANGE of flow ${flowId} without a new status`, 1],
        ['a change that is no object', 1],
        ['an entry without changes', 2],
      ],
    );
  });

  it('is passed over in few words, however much there is of it', () => {
    const kinds = Array.from({ length: 5000 }, (_, i) => ({
      field: 'flows',
      value: { event: `E${i}`, flow_id: flowId },
    }));
    const fields = Array.from({ length: 5000 }, (_, i) => ({ field: `field${i}`, value: {} }));
    const entry = [...Array<object>(250_000).fill({}), { changes: kinds }, { changes: fields }];
    const { unknown, otherFields } = readWebhook({ entry }, 0)!;
    assert.ok(unknown.size < 30 && otherFields.size < 30, `${unknown.size}, ${otherFields.size}`);
    assert.equal(unknown.get('an entry without changes'), 250_000);
    assert.equal(
      [...unknown.values()].reduce((sum, count) => sum + count, 0),
      255_000,
    );
  });

  it('tells which errors an alert counts, each in one spelling', () => {
    const errors = [
      { error_type: 'TIMEOUT', error_rate: 66.66, error_count: 2 },
      { error_type: 'timeout-error', error_count: '3' },
      { error_type: 'CAPABILITY_ERROR' },
      { error_type: 'missing_capability', error_rate: 'much' },
      { error_type: 'public-key-signiture-verification', error_count: 1 },
      { error_type: 'Invalid Screen-Transition', error_count: 0 },
      { error_type: 'constructor' },
      { error_type: '__proto__' },
      { error_count: 4 },
      { error_type: 7 },
      null,
    ];
    const sent = {
      event: 'ENDPOINT_ERROR_RATE',
      flow_id: flowId,
      alert_state: 'ACTIVATED',
      requests_count: '148',
      p50_latency: 500,
    };
    const expected = [
      { type: 'timeout_error', count: 2, rate: 66.66 },
      { type: 'timeout_error', count: 3 },
      { type: 'missing_capability' },
      { type: 'missing_capability' },
      { type: 'public_key_signature_verification', count: 1 },
      { type: 'invalid_screen_transition', count: 0 },
      { type: 'constructor' },
      { type: '__proto__' },
      { type: 'unknown', count: 4 },
    ];
    for (const list of [errors, { ...errors }]) {
      const [notice] = readWebhook(payload({ ...sent, errors: list }), 0)!.notices;
      assert.deepEqual(notice!.errors, expected);
      assert.deepEqual([notice!.requestsCount, notice!.p50Latency], [148, 500]);
    }
    for (const none of [undefined, null, [], 'many', 7, [7]]) {
      assert.equal(readWebhook(payload({ ...sent, errors: none }), 0)!.notices[0]!.errors, undefined);
    }
  });

  it('takes seconds, milliseconds, text, and the present where there is none', () => {
    const [sent] = events.latency!;
    for (const [given, instant] of [
      [seconds, time],
      [time, time],
      [String(seconds), time],
      [undefined, 77],
      ['soon', 77],
      [1e300, 8.64e15],
      [-1, 77],
    ] as const) {
      const entry = [{ time: given, changes: [{ field: 'flows', value: sent }] }];
      assert.equal(readWebhook({ entry }, 77)!.notices[0]!.time, instant);
    }
  });

  it('leaves out figures that none can be', () => {
    const [sent] = events.latency!;
    const reading = readWebhook(payload({ ...sent, p90_latency: -1, requests_count: 1.5, p50_latency: '1e999' }), 0)!;
    const { value, requestsCount, p50Latency } = reading.notices[0]!;
    assert.deepEqual([value, requestsCount, p50Latency], [undefined, undefined, undefined]);
  });

  it('never throws, whatever comes', () => {
    fc.assert(fc.property(fc.jsonValue(), (json) => void readWebhook(json, 0)));
    const value = fc.dictionary(
      fc.constantFrom('event', 'flow_id', 'alert_state', 'threshold', 'new_status', 'message', 'p90_latency', 'errors'),
      fc.oneof(fc.jsonValue(), fc.constantFrom(flowId, 'ACTIVATED', 'ENDPOINT_LATENCY', 'FLOW_STATUS_CHANGE')),
    );
    fc.assert(
      fc.property(value, (sent) => {
        const { notices } = readWebhook(payload(sent), 0)!;
        for (const alert of notices) assert.ok(/^\d+$/.test(alert.flowId) && alert.text.length <= 500);
      }),
    );
  });
});

describe('webhook receiver', () => {
  let stage: Stage | undefined;
  let alerts: AlertNotice[];
  let logged: string[];
  let news: WebhookOutcome[];
  let broken: boolean;
  let untimely: boolean;
  let writes: number;
  let patienceMs: number;
  let webhook: WebhookReceiver;
  /** What storing waits for. */
  let writable: Promise<unknown>;

  beforeEach(async () => {
    patienceMs = 60_000;
    alerts = [];
    logged = [];
    news = [];
    broken = false;
    untimely = false;
    writes = 0;
    writable = Promise.resolve();
    await restart();
  });
  afterEach(async () => {
    await stage?.close();
    stage = undefined;
  });

  async function restart(): Promise<void> {
    await stage?.close();
    webhook = new WebhookReceiver({
      patienceMs,
      verifyToken: 'verify me',
      appSecret: 'hush',
      log: (line) => logged.push(line),
      onOutcome: (one) => news.push(one),
      store: {
        recordAlerts: async (notices) => {
          writes++;
          await writable;
          if (broken) throw new Error('the disk is full');
          if (untimely) return { unknownFlows: [], changedFlows: [], untimely: notices };
          const known = notices.filter((notice) => notice.flowId === flowId);
          alerts.push(...known);
          const others = notices.filter((notice) => notice.flowId !== flowId);
          return { unknownFlows: [...new Set(others.map((notice) => notice.flowId))], changedFlows: [] };
        },
      },
    });
    stage = await startStage('http://127.0.0.1:1', { [flowId]: '/' }, { webhook: webhook.serve });
  }

  const shake = (query: string): Promise<Received> => send(`${stage!.url}/webhook?${query}`, { method: 'GET' });
  const post = (body: string, signature?: string): Promise<Received> =>
    send(`${stage!.url}/webhook`, {
      body,
      headers: {
        'content-type': 'application/json',
        ...(signature === undefined ? {} : { 'x-hub-signature-256': signature }),
      },
    });
  const signatureOf = (body: string, secret = 'hush'): string =>
    `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

  it('shakes hands with whoever knows the verify token', async () => {
    const right = 'hub.mode=subscribe&hub.verify_token=verify%20me&hub.challenge=1158201444';
    const answer = await shake(right);
    assert.deepEqual([answer.status, answer.body.toString()], [200, '1158201444']);
    for (const [query, status] of [
      [right.replace('verify%20me', 'other'), 403],
      [right.replace('verify%20me', ''), 403],
      [right.replace('subscribe', 'unsubscribe'), 400],
      [right.replace('1158201444', '%3Cscript%3E'), 400],
      ['hub.mode=subscribe', 400],
      ['', 400],
    ] as const) {
      assert.equal((await shake(query)).status, status, query);
    }
    // What is no handshake says nothing of the token.
    assert.deepEqual(news, ['subscribed', 'wrongToken', 'wrongToken']);
  });

  it('keeps every digit of a flow id that is sent as a number', async () => {
    const big = '12045883177309521234';
    const [sent] = events.latency!;
    const body = JSON.stringify(payload(sent)).replaceAll(`"${flowId}"`, big);
    assert.ok(body.includes(`"flow_id":${big}`));
    assert.equal((await post(body, signatureOf(body))).status, 200);
    assert.deepEqual(logged, [`webhook passed over: flow ${big} is none of the meter's`]);
  });

  it('says of notices that were not kept for their times which those are, in one line', async () => {
    const [sent] = events.latency!;
    untimely = true;
    const text = JSON.stringify(payload(sent, { ...sent, threshold: 5000 }, { ...sent, threshold: 1000 }));
    assert.equal((await post(text, signatureOf(text))).status, 200);
    assert.deepEqual(logged, [
      `webhook passed over: ENDPOINT_LATENCY of flow ${flowId} at ${new Date(time).toISOString()} and 2 more: taken are ` +
        "times up to 24 hours after this computer's, and not from before figures are kept",
    ]);
  });

  it('stores what is signed, of every type', async () => {
    const body = JSON.stringify(payload(...Object.values(events).map(([sent]) => sent)));
    assert.equal((await post(body, signatureOf(body))).status, 200);
    assert.deepEqual(
      alerts.map(({ type }) => type),
      Object.values(events).map(([, { type }]) => type),
    );
    assert.deepEqual(
      alerts.flatMap(({ newStatus }) => newStatus ?? []),
      ['THROTTLED', 'PUBLISHED', 'DRAFT'],
    );
    assert.deepEqual(logged, []);
    assert.deepEqual(news, ['signed', 'stored']);
    assert.equal(stage!.state().requests, 0);
    assert.equal((stage!.sink as KeepingSink).events.length, 0);
  });

  it('stores nothing of flows that the meter does not have, and says so once for each', async () => {
    const change = { event: 'FLOW_STATUS_CHANGE', new_status: 'BLOCKED' };
    const body = JSON.stringify(payload(...['7', flowId, '7', '8'].map((id) => ({ ...change, flow_id: id }))));
    assert.equal((await post(body, signatureOf(body))).status, 200);
    assert.deepEqual(
      alerts.map((alert) => [alert.flowId, alert.newStatus]),
      [[flowId, 'BLOCKED']],
    );
    assert.deepEqual(
      logged,
      ['7', '8'].map((id) => `webhook passed over: flow ${id} is none of the meter's`),
    );
    assert.deepEqual(news, ['signed', 'stored']);
  });

  it('refuses what is not signed, or not by the app', async () => {
    const body = JSON.stringify(payload(events.latency![0]));
    for (const signature of [
      undefined,
      '',
      'sha256=',
      signatureOf(body, 'other'),
      signatureOf(`${body} `),
      signatureOf(body).replace('sha256', 'sha1'),
      signatureOf(body).slice(0, -2),
    ]) {
      assert.equal((await post(body, signature)).status, 403);
    }
    assert.deepEqual(alerts, []);
    assert.equal(logged.length, 7);
    assert.ok(logged.every((line) => /^webhook refused \(403\)/.test(line) && !line.includes('hush')));
    // One had no signature at all.
    assert.deepEqual(news, Array(6).fill('wrongSignature'));
  });

  it('answers 400 to what is malformed, and says so in the log', async () => {
    for (const body of ['', 'no JSON', '{"entry":', '[]', 'null', '{"object":"x"}', '{"entry":{}}']) {
      assert.equal((await post(body, signatureOf(body))).status, 400, body);
    }
    assert.equal(logged.length, 7);
    assert.match(logged[0]!, /^webhook refused \(400\): The body is not the JSON of a webhook/);
  });

  it('answers 200 to events that it does not know, and says so in the log', async () => {
    const body = JSON.stringify(payload({ event: 'NEWS', flow_id: flowId }));
    assert.equal((await post(body, signatureOf(body))).status, 200);
    assert.deepEqual(logged, [`webhook passed over: event "NEWS" of flow ${flowId}`]);
  });

  it('answers 503 while the store fails, so that Meta sends again, and logs only what changes', async () => {
    const body = JSON.stringify(payload(events.latency![0]));
    const nothing = JSON.stringify(payload({ event: 'NEWS' }));
    for (const fails of [true, true, false, false]) {
      broken = fails;
      assert.equal((await post(body, signatureOf(body))).status, fails ? 503 : 200);
      // There is nothing to be stored in this.
      assert.equal((await post(nothing, signatureOf(nothing))).status, 200);
    }
    assert.deepEqual(
      logged.filter((line) => !line.includes('passed over')),
      ['webhook was not stored, Meta will send it again: the disk is full', 'webhook is stored again'],
    );
    const failed = ['signed', 'notStored', 'signed'];
    const stored = ['signed', 'stored', 'signed'];
    assert.deepEqual(news, [...failed, ...failed, ...stored, ...stored]);
  });

  it('answers once a notice is stored, and stores together what comes meanwhile', async () => {
    let letGo = (): void => undefined;
    writable = new Promise<void>((resolve) => (letGo = resolve));
    const body = JSON.stringify(payload(events.latency![0]));
    let answers = 0;
    const sent = Array.from({ length: 20 }, () =>
      post(body, signatureOf(body)).then(({ status }) => {
        answers++;
        return status;
      }),
    );
    while (news.length < 20) await new Promise(setImmediate);
    assert.deepEqual([answers, alerts.length], [0, 0]);
    letGo();
    assert.deepEqual(new Set(await Promise.all(sent)), new Set([200]));
    assert.equal(alerts.length, 20);
    assert.equal(writes, 2);
  });

  it('answers 503 where storing takes too long, and is closed once that has come to its end', async () => {
    let letGo = (): void => undefined;
    writable = new Promise<void>((resolve) => (letGo = resolve));
    patienceMs = 50;
    await restart();
    const body = JSON.stringify(payload(events.latency![0]));
    assert.equal((await post(body, signatureOf(body))).status, 503);
    const closing = webhook.close();
    assert.equal(alerts.length, 0);
    letGo();
    await closing;
    assert.equal(alerts.length, 1);
  });

  it('takes nothing more once it closes, and is closed when what is under way is stored and answered', async () => {
    let letGo = (): void => undefined;
    writable = new Promise<void>((resolve) => (letGo = resolve));
    const body = JSON.stringify(payload(events.latency![0]));
    const before = post(body, signatureOf(body));
    while (news.length === 0) await new Promise(setImmediate);
    let closed = false;
    const closing = webhook.close().then(() => (closed = true));
    assert.equal((await post(body, signatureOf(body))).status, 503);
    assert.equal(closed, false);
    letGo();
    await closing;
    assert.equal((await before).status, 200);
    assert.equal(alerts.length, 1);
  });

  it('refuses too long a body and other methods', async () => {
    const long = 'x'.repeat(3 * 1024 * 1024 + 1);
    assert.equal((await post(long, signatureOf(long))).status, 413);
    assert.equal((await send(`${stage!.url}/webhook`, { method: 'DELETE' })).status, 405);
    assert.equal((await send(`${stage!.url}/webhook/more`, { body: 'x' })).status, 404);
  });
});
