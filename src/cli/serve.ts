/** `serve`: the Metrics API on a port, with demo data behind it. */
import { version } from '../../package.json';
import { demoBusinessAccountId } from '../contract/account';
import { createApp } from '../server/app';
import { createDemoStore } from '../server/demo/demoStore';
import { startHttpServer } from '../server/httpServer';
import { createRateLimit } from '../server/rateLimit';
import type { Command } from './command';
import { listenTrouble, stopOnSignal } from './process';
import { readServeOptions, serveHelp } from './serveOptions';
import { readToken, serverToken } from './token';

export const serveCommand: Command = {
  name: 'serve',
  summary: 'serves the WhatsApp Flows Metrics API',
  help: serveHelp,
  run: serve,
};

async function serve(args: readonly string[]): Promise<void> {
  const options = readServeOptions(args);
  const { clock, zone, seed, rateLimit, expiredTokenFile, host, port, moreHosts } = options;
  const now = clock === undefined ? Date.now : (): number => clock;
  const token = serverToken(options.tokenFile);
  const app = createApp({
    store: createDemoStore({ seed, now, zone }),
    now,
    fixedClock: clock !== undefined,
    minRequests: options.minRequests,
    version,
    ...(rateLimit === undefined ? {} : { rateLimit: createRateLimit(rateLimit, demoBusinessAccountId, Date.now) }),
  });
  const server = await startHttpServer({
    app,
    host,
    port,
    moreHosts,
    token: token.value,
    ...(expiredTokenFile === undefined ? {} : { expiredToken: readToken(expiredTokenFile) }),
  }).catch((error: unknown) => {
    throw listenTrouble(error, host, port);
  });
  stopOnSignal(() => server.close());
  // The token first: whoever waits for the address then has both.
  if (token.made) process.stdout.write(`token: ${token.value}\n`);
  process.stdout.write(`listening on ${server.url}\n`);
}
