/** `record`: stands in front of endpoints, measures them, checks them, and takes Meta's webhooks. */
import { version } from '../../package.json';
import { closeAll } from '../process/closeAll';
import { goOnAfterExceptions } from '../process/uncaughtErrors';
import { logCounted } from '../process/countedLog';
import { print } from '../process/output';
import { startChecker, type CheckedFlow, type Checker } from '../recorder/checker';
import type { PingReport } from '../recorder/ping/pingReport';
import { startRecorder, type Recorder, type WebhookHandler } from '../recorder/recorder';
import { createStoreQueue, type StoreQueue } from '../recorder/storeQueue';
import { createWebhook, type WebhookReceiver } from '../recorder/webhook/webhookReceiver';
import { createApp } from '../server/app';
import { startHttpServer, type RunningServer } from '../server/httpServer';
import type { StoredFlow, MeterStore } from '../store/meterStore';
import type { Command } from './command';
import { readEndpointKey, readKeyText } from './endpointKey';
import { openStore } from './openStore';
import { endOnSignal, listenError } from './process';
import { readRecordOptions, recordHelp, type RecordOptions } from './recordOptions';
import { readFilled, readSecret } from './secret';
import { serverToken } from './token';
import { defined } from '../util/defined';

export const recordCommand: Command = {
  name: 'record',
  summary: "stands in front of your flows' endpoints and measures them",
  help: recordHelp,
  run: record,
};

async function record(args: readonly string[]): Promise<void> {
  const options = readRecordOptions(args);
  // Everything that can be wrong is looked at before the store is made.
  const token = options.servePort === undefined ? undefined : serverToken(options.tokenFile);
  const appSecrets = readAppSecrets(options);
  const secrets = webhookSecrets(options, appSecrets);
  const checked = await checkedFlows(options, appSecrets);
  const { store: file, zone, retentionDays, maxFlows } = options;
  const store = await openStore({ file, zone, retentionDays, maxFlows });
  const onException = goOnAfterExceptions({ log: logCounted });
  const queue = createStoreQueue({ record: (events) => store.record(events), report: logCounted });
  let recorder: Recorder | undefined;
  let server: RunningServer | undefined;
  let checker: Checker | undefined;
  let webhook: WebhookReceiver | undefined;
  // Those that measure end before the queue, so that what they still measure is written.
  const closing = [
    (): unknown => checker?.close(),
    (): unknown => Promise.all([recorder?.close(), server?.close(), webhook?.close()]),
    (): unknown => queue.close(),
    (): unknown => store.close(),
  ];
  try {
    await store.declareFlows(options.flows.map(knownFlow));
    const { webhookForward: forwardUrl } = options;
    const forward = forwardUrl === undefined ? {} : { forwardUrl };
    webhook = secrets && createWebhook({ ...secrets, ...forward, store, log: logCounted });
    recorder = await startRecording(options, queue, webhook?.serve);
    if (token) {
      server = await startServing(options, { store, token: token.value, onException });
      if (token.made) print(`token: ${token.value}\n`);
      print(`listening on ${server.url}\n`);
    }
    checker = startChecking(options, queue, checked);
    endOnSignal({
      parts: closing,
      onException,
      endReason: () => `stopped: ${queue.storedRequests} requests recorded, ${queue.losses} measurements lost\n`,
    });
    print(`recording on ${recorder.url}\n`);
  } catch (error) {
    await closeAll(closing, onException);
    throw error;
  }
}

/** What the store keeps of a flow. */
function knownFlow({ id, name, upstream }: RecordOptions['flows'][number]): StoredFlow {
  return { id, upstream, ...defined({ name }) };
}

/** By file; no file has none. */
type AppSecrets = ReadonlyMap<string | undefined, string>;

