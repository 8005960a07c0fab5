/** Names of files that a person saves. */
import type { Granularity } from '../contract/metric';
import type { PeriodDates } from '../domain/view';
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
