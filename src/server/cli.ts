/** The server on a command line. Exit codes: 0 stopped or told, 1 could not run, 2 arguments that make no sense. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { version } from '../../package.json';
import { demoBusinessAccountId } from '../contract/account';
import { createApp } from './app';
import { helpText, parseCommand, UsageError, type ServeOptions } from './cliOptions';
import { createDemoStore } from './demo/demoStore';
import { startHttpServer, type RunningServer } from './httpServer';
import { createRateLimit } from './rateLimit';

/** Something in the surroundings that keeps the server from running, told in one line. */
class StartError extends Error {}

async function main(): Promise<void> {
  const command = parseCommand(process.argv.slice(2));
  if (command.name === 'help') process.stdout.write(helpText);
  else if (command.name === 'version') process.stdout.write(`${version}\n`);
  else await serve(command.options);
}

async function serve(options: ServeOptions): Promise<void> {
  const { clock, zone, seed, rateLimit, expiredTokenFile } = options;
  const now = clock === undefined ? Date.now : (): number => clock;
  const given = options.tokenFile === undefined ? process.env.FLOWMETER_TOKEN : readToken(options.tokenFile);
  const token = given ? checkedToken(given) : randomBytes(32).toString('base64url');
  const app = createApp({
    store: createDemoStore({ seed, now, zone }),
    now,
    fixedClock: clock !== undefined,
    minRequests: options.minRequests,
    version,
    ...(rateLimit === undefined ? {} : { rateLimit: createRateLimit(rateLimit, demoBusinessAccountId, Date.now) }),
  });
  const { host, port, moreHosts } = options;
  const server = await startHttpServer({
    app,
    host,
    port,
    moreHosts,
    token,
    ...(expiredTokenFile === undefined ? {} : { expiredToken: readToken(expiredTokenFile) }),
  }).catch((error: unknown) => {
    throw new StartError(listenTrouble(error, host, port));
  });
  stopOnSignal(server);
  // The token first: whoever waits for the address then has both.
  if (!given) process.stdout.write(`token: ${token}\n`);
  process.stdout.write(`listening on ${server.url}\n`);
}

function readToken(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new StartError(`The token file ${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
  if (text.trim() === '') throw new StartError(`The token file ${file} is empty.`);
  return checkedToken(text.trim());
}

function checkedToken(token: string): string {
  if (!/^[\x21-\x7e]{1,4096}$/.test(token)) {
    throw new StartError('The token must be one word of printable ASCII characters.');
  }
  return token;
}

function listenTrouble(error: unknown, host: string, port: number): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return `Port ${port} of ${host} is in use: choose another with --port, or 0 for a free one.`;
  if (code === 'EACCES') return `Port ${port} of ${host} may not be used: choose one above 1023 with --port.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `${host} is not an address of this computer.`;
  return `The server cannot listen on ${host}, port ${port}: ${message}`;
}

function stopOnSignal(server: RunningServer): void {
  const stop = (): void => {
    // Once only: a second signal ends the process at once, as signals do.
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.off(signal, stop);
    void server.close();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
}

main().catch((error: unknown) => {
  const usage = error instanceof UsageError;
  const told = usage || error instanceof StartError;
  process.stderr.write(`flowmeter: ${told ? error.message : String((error as Error).stack)}\n`);
  if (usage) process.stderr.write('Try --help.\n');
  process.exitCode = usage ? 2 : 1;
});
