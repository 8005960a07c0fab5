/** The routes of a meter beside the API, for its windows. */
import type { ServerResponse } from 'node:http';
import { isGraphId } from '../contract/flow';
import type { AlertSecrets, MeterSecrets } from '../domain/meterState';
import { forwardUrlProblem } from '../recorder/webhook/webhookForward';
import { objectOf, type JsonObject } from '../util/json';
import type { ExtraRoute } from '../server/httpServer';
import { meterPaths } from './identity';
import { helloOf, isNonce } from './verifiedSocket';
import { MeterSettingsError } from './settings';
import { isNewer } from './version';
import type { Watchers } from './watchers';

interface MeterRoutesOptions {
  readonly token: string;
  /** Of this meter. */
  readonly version: string;
  /** Known once the server listens. */
  readonly apiPort: () => number;
  readonly watchers: Watchers;
  /** Reads `meter.json` again; rejects with `MeterSettingsError`. */
  readonly reload: () => Promise<void>;
  readonly takeSecrets: (secrets: MeterSecrets) => void;
  readonly stop: () => void;
  /** A newer version is about to take the meter's place. */
  readonly replace: () => void;
}

const maxSecretLength = 500;
const maxUrlLength = 2000;

export function meterRoutes(options: MeterRoutesOptions): ReadonlyMap<string, ExtraRoute> {
  const { token, version, apiPort, watchers, reload, takeSecrets, stop, replace } = options;
  return new Map<string, ExtraRoute>([
    [
      `GET ${meterPaths.hello}`,
      {
        open: true,
        answer: ({ query }, response) => {
          const nonce = query.get('nonce') ?? '';
          if (isNonce(nonce)) send(response, 200, helloOf(token, nonce, apiPort(), version));
          else refuse(response, 'nonce must be 16 to 64 hexadecimal digits.');
        },
      },
    ],
    [`GET ${meterPaths.watch}`, { answer: (_, response) => watchers.add(response) }],
    [
      `POST ${meterPaths.reload}`,
      {
        answer: (_, response) => {
          reload().then(
            () => send(response, 200, {}),
            (error: unknown) =>
              refuse(response, error instanceof MeterSettingsError ? error.message : 'The settings cannot be used.'),
          );
        },
      },
    ],
    [
      `POST ${meterPaths.secrets}`,
      {
        answer: ({ body }, response) => {
          const secrets = readSecrets(body);
          if (!secrets)
            return refuse(
              response,
              'appSecrets must be an object of flow ids and texts, alerts one of two texts and an http(s) URL that may be left out, or null.',
            );
          takeSecrets(secrets);
          send(response, 200, {});
        },
      },
    ],
    [
      `POST ${meterPaths.stop}`,
      {
        answer: (_, response) => {
          response.on('finish', stop);
          send(response, 200, {});
        },
      },
    ],
    [
      `POST ${meterPaths.replace}`,
      {
        answer: ({ body }, response) => {
          // Two versions that replaced each other in turns would never come to rest.
          if (!isNewer(readVersion(body), version)) return refuse(response, `version must be newer than ${version}.`);
          response.on('finish', replace);
          send(response, 200, {});
        },
      },
    ],
  ]);
}

function jsonObject(body: string): JsonObject | undefined {
  try {
    return objectOf(JSON.parse(body));
  } catch {
    return undefined;
  }
}

/** Empty where there is none. */
function readVersion(body: string): string {
  const version = jsonObject(body)?.version;
  return typeof version === 'string' ? version : '';
}

function readSecrets(body: string): MeterSecrets | undefined {
  const json = jsonObject(body);
  if (!json) return undefined;
  const { alerts } = json;
  const appSecrets = json.appSecrets === undefined ? {} : objectOf(json.appSecrets);
  if (!appSecrets) return undefined;
  if (!Object.entries(appSecrets).every(([id, text]) => isGraphId(id) && isSecret(text))) return undefined;
  const secrets = { appSecrets: appSecrets as Record<string, string> };
  if (alerts === undefined) return secrets;
  if (alerts === null) return { ...secrets, alerts };
  const alertSecrets = readAlertSecrets(alerts);
  return alertSecrets && { ...secrets, alerts: alertSecrets };
}

/** An empty one would let everybody in. */
function readAlertSecrets(json: unknown): AlertSecrets | undefined {
  const { verifyToken, appSecret, forwardUrl } = objectOf(json) ?? {};
  if (!isSecret(verifyToken) || !isSecret(appSecret) || verifyToken === '' || appSecret === '') return undefined;
  if (forwardUrl === undefined) return { verifyToken, appSecret };
  if (typeof forwardUrl !== 'string' || forwardUrl.length > maxUrlLength) return undefined;
  return forwardUrlProblem(forwardUrl) === undefined ? { verifyToken, appSecret, forwardUrl } : undefined;
}

function isSecret(value: unknown): value is string {
  return typeof value === 'string' && value.length <= maxSecretLength;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(text);
}

function refuse(response: ServerResponse, message: string): void {
  send(response, 400, { error: { message, type: 'OAuthException', code: 100 } });
}
