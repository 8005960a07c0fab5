/** `ping`: one health check of an endpoint, as WhatsApp makes it. Exit code 0 where it is active, else 1. */
import { parseArgs } from 'node:util';
import { print } from '../process/output';
import { endpointUrlProblem } from '../recorder/recorderFlow';
import { pingEndpoint } from '../recorder/ping/pingEndpoint';
import { pingText } from '../recorder/ping/pingText';
import { misreadArguments, UsageError, wholeNumber, type Command } from './command';
import { readEndpointKey } from './endpointKey';
import { readFilled, readSecret } from './secret';
import { defined } from '../util/defined';

const help = `Usage: node dist/flowmeter.js ping URL --public-key FILE [options]

Sends the encrypted ping with which WhatsApp checks the endpoint of a flow, and prints how long each step took.
Ends with code 0 where the endpoint is active, with 1 for everything else.

  --public-key FILE       PEM of the endpoint's public key
  --private-key FILE      PEM of its private key instead: the public one is derived from it; it is read once, never
                          stored, and asks for its passphrase where it is encrypted
  --passphrase-file FILE  file that holds the passphrase
  --app-secret-file FILE  file that holds the app's secret: the ping is signed with it (X-Hub-Signature-256); without
                          it with a made-up one, which an endpoint that checks signatures refuses
  --timeout SECONDS       1 to 60 (default 10, as long as WhatsApp waits)
`;

export const pingCommand: Command = {
  name: 'ping',
  summary: 'checks an endpoint once, as WhatsApp does',
  help,
  run: ping,
};

async function ping(args: readonly string[]): Promise<void> {
  const { url, keyFile, passphraseFile, appSecretFile, timeoutMs } = readOptions(args);
  // Every named file is read, needed or not: a slip in its name shall not show only with another key.
  const passphrase = passphraseFile === undefined ? undefined : readFilled(passphraseFile, 'passphrase');
  const appSecret = appSecretFile === undefined ? undefined : readSecret(appSecretFile, 'app secret');
  const publicKey = await readEndpointKey(keyFile, passphrase);
  // However this ends: only an endpoint that is active is told with 0.
  process.exitCode = 1;
  const report = await pingEndpoint({
    url,
    publicKey,
    timeoutMs,
    ...defined({ appSecret }),
  });
  print(`${pingText(report)}\n`);
  if (!report.failure) process.exitCode = 0;
}

interface PingCommandOptions {
  readonly url: string;
  readonly keyFile: string;
  readonly passphraseFile: string | undefined;
  readonly appSecretFile: string | undefined;
  readonly timeoutMs: number;
}

/** Throws `UsageError`. */
export function readOptions(args: readonly string[]): PingCommandOptions {
  const { values, positionals } = parse(args);
  const [url, ...rest] = positionals;
  if (url === undefined) throw new UsageError('The URL of the endpoint is missing: ping URL --public-key FILE.');
  if (rest.length > 0) throw new UsageError('There is more than one URL: ping takes one.');
  const problem = endpointUrlProblem(url);
  if (problem !== undefined) throw new UsageError(`The URL cannot be used: ${problem}`);
  const { 'public-key': publicKey, 'private-key': privateKey } = values;
  if (publicKey !== undefined && privateKey !== undefined) {
    throw new UsageError('Only one of --public-key and --private-key may be given.');
  }
  const keyFile = publicKey ?? privateKey;
  if (keyFile === undefined) {
    throw new UsageError("The endpoint's key must be given, as --public-key FILE or as --private-key FILE.");
  }
  const seconds = wholeNumber('--timeout', values.timeout, 60, 1);
  return {
    url,
    keyFile,
    passphraseFile: values['passphrase-file'],
    appSecretFile: values['app-secret-file'],
    timeoutMs: seconds * 1000,
  };
}

// The return type is what parseArgs infers from the options below.
function parse(args: readonly string[]) {
  const options = {
    'public-key': { type: 'string' },
    'private-key': { type: 'string' },
    'passphrase-file': { type: 'string' },
    'app-secret-file': { type: 'string' },
    timeout: { type: 'string', default: '10' },
  } as const;
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw misreadArguments(error, args, options);
  }
}
