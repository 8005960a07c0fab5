/** The kept days of one flow as the bytes of a file. */
import { isInstant } from '../contract/calendar';
import { isMetricName, metricNames, type MetricName } from '../contract/metric';
import { mergeDays, readColumn, sameDays, type DatedDays } from '../domain/keptDays';
import { columnOf, slice } from '../domain/series';
import { packFile, unpackFile, type FileKind } from './packedFile';
import { packSeries, unpackSeries, type PackedSeries } from './packedSeries';

export type DaysByMetric = Partial<Readonly<Record<MetricName, DatedDays>>>;

const kind: FileKind = { magic: 0x464c4b44, version: 1 };
export const maxKeptBytes = 4 * 1024 * 1024;

interface Head {
  /** Whose days these are: the flow, and the zone in which they are cut. */
  readonly owner: string;
  readonly series: readonly { readonly metric: MetricName; readonly days: PackedSeries }[];
}

export function packKeptDays(owner: string, days: DaysByMetric): Buffer {
  const parts: Uint8Array[] = [];
  const series = Object.values(days).map((one) => ({ metric: one.metric, days: packSeries(one, parts) }));
  const head: Head = { owner, series };
  return packFile(kind, head, parts);
}

/** Nothing where the bytes are damaged, of a newer Flowmeter, or of another flow. */
export function unpackKeptDays(owner: string, bytes: Buffer): DaysByMetric {
  const file = unpackFile(kind, bytes);
  if (!file) return {};
  try {
    const head = file.head as Head;
    if (head.owner !== owner) return {};
    const days: Partial<Record<MetricName, DatedDays>> = {};
    for (const { metric, days: packed } of head.series) {
      if (!isMetricName(metric)) throw new RangeError('There is no such metric.');
      const one = unpackSeries(metric, 'DAY', packed, file.source);
      if (!one.begins.every(isInstant) || !columnOf(one, readColumn)) throw new RangeError('These are no kept days.');
      days[metric] = one;
    }
    return days;
  } catch {
    // The sum over the bytes was right, so this is no accident of the disk; it is as good as no file all the same.
    return {};
  }
}

/** What is to be kept of both, without what begins before `from`; `kept` itself where nothing changes. */
export function mergeKeptDays(kept: DaysByMetric, fresh: DaysByMetric, from: number): DaysByMetric {
  const merged: Partial<Record<MetricName, DatedDays>> = {};
  let isSame = true;
  for (const metric of metricNames) {
    const [before, now] = [kept[metric], fresh[metric]];
    const both = before && now ? mergeDays(before, now) : (before ?? now);
    if (!both) continue;
    const young = slice(both, { begin: from, end: Infinity });
    if (young.begins.length > 0) merged[metric] = young;
    isSame &&= before !== undefined && sameDays(before, young);
  }
  return isSame ? kept : merged;
}
