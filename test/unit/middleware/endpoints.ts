/** Endpoints that measure themselves, beside a meter's door, for the tests of one `describe`. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RecordFlowOptions } from '../../../src/middleware/recordFlow';
import { StubMeter, flowId, token } from './stubMeter';

export class Endpoints {
  meter = new StubMeter();
  trouble: string[] = [];
  private readonly servers: Server[] = [];

  constructor() {
    beforeEach(async () => {
      this.meter = new StubMeter();
      this.trouble = [];
      await this.meter.open();
    });
    afterEach(async () => {
      await this.meter.close();
      for (const server of this.servers.splice(0)) {
        server.closeAllConnections();
        server.close();
      }
    });
  }

  options(more: Partial<RecordFlowOptions> = {}): RecordFlowOptions {
    return {
      flowId,
      url: this.meter.url,
      token,
      intervalMs: 5,
      onTrouble: (message) => this.trouble.push(message),
      ...more,
    };
  }

  /** The address of a server that calls this. */
  listen(listener: RequestListener): Promise<string> {
    return this.serve(createServer(listener).listen(0, '127.0.0.1'));
  }

  /** The address of a server that was told to listen; it is closed after the test. */
  async serve(server: Server): Promise<string> {
    this.servers.push(server);
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
}
