/** Marks in a meter's file, and through its API. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { maxMarks, parseMarksAnswer } from '../../../../src/contract/mark';
import type { MeterStore } from '../../../../src/store/meterStore';
import { startTestServer, type Answer, type TestServer } from '../../server/testServer';
import { cleanUp, event, failure, flowId, newFile, open, present } from './storeFixture';

const iso = (time: number): string => new Date(time).toISOString();
const json = 'application/json';

describe('marks of a meter', () => {
  let store: MeterStore;
  let server: TestServer;
  beforeEach(async () => {
    store = await open();
    server = await startTestServer({ meter: store, minRequests: 0 });
    await store.record([event(), event({ flowId: '42' })]);
  });
  afterEach(async () => {
    await server.close();
    await cleanUp();
  });

  const add = (body: unknown, type = json): Promise<Answer> =>
    server.post('/v26.0/marks', typeof body === 'string' ? body : JSON.stringify(body), type);
  const textsOf = ({ json: { data } }: Answer): readonly string[] =>
    (data as { text: string }[]).map(({ text }) => text);

  it('come back newest first, those of a flow with those of all flows', async () => {
    assert.deepEqual((await add({ text: '  v1.4.2\n beta ' })).json, {
      id: '1',
      text: 'v1.4.2 beta',
      time: iso(present),
      added: true,
    });
    await add({ text: 'ours', time: present - 1000, flow: flowId });
    await add({ text: 'theirs', time: '2026-03-13T01:00:00+05:00', flow: '42' });
    const all = await server.get('/v26.0/marks');
    assert.deepEqual(textsOf(all), ['theirs', 'v1.4.2 beta', 'ours']);
    assert.deepEqual(textsOf(await server.get(`/v26.0/marks?flow=${flowId}`)), ['v1.4.2 beta', 'ours']);
    assert.deepEqual(parseMarksAnswer(all.json), [
      { id: '3', text: 'theirs', time: Date.parse('2026-03-12T20:00:00Z'), flowId: '42' },
      { id: '1', text: 'v1.4.2 beta', time: present },
      { id: '2', text: 'ours', time: present - 1000, flowId },
    ]);
  });

  it('are the same where text, time and flow are, so that a request may be sent again', async () => {
    await add({ text: 'v1', time: present });
    const again = await add({ text: 'v1', time: iso(present) });
    assert.deepEqual([again.status, again.json.added, again.json.id], [200, false, '1']);
    assert.equal((await store.readMarks()).length, 1);
  });

  it('that make no sense are refused with what is allowed, and nothing is kept', async () => {
    for (const [body, message] of [
      ['{', /^\(#100\) The body is not JSON/],
      [[], /must be a JSON object/],
      [{}, /"text" must be text of 1 to 100 characters/],
      [{ text: ' \n' }, /"text" must be/],
      [{ text: 'x'.repeat(101) }, /"text" must be/],
      [{ text: 7 }, /"text" must be/],
      [{ text: 'v1', time: '2026-03-12 14:18' }, /"time" must be an ISO time with its zone/],
      [{ text: 'v1', time: null }, /"time" must be/],
      [{ text: 'v1', time: present + 2 * 86_400_000 }, /"time" lies in the future/],
      [{ text: 'v1', time: present - 500 * 86_400_000 }, /"time" is too old/],
      [{ text: 'v1', flow: 'abc' }, /"flow" must be a flow id/],
      [{ text: 'v1', flow: '43' }, /does not know this flow/],
    ] as const) {
      const { status, json: answer } = await add(body);
      assert.deepEqual([status, answer.error?.code], [400, 100], JSON.stringify(body));
      assert.match(answer.error.message, message);
    }
    assert.match((await add({ text: 'v1' }, 'text/plain')).json.error.message, /must be sent as application\/json/);
    assert.equal((await server.get('/v26.0/marks?flow=abc')).status, 400);
    assert.deepEqual(await store.readMarks(), []);
  });

  it('need the token, come from no web page, and are unknown to a server of demo data', async () => {
    const send = async (headers: Record<string, string>): Promise<number> => {
      const init = { method: 'POST', body: '{"text":"v1"}', headers: { 'content-type': json, ...headers } };
      return (await fetch(`${server.url}/v26.0/marks`, init)).status;
    };
    assert.equal(await send({}), 401);
    assert.equal(await send({ authorization: 'Bearer right-token', origin: 'http://evil.example' }), 403);
    const long = await add({ text: 'v1', more: 'x'.repeat(1024 * 1024) });
    assert.equal(long.status, 413);
    assert.deepEqual(await store.readMarks(), []);
    const demo = await startTestServer();
    const answers = [await demo.get('/v26.0/marks'), await demo.post('/v26.0/marks', '{"text":"v1"}', json)];
    await demo.close();
    assert.deepEqual(
      answers.map(({ status, json: { error } }) => [status, error.error_subcode]),
      [
        [400, 33],
        [400, 33],
      ],
    );
  });

  it('give way to newer ones, and go by their id', async () => {
    await store.addMark({ text: 'v0', time: present - maxMarks });
    const database = new DatabaseSync(store.state().file, { timeout: 10_000 });
    const rows = Array.from({ length: maxMarks - 1 }, (_, i) => `('', ${present - maxMarks + 1 + i}, 'v${i + 1}')`);
    database.exec(`INSERT INTO marks (flow, time, text) VALUES ${rows.join(', ')}`);
    database.close();
    const late = await store.addMark({ text: 'late', time: present - 2 * maxMarks });
    const marks = await store.readMarks();
    assert.deepEqual(
      [marks.length, marks[0]?.text, marks.at(-1)?.text, marks.at(-2)?.text],
      [maxMarks, 'v499', 'late', 'v1'],
    );
    assert.equal(await store.removeMark(late.id), true);
    assert.equal(await store.removeMark(late.id), false);
    assert.equal((await store.readMarks()).length, maxMarks - 1);
    // A number is given once, so that nobody removes another mark than the one that was listed.
    assert.notEqual((await store.addMark({ text: 'next', time: present })).id, late.id);
  });

  it('go over the API, too, for everybody, and once', async () => {
    await add({ text: 'v1' });
    await add({ text: 'v2', flow: flowId });
    const remove = (id: unknown, more: object = {}): Promise<Answer> => add({ remove: id, ...more });
    for (const answer of [await remove(1), await remove('-1'), await remove('1', { text: 'v3' }), await remove(null)]) {
      assert.equal(answer.status, 400);
      assert.match(answer.json.error.message, /"remove" must be the id of a mark, as text, and stand alone/);
    }
    assert.equal((await store.readMarks()).length, 2);
    assert.deepEqual((await remove('1')).json, { removed: true });
    // Sent again, it does no harm.
    assert.deepEqual((await remove('1')).json, { removed: false });
    assert.deepEqual(
      (await store.readMarks()).map(({ text }) => text),
      ['v2'],
    );
    await store.close();
    assert.match((await remove('2')).json.error.message, /The mark was not removed/);
  });

  it('are deleted with the figures of their time', async () => {
    const file = newFile();
    const kept = await open({ file });
    await kept.addMark({ text: 'old', time: present - 40 * 86_400_000 });
    await kept.addMark({ text: 'new', time: present });
    await kept.close();
    const shorter = await open({ file, retentionDays: 30 });
    // The store sweeps by itself.
    while ((await shorter.readMarks()).length > 1) await new Promise(setImmediate);
    assert.deepEqual(
      (await shorter.readMarks()).map(({ text }) => text),
      ['new'],
    );
  });

  it('of a store that is closed are refused', async () => {
    await store.close();
    assert.equal((await failure(store.addMark({ text: 'v1', time: present }))).kind, 'closed');
    const { status, json: answer } = await add({ text: 'v1' });
    assert.deepEqual([status, answer.error.code], [503, 2]);
    assert.match(answer.error.message, /The mark was not kept/);
  });
});
