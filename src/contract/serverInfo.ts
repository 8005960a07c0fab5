/** The answer of Flowmeter's servers at `/{version}/flowmeter`, written and read in one place. */
import { isInstant, isZone } from './calendar';
import type { ServerInfo } from './client';
import { MetricsError } from './errors';
import { isCount } from '../util/json';
import { truncate, maxLength } from './lengthLimits';
import { defined } from '../util/defined';

/** The answer of a server; `clock` is ISO 8601 and stands there only where the clock stands still. */
export function serverInfoBody(info: ServerInfo): unknown {
  return {
    version: info.version,
    zone: info.zone,
    store: info.store,
    min_requests: info.minRequests,
    ...(info.clock === undefined ? {} : { clock: new Date(info.clock).toISOString() }),
  };
}

/** Reads such an answer; throws `invalidResponse` where it is none. */
export function parseServerInfo(json: unknown): ServerInfo {
  const { version, zone, store, min_requests: minRequests, clock } = (json ?? {}) as Record<string, unknown>;
  const instant = typeof clock === 'string' ? Date.parse(clock) : undefined;
  const valid =
    typeof zone === 'string' &&
    zone.length <= maxLength.word &&
    isZone(zone) &&
    typeof store === 'string' &&
    isCount(minRequests) &&
    (instant === undefined || isInstant(instant));
  if (!valid) throw new MetricsError('invalidResponse', 'The server does not say properly what it is.');
  return {
    zone,
    store: truncate(store, maxLength.word),
    minRequests,
    ...(typeof version === 'string' ? { version: truncate(version, maxLength.word) } : {}),
    ...defined({ clock: instant }),
  };
}
