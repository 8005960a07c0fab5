/** The good answers of an account, kept from one window to the next as the bytes of one file. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Account } from '../domain/account';
import { isInstant } from '../contract/calendar';
import type { ServerInfo } from '../contract/client';
import { MetricsError } from '../contract/errors';
import type { Flow } from '../contract/flow';
import { isCount } from '../util/json';
import { maxLength } from '../contract/lengthLimits';
import { isMetricName, metricNames, type MetricName, type MetricSeries } from '../contract/metric';
import { parseServerInfo, serverInfoBody } from '../contract/serverInfo';
import type { HealthWindow } from '../domain/model';
import { isHealthWindow, isWindowPlan, type WindowPlan } from '../domain/windows';
import { accountKey } from './accountKey';
import type { Loadable } from './loadable';
import { packFile, unpackFile, type FileKind } from './packedFile';
import { packSeries, unpackSeries, type PackedBytes, type PackedSeries } from './packedSeries';
import { parseFlow } from '../contract/flowWire';
import { defined } from '../util/defined';
import { type FlowLoads, type FlowRecord, isAnswered } from './flowLoads';

/** The last good answers of an account. */
export interface SavedAccount {
  /** The window by which flows were judged. */
  readonly window: HealthWindow;
  /** When the list of flows was read, in epoch milliseconds. */
  readonly listedAt: number;
  /** When all of it was last read without trouble. */
  readonly fetchedAt?: number;
  readonly info?: ServerInfo;
  readonly servedVersion?: string;
  /** The account has more flows than so many, of which these are. */
  readonly limitedTo?: number;
  /** In the order of the listing, without failures. */
  readonly records: readonly FlowRecord[];
}

const kind: FileKind = { magic: 0x464c574d, version: 2 };
/** Flows that do not fit come back without figures. */
export const maxSavedBytes = 16 * 1024 * 1024;
/** So many flows are packed or unpacked at a time, that nothing else waits for long. */
const flowsAtOnce = 50;

interface SavedLoad {
  readonly metric: MetricName;
  readonly at: number;
  /** Absent: the answer was that there are too few data. */
  readonly series?: PackedSeries;
}

interface SavedFlow {
  readonly flow: unknown;
  readonly attemptedAt?: number;
  readonly plan?: WindowPlan;
  readonly loads?: readonly SavedLoad[];
}

interface Head {
  readonly account: string;
  readonly window: HealthWindow;
  readonly listedAt: number;
  readonly fetchedAt?: number;
  readonly info?: unknown;
  readonly servedVersion?: string;
  readonly limitedTo?: number;
  readonly flows: readonly SavedFlow[];
}

/** The bytes of a file. What failed is left out, so that it is asked again. */
export async function packAccount(account: Account, saved: SavedAccount, maxBytes = maxSavedBytes): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const flows: SavedFlow[] = [];
  let bytes = 0;
  for (const [i, record] of saved.records.entries()) {
    if (i % flowsAtOnce === flowsAtOnce - 1) await nextTurn();
    const own: Uint8Array[] = [];
    const flow = packFlow(record, own);
    const size = own.reduce((sum, { byteLength }) => sum + byteLength, JSON.stringify(flow).length);
    if (bytes + size > maxBytes) {
      flows.push({ flow: flow.flow });
      continue;
    }
    bytes += size;
    flows.push(flow);
    parts.push(...own);
  }
  const { window, listedAt, fetchedAt, info, servedVersion, limitedTo } = saved;
  const head: Head = {
    account: accountKey(account),
    window,
    listedAt,
    ...defined({ fetchedAt }),
    ...(info ? { info: serverInfoBody(info) } : {}),
    ...defined({ servedVersion, limitedTo }),
    flows,
  };
  return packFile(kind, head, parts);
}

