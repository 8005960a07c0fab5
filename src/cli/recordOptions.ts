/** The options of `record` as data: what may be said in arguments and in the file of --config, and what it means. */
import { parseArgs } from 'node:util';
import { isZone, metaZone } from '../contract/calendar';
import { isGraphId } from '../contract/flow';
import { flowProblem, leadsToRecorder } from '../recorder/recorderFlow';
import { forwardUrlProblem } from '../recorder/webhook/webhookForward';
import { defaultMaxFlows, defaultRetentionDays } from '../store/meterStore';
import { misreadArguments, storeFile, UsageError, wholeNumber } from './command';
import { readRecordConfig, type RecordConfig, type RecordedFlow } from './recordConfig';
import { defined } from '../util/defined';

export const recordHelp = `Usage: node dist/flowmeter.js record --store FILE --flow ID=URL [options]

Stands in front of the endpoints of flows: what comes to /ID goes to URL and back untouched, and is timed and counted as
Meta would count it. With a key, each endpoint is also pinged as WhatsApp does.

  --store FILE            where measurements are kept, such as meter.db; serve --store FILE shows them
  --flow ID=URL           a flow and its endpoint; may be repeated
  --port N                port, 0 to 65535; 0 takes a free one (default 8700)
  --host ADDRESS          address to listen on (default 127.0.0.1: reachable from this computer only)
  --max-body-mb N         a longer request body is refused (default 10)
  --sync                  each answer waits until its request is stored, so that a killed recorder has lost none that was
                          answered; where the store takes longer than 2 s, answers go out all the same
  --zone ZONE             where days are cut (default ${metaZone})
  --retention-days N      measurements older than this are deleted (default ${defaultRetentionDays})
  --max-flows N           events that others send of a new flow are refused once there are N flows (default ${defaultMaxFlows})
  --config FILE           JSON with the same options: {"store":"meter.db","flows":[{"id":"…","upstream":"…"}]}

Availability checks, of the flows whose key is given:
  --public-key ID=FILE    PEM of the endpoint's public key; FILE alone is for all flows; may be repeated
  --private-key ID=FILE   PEM of its private key instead: the public one is derived from it; it is read once, never
                          stored, and asks for its passphrase where it is encrypted
  --passphrase-file FILE  file that holds the passphrase
  --app-secret-file FILE  file that holds the app's secret: pings are signed with it, without it with a made-up one
  --check-seconds N       from one check to the next, 5 to 86400 (default 60); 0 makes none

Meta's webhooks, at /webhook:
  An app has one callback URL for all that it subscribes to: pointed here, messages come here too, and no longer to
  your bot. --webhook-forward passes everything on to it.
  --verify-token-file FILE  file that holds the verify token, one word; needs --app-secret-file, which Meta signs with
  --webhook-forward URL     the callback URL that the app had before: every notice goes on to it as it came, and Meta hears
                            its answer; "webhookForward" in the file of --config keeps a secret in it off the command line

The Metrics API in the same process:
  --serve-port N          port of the API on 127.0.0.1; 0 takes a free one
  --token-file FILE       file that holds its bearer token; else FLOWMETER_TOKEN, else one is made up and printed
`;

export interface RecordOptions {
  readonly store: string;
  readonly flows: readonly RecordedFlow[];
  readonly port: number;
  readonly host: string;
  readonly maxBodyBytes: number;
  /** Whether the end of an answer waits for its measurement. */
  readonly sync: boolean;
  readonly zone: string;
  readonly retentionDays: number;
  readonly maxFlows: number;
  /** 0: no checks. */
  readonly checkSeconds: number;
  readonly passphraseFile?: string;
  readonly appSecretFile?: string;
  readonly verifyTokenFile?: string;
  /** Where Meta's notices go on to. */
  readonly webhookForward?: string;
  readonly servePort?: number;
  readonly tokenFile?: string;
}

