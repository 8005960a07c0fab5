/** A meter's door for events that can be opened and closed, and that is told what to answer. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseEventLines, type MeterEvent } from '../../../src/contract/event';

export const flowId = '1204588317730952';
export const token = 'canary-token';

export class StubMeter {
  readonly events: MeterEvent[] = [];
  readonly batches: number[] = [];
  status = 200;
  /** Events that are refused, and with them all that came with them. */
  refuses: (event: MeterEvent) => boolean = () => false;
  port = 0;
  private server: Server | undefined;
  private watchers: (() => void)[] = [];

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async open(): Promise<void> {
    this.server = createServer((request, response) => {
      void (async () => {
        let text = '';
        for await (const chunk of request) text += String(chunk);
        assert.equal(request.url, '/v26.0/events');
        assert.equal(request.headers['content-type'], 'application/x-ndjson');
        const right = request.headers.authorization === `Bearer ${token}`;
        const lines = parseEventLines(text);
        assert.ok(lines.ok);
        const at = lines.value.findIndex((event) => this.refuses(event));
        const status = !right ? 401 : at < 0 ? this.status : 400;
        this.batches.push(lines.value.length);
        if (status === 200) this.events.push(...lines.value);
        const failure = {
          error: {
            message: `(#100) Line ${1 + Math.max(0, at)}: it is from the future.`,
            type: 'OAuthException',
            code: 100,
          },
        };
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(status === 200 ? { accepted: lines.value.length, duplicates: 0 } : failure));
        for (const watcher of this.watchers) watcher();
      })();
    });
    await once(this.server.listen(this.port, '127.0.0.1'), 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    if (!this.server?.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.watchers.push(resolve));
  }
}
