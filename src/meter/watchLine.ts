/** The lines from a meter to its windows: one of JSON for each change, and for every few seconds without any. */
import type { MeterReport } from '../domain/meterState';
import { objectOf } from '../util/json';
import { isPort } from './folder';

/** The last line of a meter that ends on purpose. */
export type EndReason =
  /** A person stopped it: nobody starts it again unasked. */
  | 'stopped'
  /** It listens on another port from now on: windows start it anew. */
  | 'moved'
  /** A newer version takes its place: windows wait for that one. */
  | 'replaced';

const endReasons: readonly unknown[] = ['stopped', 'moved', 'replaced'] satisfies EndReason[];

type WatchLine = { readonly report: MeterReport } | { readonly endReason: EndReason };

export function formatWatchLine(line: WatchLine): string {
  return `${JSON.stringify(line)}\n`;
}

/** Undefined where the line is none of a meter of this version. */
export function parseWatchLine(text: string): WatchLine | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { endReason, ...line } = objectOf(json) ?? {};
  if (endReasons.includes(endReason)) return { endReason: endReason as EndReason };
  const report = objectOf(line.report) as Partial<MeterReport> | undefined;
  const isReport =
    report !== undefined &&
    isPort(report.recorderPort) &&
    [report.pid, report.startedAt, report.requests, report.losses, report.successionRank].every(Number.isFinite) &&
    Array.isArray(report.notes) &&
    Array.isArray(report.flows);
  return isReport ? { report: report as MeterReport } : undefined;
}
