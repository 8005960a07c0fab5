/** A page on another origin, in a real browser, against the server on this computer: nothing reaches it, nothing is read. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BrowserContext } from 'playwright-core';
import type * as BrowserModule from '../../scripts/editor/browser';
import { startHttpServer, type RunningServer } from '../../src/server/httpServer';

const token = 'the-right-token';

describe('A page on another origin', () => {
  let reached = 0;
  let server: RunningServer;
  let stranger: Server;
  let context: BrowserContext;

  before(async () => {
    // The app behind the guards: whatever it hears of has got through.
    const app = (): Promise<{ status: number; headers: Record<string, string>; body: string }> => {
      reached++;
      return Promise.resolve({ status: 200, headers: {}, body: '{"secret":"figures"}' });
    };
    server = await startHttpServer({ app, port: 0, token });
    stranger = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Stranger</title><body>');
    });
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const file = path.join(process.cwd(), 'scripts/editor/browser.ts');
    const { launchBrowser } = (await import(pathToFileURL(file).href)) as typeof BrowserModule;
    context = await launchBrowser();
  });

  after(async () => {
    await context?.close();
    await server?.close();
    stranger?.close();
  });

  it('cannot read or write, with fetch, form, WebSocket, script, picture, event stream, beacon or frame', async () => {
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${(stranger.address() as AddressInfo).port}/`);
    const outcomes = await page.evaluate(
      async ([base, right]) => {
        const url = `${base}/v26.0/1?fields=id`;
        const read = (init: RequestInit): Promise<string> =>
          fetch(url, init).then(
            async (response) => `${response.type}:${await response.text()}`,
            () => 'failed',
          );
        const settled = (element: HTMLElement): Promise<string> =>
          new Promise((done) => {
            element.onload = () => done('loaded');
            element.onerror = () => done('failed');
            document.body.append(element);
          });
        const authorization = `Bearer ${right}`;
        const form = Object.assign(document.createElement('form'), { method: 'post', action: url, target: 'sink' });
        const sink = Object.assign(document.createElement('iframe'), { name: 'sink' });
        document.body.append(sink, form);
        const submitted = new Promise((done) => (sink.onload = done));
        form.submit();
        await submitted;
        const socket = new WebSocket(`${base!.replace('http', 'ws')}/v26.0/flowmeter`);
        const connected = new Promise<string>((done) => {
          socket.onopen = () => done('open');
          socket.onerror = () => done('failed');
        });
        const events = new EventSource(url);
        const streamed = new Promise<string>((done) => {
          events.onmessage = () => done('message');
          events.onerror = () => done('failed');
        });
        return {
          plain: await read({}),
          blind: await read({ mode: 'no-cors' }),
          withToken: await read({ headers: { authorization } }),
          credentials: await read({ credentials: 'include', mode: 'no-cors' }),
          post: await read({ method: 'POST', body: 'batch=[]', mode: 'no-cors' }),
          json: await read({ method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }),
          put: await read({ method: 'PUT' }),
          script: await settled(Object.assign(document.createElement('script'), { src: url })),
          picture: await settled(Object.assign(document.createElement('img'), { src: url })),
          socket: await connected,
          events: await streamed,
          beacon: String(navigator.sendBeacon(url, 'batch=[]')),
        };
      },
      [server.url, token],
    );
    const failed = 'failed';
    // A blind answer tells nothing; that the beacon was queued does not mean that anybody took it.
    const { beacon, ...others } = outcomes;
    assert.equal(beacon, 'true');
    assert.deepEqual(others, {
      ...{ plain: failed, blind: 'opaque:', withToken: failed, credentials: 'opaque:', post: 'opaque:' },
      ...{ json: failed, put: failed, script: failed, picture: failed, socket: failed, events: failed },
    });
    assert.equal(reached, 0, 'the guards let nothing through');
    // The same request from a program goes through: it is the page that is kept out.
    const own = await fetch(`${server.url}/v26.0/1`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(own.status, 200);
    assert.equal(reached, 1);
    await page.close();
  });

  it('cannot reach it under a name that it made point here', async () => {
    const page = await context.newPage();
    // A name of the stranger's that resolves to this computer, as after DNS rebinding: same origin, so no Origin is sent.
    const rebound = server.url.replace('127.0.0.1', 'rebound.localhost');
    const response = await page.goto(`${rebound}/v26.0/1`);
    assert.equal(response?.status(), 421);
    const status = await page.evaluate(
      async (right) => (await fetch('/v26.0/1', { headers: { authorization: `Bearer ${right}` } })).status,
      token,
    );
    assert.equal(status, 421);
    assert.equal(reached, 1);
    await page.close();
  });
});
