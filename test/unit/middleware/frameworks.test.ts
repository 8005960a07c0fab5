/** recordFlow around real frameworks, as the README's table says, and around what they call a handler with. */
import assert from 'node:assert/strict';
import type { IncomingMessage, RequestListener } from 'node:http';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import express from 'express';
import { H3, readBody } from 'h3';
import { toNodeHandler } from 'h3/node';
import { Hono } from 'hono';
import {
  cannotBeServed,
  recordFlow,
  type FlowRecording,
  type RecordFlowOptions,
} from '../../../src/middleware/recordFlow';
import { flowId } from './stubMeter';
import { Endpoints } from './endpoints';

interface Body {
  readonly what?: 'fail' | 'unserved';
}

/** A listener of node:http that answers `POST /flow` with its body, and what counts its requests. */
interface Wrapped {
  readonly listener: RequestListener;
  readonly recorded: FlowRecording;
}

const frameworks: Readonly<Record<string, (options: RecordFlowOptions) => Wrapped>> = {
  'Express, before the body parser': (options) => {
    const app = express();
    const recorded = recordFlow((_request, _response, next) => (next as () => void)(), { ...options, flowId });
    app.use('/flow', recorded as unknown as express.RequestHandler);
    app.use(express.json());
    app.post('/flow', (request, response) => {
      const { what } = request.body as Body;
      if (what === 'fail') throw new Error('broken');
      if (what === 'unserved') cannotBeServed(response);
      response.json({});
    });
    const last: express.ErrorRequestHandler = (_error, _request, response, next) => {
      void next;
      response.status(500).end();
    };
    return { listener: app.use(last), recorded };
  },
  Hono: (options) => {
    const app = new Hono<{ Bindings: HttpBindings }>();
    app.post('/flow', async (context) => {
      const { what } = await context.req.json<Body>();
      if (what === 'fail') throw new Error('broken');
      if (what === 'unserved') cannotBeServed(context.env.outgoing as never);
      return context.json({});
    });
    app.onError((_error, context) => context.text('', 500));
    const recorded = recordFlow(getRequestListener(app.fetch) as RequestListener, options);
    return { listener: recorded, recorded };
  },
  h3: (options) => {
    const app = new H3({ silent: true }).post('/flow', async (event) => {
      const { what } = (await readBody<Body>(event)) ?? {};
      if (what === 'fail') throw new Error('broken');
      if (what === 'unserved') cannotBeServed(event.runtime!.node!.res as never);
      return {};
    });
    const recorded = recordFlow(toNodeHandler(app) as RequestListener, options);
    return { listener: recorded, recorded };
  },
};

/** A handler where the framework calls it with something of its own. */
const within: Readonly<Record<string, (options: RecordFlowOptions) => RequestListener>> = {
  Hono: (options) => {
    const handler = (context: { text(text: string): Response }): Response => context.text('served');
    return getRequestListener(new Hono().post('/flow', recordFlow(handler as never, options)).fetch) as RequestListener;
  },
  h3: (options) => {
    const handler = recordFlow((() => 'served') as never, options);
    return toNodeHandler(new H3().post('/flow', handler)) as RequestListener;
  },
};

describe('recordFlow with', () => {
  const endpoints = new Endpoints();
  const options = (): RecordFlowOptions =>
    endpoints.options({ flowId: ({ url }: IncomingMessage) => (url === '/flow' ? flowId : undefined) });

  async function listen(listener: RequestListener): Promise<(path: string, text: string) => Promise<string>> {
    const url = await endpoints.listen(listener);
    return async (path, body) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(url + path, { method: 'POST', headers, body });
      return `${answer.status} ${await answer.text()}`;
    };
  }

  for (const [name, make] of Object.entries(frameworks)) {
    it(`${name}: counts each request of the flow, and no other`, async () => {
      const { listener, recorded } = make(options());
      const post = await listen(listener);
      assert.equal(await post('/flow', '{}'), '200 {}');
      assert.match(await post('/flow', '{"what":"fail"}'), /^500/);
      assert.equal(await post('/flow', '{"what":"unserved"}'), '200 {}');
      // What no handler sees, the body being none, is an answer of the endpoint all the same.
      assert.match(await post('/flow', '{'), /^(400|500) /);
      assert.match(await post('/other', '{}'), /^404/);
      await recorded.close();
      assert.deepEqual(
        endpoints.meter.events.map(({ outcome }) => outcome),
        ['success', 'unexpected_http_status_code', 'cannot_be_served', 'unexpected_http_status_code'],
      );
      assert.deepEqual(endpoints.trouble, []);
    });
  }

  for (const [name, make] of Object.entries(within)) {
    it(`${name}: serves on where its own handler was wrapped, and says once that nothing is recorded`, async () => {
      const post = await listen(make(options()));
      for (let i = 0; i < 3; i++) assert.equal(await post('/flow', '{}'), '200 served');
      assert.equal(endpoints.trouble.length, 1);
      assert.match(endpoints.trouble[0]!, /no response of node:http/);
      assert.deepEqual(endpoints.meter.events, []);
    });
  }
});
