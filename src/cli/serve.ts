/** `serve`: the Metrics API on a port, with demo data or measurements behind it. */
import { version } from '../../package.json';
import { demoBusinessAccountId, meterBusinessAccountId } from '../domain/account';
import { closeAll } from '../process/closeAll';
import { surviveExceptions } from '../process/uncaughtErrors';
import { logCounted } from '../process/countedLog';
import { print } from '../process/output';
import { createApp, type AppOptions } from '../server/app';
import { createDemoStore } from '../store/demo/demoStore';
import { startHttpServer } from '../server/httpServer';
import { createRateLimit } from '../server/rateLimit';
import type { Command } from './command';
import { openStore } from './openStore';
import { endOnSignal, listenError } from './process';
import { readServeOptions, serveHelp, type ServeOptions } from './serveOptions';
import { readToken, serverToken } from './token';

export const serveCommand: Command = {
  name: 'serve',
  summary: 'serves the WhatsApp Flows Metrics API',
  help: serveHelp,
  run: serve,
};

async function serve(args: readonly string[]): Promise<void> {
  const options = readServeOptions(args);
  const { clock, expiredTokenFile, rateLimit, host, port, moreHosts } = options;
  const now = clock === undefined ? Date.now : (): number => clock;
  const token = serverToken(options.tokenFile);
  const expiredToken = expiredTokenFile === undefined ? {} : { expiredToken: readToken(expiredTokenFile) };
  const onException = surviveExceptions({ log: logCounted });
  const { close, businessAccountId, ...stores } = await storesOf(options, now);
  const app = createApp({
    ...stores,
    now,
    fixedClock: clock !== undefined,
    minRequests: options.minRequests,
    version,
    onException,
    ...(rateLimit === undefined
      ? {}
      : { rateLimit: createRateLimit(rateLimit, businessAccountId, () => performance.now()) }),
  });
  const server = await startHttpServer({
    app,
    host,
    port,
    moreHosts,
    token: token.value,
    ...expiredToken,
    onException,
  }).catch(async (error: unknown) => {
    await close();
    throw listenError(error, host, port);
  });
  endOnSignal(() => closeAll([() => server.close(), close], onException));
  // The token first: whoever waits for the address then has both.
  if (token.made) print(`token: ${token.value}\n`);
  print(`listening on ${server.url}\n`);
}

type Stores = Pick<AppOptions, 'store' | 'meter'> & {
  readonly businessAccountId: string;
  close(): Promise<void>;
};

async function storesOf({ store: choice, zone }: ServeOptions, now: () => number): Promise<Stores> {
  if (choice.kind === 'demo') {
    const store = createDemoStore({ seed: choice.seed, now, zone });
    return { store, businessAccountId: demoBusinessAccountId, close: () => Promise.resolve() };
  }
  const { file, retentionDays, maxFlows } = choice;
  const meter = await openStore({ file, retentionDays, maxFlows, zone, now });
  return { store: meter, meter, businessAccountId: meterBusinessAccountId, close: () => meter.close() };
}
