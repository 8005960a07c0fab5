/** Notices on their way on to the program that had the app's callback URL before: all as it came, and its own answer back. */
import assert from 'node:assert/strict';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { createServer as createNetServer } from 'node:net';
import { once } from 'node:events';
import { signBody } from '../../../src/recorder/bodySignature';
import { forwardUrlProblem } from '../../../src/recorder/webhook/webhookForward';
import { WebhookReceiver, type WebhookOutcome } from '../../../src/recorder/webhook/webhookReceiver';
import { send, startStage, type Received, type Stage } from './stage';

const flowId = '1204588317730952';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

describe('webhook: passing on', () => {
  let stage: Stage;
  let webhook: WebhookReceiver;
  let bot: Server | NetServer | undefined;
  let seen: Seen[];
  let news: WebhookOutcome[];
  let logged: string[];
  let stored: number;
  let broken: boolean;

  beforeEach(() => {
    [seen, news, logged, stored, broken] = [[], [], [], 0, false];
  });
  afterEach(async () => {
    await webhook.close();
    await stage.close();
    if (bot && 'closeAllConnections' in bot) bot.closeAllConnections();
    bot?.close();
    bot = undefined;
  });

  async function startBot(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
    bot = createHttpServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', rawHeaders } = request;
        seen.push({ method, url, rawHeaders, body: Buffer.concat(chunks) });
        answer(request, response);
      });
    }).listen(0, '127.0.0.1');
    await once(bot, 'listening');
    return `http://127.0.0.1:${(bot.address() as AddressInfo).port}`;
  }

  /** A recorder that passes on to this. */
  async function start(forwardUrl: string, forwardPatienceMs = 10_000): Promise<void> {
    webhook = new WebhookReceiver({
      verifyToken: 'verify me',
      appSecret: 'hush',
      forwardUrl,
      forwardPatienceMs,
      log: (line) => logged.push(line),
      onOutcome: (one) => news.push(one),
      store: {
        recordAlerts: async (notices) => {
          if (broken) throw new Error('the disk is full');
          stored += notices.length;
          return { unknownFlows: [], changedFlows: [] };
        },
      },
    });
    stage = await startStage('http://127.0.0.1:1', { [flowId]: '/' }, { webhook: webhook.serve });
  }

  const post = (body: string | Buffer, headers: Record<string, string> = {}): Promise<Received> =>
    send(`${stage.url}/webhook`, {
      body,
      headers: { 'content-type': 'application/json', 'X-Hub-Signature-256': signBody(body, 'hush'), ...headers },
    });

  const messages =
    '{ "object":"whatsapp_business_account",  "entry":[{"id":"1","changes":[{"field":"messages","value":{"text":"Grüß \\u00e9"}}]}]}\n';
  const alert = JSON.stringify({
    entry: [
      {
        time: 1,
        changes: [{ field: 'flows', value: { event: 'FLOW_STATUS_CHANGE', flow_id: flowId, new_status: 'BLOCKED' } }],
      },
    ],
  });

  const valueOf = ({ rawHeaders }: Seen, name: string): string | undefined => {
    const at = rawHeaders.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === name);
    return at < 0 ? undefined : rawHeaders[at + 1];
  };

  it('takes body, signature and content type along byte for byte, and brings status and body back', async () => {
    const url = await startBot((_, response) => {
      response.writeHead(202, { 'content-type': 'application/json', 'x-own': 'yes' }).end('{"taken":true}');
    });
    await start(`${url}/hook?key=s3cret`);
    for (const [body, type] of [
      [messages, 'application/json; charset=utf-8'],
      [alert, 'application/json'],
      [Buffer.from([0xff, 0, 0x80]), 'application/octet-stream'],
      ['x'.repeat(3 * 1024 * 1024), 'text/plain'],
    ] as const) {
      const answer = await post(body, { 'content-type': type });
      assert.deepEqual([answer.status, answer.body.toString()], [202, '{"taken":true}']);
      assert.deepEqual([answer.headers['content-type'], answer.headers['x-own']], ['application/json', 'yes']);
      const one = seen.at(-1)!;
      assert.deepEqual([one.method, one.url], ['POST', '/hook?key=s3cret']);
      assert.ok(one.body.equals(Buffer.from(body)));
      assert.equal(valueOf(one, 'x-hub-signature-256'), signBody(body, 'hush'));
      assert.equal(valueOf(one, 'content-type'), type);
      assert.equal(valueOf(one, 'host'), url.replace('http://', ''));
    }
    assert.equal(stored, 1);
    assert.deepEqual(logged, []);
  });

  it('goes for what Meta signed only', async () => {
    await start(await startBot((_, response) => response.end('ok')));
    for (const headers of [{ 'X-Hub-Signature-256': signBody(messages, 'other') }, { 'X-Hub-Signature-256': '' }]) {
      assert.equal((await post(messages, headers)).status, 403);
    }
    assert.deepEqual(seen, []);
  });

  it('lets Meta hear whatever the other program answers', async () => {
    let status = 200;
    await start(
      await startBot((_, response) => {
        response.writeHead(status, { location: '/elsewhere' }).end(status === 204 ? undefined : String(status));
      }),
    );
    for (status of [200, 204, 302, 400, 401, 404, 429, 500, 503]) {
      const answer = await post(messages);
      assert.deepEqual([answer.status, answer.body.toString()], [status, status === 204 ? '' : String(status)]);
    }
  });

  it('hands over the handshake where the verify token is not the recorder’s', async () => {
    await start(
      await startBot((request, response) => {
        const query = new URL(request.url!, 'http://x').searchParams;
        const knows = query.get('hub.verify_token') === 'the bot’s own';
        response.writeHead(knows ? 200 : 403).end(knows ? query.get('hub.challenge') : 'no');
      }),
    );
    const shake = async (token: string): Promise<string> => {
      const query = new URLSearchParams({
        'hub.mode': 'subscribe',
        'hub.verify_token': token,
        'hub.challenge': '1158',
      });
      const { status, body } = await send(`${stage.url}/webhook?${query}`, { method: 'GET' });
      return `${status} ${body}`;
    };
    assert.equal(await shake('verify me'), '200 1158');
    assert.deepEqual([seen.length, news], [0, ['subscribed']]);
    assert.equal(await shake('the bot’s own'), '200 1158');
    assert.equal(await shake('neither'), '403 no');
    assert.deepEqual(
      news.filter((one) => one !== 'forwarded'),
      ['subscribed', 'subscribed', 'wrongToken'],
    );
    assert.equal((await send(`${stage.url}/webhook?hub.mode=other`, { method: 'GET' })).status, 400);
    assert.equal(seen.length, 2);
  });

  it('answers 502 where nobody is there, so that Meta sends again, and logs no secret of the address', async () => {
    const url = await startBot((_, response) => response.end('ok'));
    bot!.close();
    await once(bot!, 'close');
    await start(`${url}/hook/path-s3cret?key=s3cret`);
    for (let i = 0; i < 2; i++) assert.equal((await post(alert)).status, 502);
    assert.equal(stored, 2);
    bot!.listen(Number(new URL(url).port), '127.0.0.1');
    await once(bot!, 'listening');
    for (let i = 0; i < 2; i++) assert.equal((await post(messages)).status, 200);
    assert.deepEqual(logged, [
      `webhook could not be passed on to ${url}, Meta will send it again: ECONNREFUSED`,
      `webhook is passed on to ${url} again`,
    ]);
    assert.deepEqual(
      news.filter((one) => /orwarded/.test(one)),
      ['notForwarded', 'notForwarded', 'forwarded', 'forwarded'],
    );
  });

  const oddities: readonly (readonly [string, string, number])[] = [
    ['is no HTTP', 'SSH-2.0-OpenSSH\r\n', 502],
    ['has no status that there is', 'HTTP/1.1 000 \r\nContent-Length: 0\r\n\r\n', 502],
    ['has a status over 599', 'HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n', 502],
    ['switches protocols', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n', 502],
    ['breaks off', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', 502],
    ['has a control byte in its reason', 'HTTP/1.1 200 O\x01K\r\nContent-Length: 2\r\n\r\nok', 200],
    ['has no length', 'HTTP/1.1 200 OK\r\n\r\nok', 200],
  ];
  for (const [what, answer, status] of oddities) {
    it(`settles an answer that ${what}`, async () => {
      bot = createNetServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => socket.end(answer, 'latin1'));
      }).listen(0, '127.0.0.1');
      await once(bot, 'listening');
      await start(`http://127.0.0.1:${(bot.address() as AddressInfo).port}/`);
      for (let i = 0; i < 2; i++) {
        const got = await post(messages);
        // What Node itself refuses to read counts as no answer.
        assert.ok(got.status === status || got.status === 502, `${got.status}`);
      }
    });
  }

  it('answers 504 where the other program is silent, or does not come to an end', async () => {
    for (const begin of ['', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf']) {
      const sockets = new Set<{ destroy(): void }>();
      bot = createNetServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => undefined);
        socket.once('data', () => socket.write(begin));
      }).listen(0, '127.0.0.1');
      await once(bot, 'listening');
      await start(`http://127.0.0.1:${(bot.address() as AddressInfo).port}/`, 100);
      assert.equal((await post(messages)).status, 504);
      for (const socket of sockets) socket.destroy();
      if (begin === '') {
        await stage.close();
        bot.close();
      }
    }
    assert.match(logged[0]!, /no whole answer within 0\.1 s/);
  });

  it('ends a circle at once, whichever way it leads', async () => {
    const relay = await startBot((request, response) => {
      void send(`${stage.url}/webhook`, {
        body: seen.at(-1)!.body,
        headers: Object.fromEntries(
          Object.entries(request.headers).filter(([name]) => !['host', 'connection', 'content-length'].includes(name)),
        ) as Record<string, string>,
      }).then(({ status, body }) => response.writeHead(status).end(body));
    });
    await start(`${relay}/tunnel`);
    const answer = await post(messages);
    assert.equal(answer.status, 508);
    assert.match(answer.body.toString(), /leads back to this recorder/);
    assert.equal(seen.length, 1);
    assert.ok(news.includes('circular') && !news.includes('forwarded'));
  });

  it('does not happen to what could not be stored: that comes again', async () => {
    await start(await startBot((_, response) => response.end('ok')));
    broken = true;
    assert.equal((await post(alert)).status, 503);
    // Messages need no store.
    assert.equal((await post(messages)).status, 200);
    broken = false;
    assert.equal((await post(alert)).status, 200);
    assert.deepEqual(
      seen.map(({ body }) => body.toString()),
      [messages, alert],
    );
  });

  it('is not to be had without an address: then it is said that messages are dropped, once', async () => {
    await start('http://127.0.0.1:1');
    await stage.close();
    webhook = new WebhookReceiver({
      verifyToken: 'v',
      appSecret: 'hush',
      log: (line) => logged.push(line),
      onOutcome: (one) => news.push(one),
      store: { recordAlerts: async () => ({ unknownFlows: [], changedFlows: [] }) },
    });
    stage = await startStage('http://127.0.0.1:1', { [flowId]: '/' }, { webhook: webhook.serve });
    for (let i = 0; i < 3; i++) assert.equal((await post(messages)).status, 200);
    assert.equal(logged.length, 1);
    assert.match(logged[0]!, /notices of the field "messages" come here too.*--webhook-forward/);
    assert.ok(news.includes('unheard'));
  });

  it('refuses addresses that cannot be meant, without repeating them', () => {
    for (const wrong of [
      '',
      'localhost:3000',
      'ftp://x/',
      'http://',
      'http://me:s3cret@x/',
      'http://x/#part',
      '/webhook',
    ]) {
      const problem = forwardUrlProblem(wrong);
      assert.ok(problem && !problem.includes('s3cret'), wrong);
    }
    for (const right of [
      'http://127.0.0.1:3000',
      'https://example.com/webhook?key=x',
      'http://[::1]:3000/',
      'http://bot/',
    ]) {
      assert.equal(forwardUrlProblem(right), undefined, right);
    }
  });
});