/** Reads the arguments after the command's name; throws `UsageError`, or `StartError` where a file cannot be read. */
export function readRecordOptions(args: readonly string[]): RecordOptions {
  const given = parse(args);
  const config: RecordConfig = given.config === undefined ? { values: {}, flows: [] } : readRecordConfig(given.config);
  // Arguments count more than the file.
  const values: Partial<Record<string, string>> = { ...config.values, ...definedOf(given) };
  const {
    store,
    port = '8700',
    host = '127.0.0.1',
    zone = metaZone,
    'app-secret-file': appSecretFile,
    'verify-token-file': verifyTokenFile,
    'webhook-forward': webhookForward,
    'passphrase-file': passphraseFile,
    'token-file': tokenFile,
  } = values;
  const servePort = values['serve-port'];
  if (store === undefined)
    throw new UsageError('--store FILE is missing: where measurements are kept, such as meter.db.');
  if (host === '') throw new UsageError('--host must be an address or a name such as 127.0.0.1.');
  if (!isZone(zone)) {
    throw new UsageError(`--zone must be a time zone such as ${metaZone} or Europe/Berlin.`);
  }
  const checkSeconds = wholeNumber('--check-seconds', values['check-seconds'] ?? '60', 86_400);
  if (checkSeconds > 0 && checkSeconds < 5)
    throw new UsageError('--check-seconds must be at least 5, or 0 for no checks.');
  const megabytes = wholeNumber('--max-body-mb', values['max-body-mb'] ?? '10', 1_000, 1);
  const retentionDays = wholeNumber(
    '--retention-days',
    values['retention-days'] ?? String(defaultRetentionDays),
    36_500,
    1,
  );
  if (verifyTokenFile !== undefined && appSecretFile === undefined) {
    throw new UsageError(
      '--verify-token-file needs --app-secret-file: without it nobody could tell who sent a webhook.',
    );
  }
  if (tokenFile !== undefined && servePort === undefined) throw new UsageError('--token-file belongs to --serve-port.');
  const flows = flowsOf([...config.flows, ...given.flow.map(flowOf)], given);
  refuseUseless(values, flows);
  const portNumber = wholeNumber('--port', port, 65_535);
  const circle = flows.find(({ upstream }) => leadsToRecorder(upstream, portNumber, host));
  if (circle) {
    throw new UsageError(
      `Flow ${circle.id}: the endpoint is on the recorder's own --port ${portNumber}: requests would go round in a loop.`,
    );
  }
  refuseForward(webhookForward, verifyTokenFile, portNumber);
  return {
    store: storeFile(store),
    flows,
    port: portNumber,
    host,
    maxBodyBytes: megabytes * 1024 * 1024,
    sync: given.sync ?? values.sync === 'true',
    zone,
    retentionDays,
    maxFlows: wholeNumber('--max-flows', values['max-flows'] ?? String(defaultMaxFlows), 1_000_000, 1),
    checkSeconds,
    ...defined({ passphraseFile, appSecretFile, verifyTokenFile, webhookForward }),
    ...(servePort === undefined ? {} : { servePort: wholeNumber('--serve-port', servePort, 65_535) }),
    ...defined({ tokenFile }),
  };
}

/** Throws a `UsageError` for an address to pass notices on to that cannot be used. The address is not repeated. */
function refuseForward(url: string | undefined, verifyTokenFile: string | undefined, port: number): void {
  if (url === undefined) return;
  if (verifyTokenFile === undefined) {
    throw new UsageError('--webhook-forward belongs to --verify-token-file: without it no webhooks are taken.');
  }
  const problem = forwardUrlProblem(url);
  if (problem !== undefined) throw new UsageError(`--webhook-forward ${problem}`);
  if (leadsToRecorder(url, port)) {
    throw new UsageError(
      `--webhook-forward leads to the recorder's own --port ${port}: give the address of the other program.`,
    );
  }
}

