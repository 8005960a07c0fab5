/** The options of `serve` as data: what may be said, what is said wrongly, and what it means. */
import { metaMinRequests } from '../contract/metric';
import { parseArgs } from 'node:util';
import { isCalendarDate, isZone, metaZone } from '../contract/calendar';
import { defaultMaxFlows, defaultRetentionDays } from '../store/meterStore';
import { isStoreName, misreadArguments, UsageError, wholeNumber } from './command';
import { hostName } from './hostName';
import { defined } from '../util/defined';

export const serveHelp = `Usage: node dist/flowmeter.js serve [options]

Serves the WhatsApp Flows Metrics API. The bearer token comes from --token-file or the environment variable
FLOWMETER_TOKEN; without either one is made up and printed.

  --store demo          what is served: demo data (the default)
  --store FILE          or measurements, from this file; made where there is none (needs Node 22.13 or later)
  --port N              port, 0 to 65535; 0 takes a free one (default 8600)
  --host ADDRESS        address to listen on (default 127.0.0.1: reachable from this computer only)
  --allow-host NAME     a further name under which the server may be called, with any port or none: that of a TLS proxy,
                        a tunnel or a container; may be repeated
  --token-file FILE     file that holds the bearer token
  --zone ZONE           where days are cut (default ${metaZone})
  --min-requests N      fewer requests than N in the asked period are answered with code 139006
                        (default 250 for demo data, 0 for measurements)
  --retention-days N    how long measurements are kept (default ${defaultRetentionDays})
  --max-flows N         events of a new flow are refused once there are N flows (default ${defaultMaxFlows})
  --seed N              another whole number, other noise in the demo data (default 1)
  --clock ISO-TIME      the clock stands still, such as 2026-03-12T14:18:00Z

For testing clients:
  --rate-limit N        more than N requests in an hour are answered with code 80008; 0 refuses all
  --expired-token-file FILE  a second token, which is answered as expired (code 190, subcode 463)
`;

interface DemoChoice {
  readonly kind: 'demo';
  readonly seed: number;
}

interface MeterChoice {
  readonly kind: 'meter';
  readonly file: string;
  readonly retentionDays: number;
  readonly maxFlows: number;
}

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  readonly moreHosts: readonly string[];
  readonly tokenFile?: string;
  readonly expiredTokenFile?: string;
  readonly store: DemoChoice | MeterChoice;
  /** Epoch milliseconds. */
  readonly clock?: number;
  readonly zone: string;
  readonly minRequests: number;
  readonly rateLimit?: number;
}

/** Reads the arguments after the command's name; throws `UsageError`. */
export function readServeOptions(args: readonly string[]): ServeOptions {
  const values = parse(args);
  const store = storeOf(values);
  if (!isZone(values.zone)) {
    throw new UsageError(`--zone must be a time zone such as ${metaZone} or Europe/Berlin.`);
  }
  if (values.host === '') throw new UsageError('--host must be an address or a name such as 127.0.0.1.');
  return {
    host: values.host,
    port: wholeNumber('--port', values.port, 65_535),
    moreHosts: values['allow-host'].map((name) => hostName('--allow-host', name)),
    store,
    zone: values.zone,
    minRequests: wholeNumber(
      '--min-requests',
      values['min-requests'] ?? (store.kind === 'demo' ? String(metaMinRequests) : '0'),
      1_000_000_000,
    ),
    ...defined({ tokenFile: values['token-file'], expiredTokenFile: values['expired-token-file'] }),
    ...(values.clock === undefined ? {} : { clock: instantOf(values.clock) }),
    ...(values['rate-limit'] === undefined
      ? {}
      : { rateLimit: wholeNumber('--rate-limit', values['rate-limit'], 1_000_000_000) }),
  };
}

function storeOf(values: {
  readonly store: string;
  readonly seed?: string | undefined;
  readonly 'retention-days'?: string | undefined;
  readonly 'max-flows'?: string | undefined;
}): DemoChoice | MeterChoice {
  const { store, seed, 'retention-days': days, 'max-flows': flows } = values;
  if (store === 'demo') {
    if (days !== undefined) throw new UsageError('--retention-days belongs to --store FILE: demo data are never old.');
    if (flows !== undefined) throw new UsageError('--max-flows belongs to --store FILE: the demo has its own flows.');
    return { kind: 'demo', seed: wholeNumber('--seed', seed ?? '1', 0xffff_ffff) };
  }
  if (!isStoreName(store)) {
    throw new UsageError('--store must be demo, or a file with a dot or a slash in its name such as meter.db.');
  }
  if (seed !== undefined) throw new UsageError('--seed belongs to --store demo: measurements are what they are.');
  const retentionDays = wholeNumber('--retention-days', days ?? String(defaultRetentionDays), 36_500, 1);
  const maxFlows = wholeNumber('--max-flows', flows ?? String(defaultMaxFlows), 1_000_000, 1);
  return { kind: 'meter', file: store, retentionDays, maxFlows };
}

// The return type is what parseArgs infers from the options below.
function parse(args: readonly string[]) {
  const options = {
    store: { type: 'string', default: 'demo' },
    port: { type: 'string', default: '8600' },
    host: { type: 'string', default: '127.0.0.1' },
    'allow-host': { type: 'string', multiple: true, default: [] as string[] },
    'token-file': { type: 'string' },
    'expired-token-file': { type: 'string' },
    seed: { type: 'string' },
    'retention-days': { type: 'string' },
    'max-flows': { type: 'string' },
    clock: { type: 'string' },
    zone: { type: 'string', default: metaZone },
    'min-requests': { type: 'string' },
    'rate-limit': { type: 'string' },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw misreadArguments(error, args, options);
  }
}

function instantOf(text: string): number {
  // A time without a zone would mean another instant on another computer.
  const valid = /^.{10}T\d\d:\d\d.*(Z|[+-]\d\d:?\d\d)$/.test(text) && isCalendarDate(text.slice(0, 10));
  const instant = valid ? Date.parse(text) : NaN;
  // Before 1980 and after 2200 the demo's days would need other rules than these.
  if (!(instant > Date.UTC(1980, 0) && instant < Date.UTC(2200, 0))) {
    throw new UsageError(`--clock must be an ISO time with its zone, such as 2026-03-12T14:18:00Z.`);
  }
  return instant;
}
