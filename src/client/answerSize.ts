/** How large the answer to a query will be, so that what travels together stays small enough. */
import type { CalendarDate } from '../contract/calendar';
import { knownKeys } from '../contract/metric';
import { reachDays, type MetricQuery } from '../contract/query';

/** Bytes of a point and of each of its keys, with the quotes escaped as in a batch. */
const pointBytes = 70;
const keyBytes = 35;

/** Expected bytes at most, where all documented keys occur in all intervals. `today` is the date in the server's zone. */
export function answerBytes(query: MetricQuery, today: CalendarDate): number {
  return pointBytes + pointsOf(query, today) * (pointBytes + keyBytes * knownKeys[query.metric].length);
}

function pointsOf({ granularity, since, until }: MetricQuery, today: CalendarDate): number {
  const reach = reachDays[granularity];
  if (reach === undefined) return 1;
  const end = Date.parse(until ?? today);
  const days = since === undefined ? reach : Math.round((end - Date.parse(since)) / 86_400_000);
  return Math.max(1, days + 1) * (granularity === 'HOUR' ? 24 : 1);
}