/** Throws a `UsageError` for what belongs to a key that is not there: whoever gave it believes that something is checked. */
function refuseUseless(values: Partial<Record<string, string>>, flows: readonly RecordedFlow[]): void {
  const unsigned = flows.find(({ keyFile, appSecretFile }) => appSecretFile !== undefined && keyFile === undefined);
  if (unsigned) {
    throw new UsageError(`Flow ${unsigned.id}: its "appSecretFile" belongs to a key, and the flow has none.`);
  }
  if (flows.some(({ keyFile }) => keyFile !== undefined)) return;
  for (const option of ['passphrase-file', 'check-seconds']) {
    if (values[option] !== undefined) {
      throw new UsageError(`--${option} belongs to --public-key or --private-key: without a key nothing is checked.`);
    }
  }
  if (values['app-secret-file'] !== undefined && values['verify-token-file'] === undefined) {
    throw new UsageError('--app-secret-file belongs to --public-key, --private-key or --verify-token-file.');
  }
}

interface KeyArguments {
  readonly 'public-key': readonly string[];
  readonly 'private-key': readonly string[];
}

/** The flows with the key files of the arguments. */
function flowsOf(flows: readonly RecordedFlow[], keys: KeyArguments): readonly RecordedFlow[] {
  if (flows.length === 0) throw new UsageError('A flow is missing: --flow ID=URL, or "flows" in the file of --config.');
  const byId = new Map<string, RecordedFlow>();
  for (const flow of flows) {
    const problem = byId.has(flow.id) ? `Flow ${flow.id} is given twice.` : flowProblem(flow);
    if (problem !== undefined) throw new UsageError(problem);
    byId.set(flow.id, flow);
  }
  const own = new Map<string, string>();
  let common: string | undefined;
  for (const option of ['public-key', 'private-key'] as const) {
    for (const text of keys[option]) {
      const { id, rest: file } = idAndRest(text);
      if (file === '') throw new UsageError(`--${option}: a file is missing, write ID=FILE or FILE.`);
      if (id !== undefined && !byId.has(id)) throw new UsageError(`--${option}: there is no flow ${id}.`);
      if (id === undefined ? common !== undefined : own.has(id)) {
        throw new UsageError(`--${option}: ${id === undefined ? 'there is' : `flow ${id} has`} a key already.`);
      }
      if (id === undefined) common = file;
      else own.set(id, file);
    }
  }
  return [...byId.values()].map((flow) => {
    const keyFile = own.get(flow.id) ?? flow.keyFile ?? common;
    return keyFile === undefined ? flow : { ...flow, keyFile };
  });
}

function flowOf(text: string): RecordedFlow {
  const { id, rest: upstream } = idAndRest(text);
  // The text is not repeated: a password may stand in it.
  if (id === undefined) {
    throw new UsageError(
      '--flow must be ID=URL with an ID of 1 to 20 digits, such as 1204588317730952=http://127.0.0.1:3000/flow.',
    );
  }
  return { id, upstream };
}

function idAndRest(text: string): { readonly id: string | undefined; readonly rest: string } {
  const at = text.indexOf('=');
  const id = text.slice(0, Math.max(0, at));
  return isGraphId(id) ? { id, rest: text.slice(at + 1) } : { id: undefined, rest: text };
}

function definedOf(values: object): Partial<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => typeof value === 'string'));
}

// The return type is what parseArgs infers from the options below.
function parse(args: readonly string[]) {
  const options = {
    store: { type: 'string' },
    flow: { type: 'string', multiple: true, default: [] as string[] },
    port: { type: 'string' },
    host: { type: 'string' },
    'max-body-mb': { type: 'string' },
    sync: { type: 'boolean' },
    zone: { type: 'string' },
    'retention-days': { type: 'string' },
    'max-flows': { type: 'string' },
    config: { type: 'string' },
    'public-key': { type: 'string', multiple: true, default: [] as string[] },
    'private-key': { type: 'string', multiple: true, default: [] as string[] },
    'passphrase-file': { type: 'string' },
    'app-secret-file': { type: 'string' },
    'check-seconds': { type: 'string' },
    'verify-token-file': { type: 'string' },
    'webhook-forward': { type: 'string' },
    'serve-port': { type: 'string' },
    'token-file': { type: 'string' },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw misreadArguments(error, args, options);
  }
}