/** Undefined where the bytes are damaged, of a newer Flowmeter, or of another account. */
export async function unpackAccount(account: Account, bytes: Buffer): Promise<SavedAccount | undefined> {
  const file = unpackFile(kind, bytes);
  if (!file) return undefined;
  try {
    const { source } = file;
    const head = file.head as Head;
    if (head.account !== accountKey(account)) return undefined;
    const records: FlowRecord[] = [];
    for (const [i, flow] of head.flows.entries()) {
      if (i % flowsAtOnce === flowsAtOnce - 1) await nextTurn();
      records.push(unpackFlow(flow, source));
    }
    const { window, listedAt, fetchedAt, info, servedVersion, limitedTo } = head;
    if (!isHealthWindow(window) || !isInstant(listedAt) || !isAbsentOr(isInstant, fetchedAt)) return undefined;
    if (!isAbsentOr(isApiVersion, servedVersion) || !isAbsentOr(isCount, limitedTo)) return undefined;
    return {
      window,
      listedAt,
      records,
      ...defined({ fetchedAt }),
      ...(info === undefined ? {} : { info: parseServerInfo(info) }),
      ...defined({ servedVersion, limitedTo }),
    };
  } catch {
    // The sum over the bytes was right, so this is no accident of the disk; it is as good as no file all the same.
    return undefined;
  }
}

function isApiVersion(text: unknown): text is string {
  return typeof text === 'string' && text.length <= maxLength.word;
}

function isAbsentOr<T>(is: (value: unknown) => value is T, value: unknown): boolean {
  return value === undefined || is(value);
}

function packFlow({ flow, reading, attemptedAt }: FlowRecord, parts: Uint8Array[]): SavedFlow {
  const body = flowBody(flow);
  if (!reading) return { flow: body };
  const loads = metricNames.flatMap((metric): SavedLoad[] => {
    const load = reading.loads[metric];
    if (!load || !isAnswered(load)) return [];
    const { value, fetchedAt, tooLittleAt } = load;
    return value && fetchedAt !== undefined
      ? [{ metric, at: fetchedAt, series: packSeries(value, parts) }]
      : [{ metric, at: tooLittleAt! }];
  });
  // A flow of which anything failed is not fresh, however lately it was asked.
  const whole = Object.values(reading.loads).every(({ error }) => !error || error.kind === 'notEnoughData');
  return {
    flow: body,
    plan: reading.plan,
    loads,
    ...(whole && attemptedAt !== undefined ? { attemptedAt } : {}),
  };
}

/** Throws where the file says of a flow what no flow has. */
function unpackFlow(saved: SavedFlow, source: PackedBytes): FlowRecord {
  const flow = parseFlow(saved.flow);
  const { plan, loads, attemptedAt } = saved;
  if (!plan || !loads) return { flow };
  if (!isWindowPlan(plan) || !isAbsentOr(isInstant, attemptedAt))
    throw new RangeError('There is no such plan or time.');
  const own: Partial<Record<MetricName, Loadable<MetricSeries>>> = {};
  for (const { metric, at, series } of loads) {
    if (!isMetricName(metric) || !isInstant(at)) throw new RangeError('There is no such metric or time.');
    own[metric] = series
      ? { state: 'ready', fetchedAt: at, value: unpackSeries(metric, plan.granularity, series, source) }
      : {
          state: 'failed',
          error: new MetricsError('notEnoughData', 'There were too few data.'),
          failedAt: at,
          tooLittleAt: at,
        };
  }
  const reading: FlowLoads = { plan, loads: own };
  return { flow, reading, ...defined({ attemptedAt }) };
}

/** As the API writes a flow, so that one parser reads both. */
function flowBody({ id, name, status, endpointUri, dataApiVersion, health, businessAccount }: Flow): unknown {
  return {
    id,
    name,
    status,
    endpoint_uri: endpointUri,
    data_api_version: dataApiVersion,
    ...(health
      ? {
          health_status: {
            can_send_message: health.canSendMessage,
            entities: health.entities.map(({ entityType, id: entity, canSendMessage, notes }) => ({
              entity_type: entityType,
              id: entity,
              can_send_message: canSendMessage,
              additional_info: notes,
            })),
          },
        }
      : {}),
    whatsapp_business_account: businessAccount,
  };
}
