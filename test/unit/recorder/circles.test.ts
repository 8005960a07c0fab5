import assert from 'node:assert/strict';
import { request as httpRequest, createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startSampleEndpoint, type SampleEndpoint } from '../../fixtures/sampleEndpoint';
import { send, startStage, type Stage } from './stage';

const flow = '1204588317730952';

describe('a request that comes back to the recorder', function () {
  this.timeout(10_000);
  let endpoint: SampleEndpoint;
  const stages: Stage[] = [];
  const servers: Server[] = [];

  before(async () => (endpoint = await startSampleEndpoint()));
  after(() => endpoint.close());
  afterEach(async () => {
    for (const stage of stages.splice(0)) await stage.close();
    for (const server of servers.splice(0)) server.close();
  });

  const start = async (...args: Parameters<typeof startStage>): Promise<Stage> => {
    const stage = await startStage(...args);
    stages.push(stage);
    return stage;
  };

  /** Passes everything on to what it is told, as a tunnel does. */
  const startTunnel = async (target: () => number, more: Record<string, string> = {}): Promise<string> => {
    const tunnel = createServer((request, response) => {
      const { method, url: path, headers } = request;
      const onward = httpRequest({ port: target(), method, path, headers: { ...headers, ...more }, agent: false });
      onward.on('response', (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      });
      request.pipe(onward);
    });
    servers.push(tunnel);
    await new Promise<void>((resolve) => tunnel.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(tunnel.address() as AddressInfo).port}`;
  };

  it('is refused with a sentence that says what to enter, and counts for no flow', async () => {
    const lines: string[] = [];
    const stage = await start(endpoint.url, {}, { report: (line) => lines.push(line) });
    const { url, setFlows, state, sink } = stage;
    setFlows([{ id: flow, upstream: `${url}/${flow}` }]);
    for (let i = 0; i < 3; i++) {
      const { status, body } = await send(`${url}/${flow}`, { body: '{}' });
      assert.equal(status, 508);
      assert.match(body.toString(), /leads back to it\. Enter the address of the endpoint itself, such as http:/);
    }
    const { requests, callersGone, uncounted, problems: troubles } = state();
    assert.deepEqual([requests, callersGone, uncounted.circular], [0, 0, 3]);
    assert.deepEqual(sink.events, []);
    assert.match(
      troubles.join(),
      /^3 requests were refused: the URL of an endpoint leads back to this recorder\. Enter/,
    );
    // A flood of them is one line.
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /^1 request was refused: the URL of an endpoint leads back to this recorder/);
  });

  it('is known behind a tunnel, whatever that adds and in whatever way its address is written', async () => {
    const stage = await start(endpoint.url, {});
    const tunnel = await startTunnel(() => stage.port, { 'x-forwarded-for': '203.0.113.7' });
    for (const address of [`${tunnel}/${flow}`, `${tunnel}//${flow}/`, `http://localhost:${stage.port}/${flow}?a=b`]) {
      stage.setFlows([{ id: flow, upstream: address }]);
      assert.equal((await send(`${stage.url}/${flow}`, { body: '{}' })).status, 508);
    }
    assert.deepEqual(stage.sink.events, []);
  });

  it('is known after it went through another recorder, which counts nothing either', async () => {
    const [one, two] = [await start(endpoint.url, {}), await start(endpoint.url, {})];
    one.setFlows([{ id: flow, upstream: `${two.url}/${flow}` }]);
    two.setFlows([{ id: flow, upstream: `${one.url}/${flow}` }]);
    assert.equal((await send(`${one.url}/${flow}`, { body: '{}' })).status, 508);
    assert.deepEqual([...one.sink.events, ...two.sink.events], []);
    assert.deepEqual([one.state().uncounted.circular, two.state().uncounted.circular], [1, 0]);
  });

  it('is another thing than two recorders in a row, which both count', async () => {
    const two = await start(endpoint.url, { [flow]: '/echo' });
    const one = await start(two.url, { [flow]: `/${flow}` });
    for (let i = 0; i < 5; i++) assert.equal((await send(`${one.url}/${flow}`, { body: 'x' })).body.toString(), 'x');
    assert.deepEqual([one.sink.outcomes(), two.sink.outcomes()], [{ success: 5 }, { success: 5 }]);
    assert.match(
      String(endpoint.seen.at(-1)!.headers.via),
      /^1\.1 flowmeter-[0-9a-f]{16}, 1\.1 flowmeter-[0-9a-f]{16}$/,
    );
  });

  it('is not one that came through other proxies: their marks stay, and ours comes last', async () => {
    const { url } = await start(endpoint.url, { [flow]: '/echo' });
    const headers = ['Via', '1.0 fred', 'Host', 'x', 'via', 'HTTP/1.1 p.example.net (Apache/1.1), 1.1 flowmeter-0'];
    assert.equal(
      (await send(`${url}/${flow}`, { body: 'x', headers: [...headers, 'Content-Length', '1'] as never })).status,
      200,
    );
    const { rawHeaders } = endpoint.seen.at(-1)!;
    const marks = rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]!.toLowerCase() === 'via');
    assert.deepEqual(marks.slice(0, 2), ['1.0 fred', 'HTTP/1.1 p.example.net (Apache/1.1), 1.1 flowmeter-0']);
    assert.match(marks[2]!, /^1\.1 flowmeter-[0-9a-f]{16}$/);
    assert.equal(marks.length, 3);
  });

  it('is not an endpoint that answers 508 itself', async () => {
    const { url, sink } = await start(endpoint.url, { [flow]: '/status/508' });
    assert.equal((await send(`${url}/${flow}`, { body: 'x' })).status, 508);
    assert.deepEqual(sink.outcomes(), { unexpected_http_status_code: 1 });
  });
});
