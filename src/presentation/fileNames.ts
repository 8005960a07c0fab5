/** Names of files that a person saves. */
import type { Granularity } from '../contract/metric';
import { dateInZone, startOfDay, zoneOffset } from '../contract/calendar';
import { formatTimestamp } from '../contract/timestamp';
import type { Span } from '../domain/model';
import { datesOf, type PeriodDates } from '../domain/view';
import { plainName } from './escape';

/** The name as part of a file's name: "table-booking"; the other one where nothing of it can stay. */
export function fileNamePart(name: string, otherwise: string): string {
  const part = plainName(name, 60)
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '');
  return part || otherwise;
}

/** First and last day of a span as they stand in a file's name; hours that are no whole days with their time: "2026-03-12-0600". */
export function fileDates(span: Span, granularity: Granularity, zone: string): PeriodDates {
  const isWhole = [span.begin, span.end].every((at) => at === startOfDay(dateInZone(at, zone), zone));
  if (granularity !== 'HOUR' || isWhole) return datesOf(span, zone);
  const [from, to] = [span.begin, span.end].map((at) => formatTimestamp(at + zoneOffset(at, zone)));
  const timed = (text: string): string => text.slice(0, 16).replace('T', '-').replace(':', '');
  return { from: timed(from!), to: timed(to!) };
}

/** "table-booking-day-2026-02-11-to-2026-03-12.csv" */
export function exportFileName(
  flow: { readonly id: string; readonly name: string },
  granularity: Granularity,
  { from, to }: PeriodDates,
  extension: string,
): string {
  const period = from === to ? from : `${from}-to-${to}`;
  return `${fileNamePart(flow.name, flow.id)}-${granularity.toLowerCase()}-${period}.${extension}`;
}
