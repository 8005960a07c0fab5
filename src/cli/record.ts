/** `record`: stands in front of endpoints, measures them, checks them, and takes Meta's webhooks. */
import { surviveExceptions } from '../process/uncaughtErrors';
import { logCounted } from '../process/countedLog';
import { print } from '../process/output';
import type { CheckedFlow } from '../recorder/checker';
import type { PingReport } from '../recorder/ping/pingReport';
import type { Recorder } from '../recorder/recorder';
import { RecordingService, storedFlowsOf } from '../recording/recordingService';
import { defined } from '../util/defined';
import type { Command } from './command';
import { readEndpointKey, readKeyText } from './endpointKey';
import { openStore } from './openStore';
import { endOnSignal, listenError } from './process';
import { readRecordOptions, recordHelp, type RecordOptions } from './recordOptions';
import { readFilled, readSecret } from './secret';
import { serverToken, type Token } from './token';

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
  const onException = surviveExceptions({ log: logCounted });
  const recording = new RecordingService({ store, onException, log: logCounted });
  try {
    await store.declareFlows(storedFlowsOf(options.flows));
    if (secrets) recording.setWebhook({ ...secrets, ...defined({ forwardUrl: options.webhookForward }) });
    const recorder = await startRecorder(recording, options);
    if (token) await startApi(recording, options, token);
    startChecks(recording, options, checked);
    endOnSignal(
      () => recording.close(),
      () =>
        `stopped: ${recording.queue.storedRequests} requests recorded, ${recording.queue.losses} measurements lost\n`,
    );
    print(`recording on ${recorder.url}\n`);
  } catch (error) {
    await recording.close();
    throw error;
  }
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
      // The passphrase of a key that is not used is not asked for, but a slip in its name shows now.
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

function startRecorder(recording: RecordingService, options: RecordOptions): Promise<Recorder> {
  const { flows, host, port, maxBodyBytes, sync } = options;
  const stored = sync ? (): Promise<void> => recording.queue.stored(syncLimitMs) : undefined;
  return recording
    .startRecorder({ flows, host, port, maxBodyBytes, ...defined({ stored }) })
    .catch((error: unknown) => Promise.reject(listenError(error, host, port)));
}

/** On this computer only, wherever the recorder listens: `serve` has options for a server that others may reach. */
async function startApi(recording: RecordingService, { servePort = 0 }: RecordOptions, token: Token): Promise<void> {
  const host = '127.0.0.1';
  const { url } = await recording
    .startApi({ host, port: servePort, token: token.value })
    .catch((error: unknown) => Promise.reject(listenError(error, host, servePort, '--serve-port')));
  if (token.made) print(`token: ${token.value}\n`);
  print(`listening on ${url}\n`);
}

/** Logs changes only: an endpoint that fails goes on failing. */
function startChecks(
  recording: RecordingService,
  { checkSeconds }: RecordOptions,
  flows: readonly CheckedFlow[],
): void {
  const failing = new Set<string>();
  const onReport = (flowId: string, { failure }: PingReport): void => {
    if (failure && !failing.has(flowId)) {
      failing.add(flowId);
      logCounted(`flow ${flowId}: the check failed: ${failure.text}`, `flow ${flowId}: the check failed`);
    }
    if (!failure && failing.delete(flowId)) logCounted(`flow ${flowId}: the check succeeds again`);
  };
  const onError = (error: unknown): void =>
    logCounted(`a check could not be recorded: ${String(error)}`, 'a check could not be recorded');
  recording.startChecks({ flows, intervalMs: checkSeconds * 1000, onReport, onError });
}