/** Reads every file that is named, also where checks are off; once only, since it may be a pipe. */
function readAppSecrets({ flows, appSecretFile }: RecordOptions): AppSecrets {
  const secrets = new Map<string, string>();
  for (const file of [appSecretFile, ...flows.map((flow) => flow.appSecretFile)]) {
    if (file !== undefined && !secrets.has(file)) secrets.set(file, readSecret(file, 'app secret'));
  }
  return secrets;
}

async function checkedFlows(
  { flows, checkSeconds, passphraseFile, ...common }: RecordOptions,
  appSecrets: AppSecrets,
): Promise<readonly CheckedFlow[]> {
  const passphrase = passphraseFile === undefined ? undefined : readFilled(passphraseFile, 'passphrase');
  const checked: CheckedFlow[] = [];
  const read = new Map<string, CheckedFlow['publicKey']>();
  for (const { id, upstream, keyFile, appSecretFile = common.appSecretFile } of flows) {
    if (keyFile === undefined) continue;
    if (checkSeconds === 0) {
      // Nobody is asked for the passphrase of a key that is not used, but a slip in its name shows now.
      readKeyText(keyFile);
      continue;
    }
    // One key often serves many flows; its passphrase is asked once.
    const publicKey = read.get(keyFile) ?? (await readEndpointKey(keyFile, passphrase));
    read.set(keyFile, publicKey);
    const appSecret = appSecrets.get(appSecretFile);
    checked.push({ id, upstream, publicKey, ...defined({ appSecret }) });
  }
  return checked;
}

function webhookSecrets(
  { verifyTokenFile, appSecretFile }: RecordOptions,
  appSecrets: AppSecrets,
): { readonly verifyToken: string; readonly appSecret: string } | undefined {
  const appSecret = appSecrets.get(appSecretFile);
  if (verifyTokenFile === undefined || appSecret === undefined) return undefined;
  return { verifyToken: readSecret(verifyTokenFile, 'verify token'), appSecret };
}

/** How long an answer may wait for its measurement, of the ten seconds that WhatsApp waits for the answer. */
const syncLimitMs = 2_000;

async function startRecording(
  { flows, host, port, maxBodyBytes, sync }: RecordOptions,
  sink: StoreQueue,
  webhook: WebhookHandler | undefined,
): Promise<Recorder> {
  return startRecorder({
    flows,
    host,
    port,
    maxBodyBytes,
    sink,
    report: logCounted,
    ...(sync ? { stored: () => sink.stored(syncLimitMs) } : {}),
    ...defined({ webhook }),
  }).catch((error: unknown) => {
    throw listenError(error, host, port);
  });
}

interface ServingParts {
  readonly store: MeterStore;
  readonly token: string;
  readonly onException: (error: unknown) => void;
}

/** On this computer only, wherever the recorder listens: what may be seen from outside is to be said on its own. */
async function startServing(
  { servePort = 0 }: RecordOptions,
  { store, token, onException }: ServingParts,
): Promise<RunningServer> {
  const host = '127.0.0.1';
  const app = createApp({
    store,
    meter: store,
    now: Date.now,
    fixedClock: false,
    minRequests: 0,
    version,
    onException,
  });
  return startHttpServer({ app, host, port: servePort, token, onException }).catch((error: unknown) => {
    throw listenError(error, host, servePort, '--serve-port');
  });
}

function startChecking({ checkSeconds }: RecordOptions, sink: StoreQueue, flows: readonly CheckedFlow[]): Checker {
  const failing = new Set<string>();
  const onReport = (flowId: string, { failure }: PingReport): void => {
    // Only what changes is news.
    if (failure && !failing.has(flowId)) {
      logCounted(`flow ${flowId}: the check failed: ${failure.text}`, `flow ${flowId}: the check failed`);
    }
    if (!failure && failing.delete(flowId)) logCounted(`flow ${flowId}: the check succeeds again`);
    if (failure) failing.add(flowId);
  };
  const onError = (error: unknown): void =>
    logCounted(`a check could not be recorded: ${String(error)}`, 'a check could not be recorded');
  return startChecker({ flows, sink, intervalMs: checkSeconds * 1000, onReport, onError });
}
