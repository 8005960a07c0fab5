/** The demo server inside the extension: on the loopback address, with a token that only this process knows. */
import { metaMinRequests } from '../contract/metric';
import { randomBytes } from 'node:crypto';
import { version } from '../../package.json';
import { metaZone } from '../contract/calendar';
import { createApp } from './app';
import { createDemoStore } from '../store/demo/demoStore';
import { startHttpServer } from './httpServer';

interface EmbeddedOptions {
  /** Epoch milliseconds at which the clock stands still; left out, it runs. */
  readonly clock?: number;
  readonly seed?: number;
}

export interface EmbeddedServer {
  /** Base URL, without a slash at its end. */
  readonly url: string;
  readonly token: string;
  close(): Promise<void>;
}

/** Rejects with Node's error where no port of the loopback address can be had. */
export async function startEmbeddedServer({ clock, seed = 1 }: EmbeddedOptions = {}): Promise<EmbeddedServer> {
  const now = clock === undefined ? Date.now : (): number => clock;
  const token = randomBytes(32).toString('base64url');
  const store = createDemoStore({ seed, now, zone: metaZone });
  const app = createApp({ store, now, fixedClock: clock !== undefined, minRequests: metaMinRequests, version });
  const { url, close } = await startHttpServer({ app, port: 0, token });
  return { url, token, close };
}
